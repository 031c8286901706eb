"""The pictures of a split as what a model takes: read, prepared, and seen once where that can be.

A picture that cannot be read is lost: it is told once, and nothing is learnt from its sample.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.geometry import Geometry
from workers.contract.images import ImageProblem
from workers.data.wording import ImageWords, Picture
from workers.models.features import FrozenEye
from workers.models.sight import Sight, open_picture
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from PIL.Image import Image

    Inputs = dict[str, Any]


@dataclass(frozen=True)
class Pictures:
    """Parallel lists over the samples of one split; `lost` grows by what cannot be read.

    Without an `eye`, because the tower trains, pixels go to the model.
    """

    sight: Sight
    names: list[str]
    rows: list[Picture]
    layouts: list[Geometry]
    tell: Callable[[str], None]
    eye: FrozenEye | None = None
    lost: set[int] = field(default_factory=set)
    _held: dict[int, Any] = field(default_factory=dict)

    @property
    def words(self) -> ImageWords:
        """What stands for them in prompts."""
        counts = [one.tokens for one in self.layouts]
        return ImageWords(self.sight.words, self.sight.token, counts, self.sight.stands_first)

    def prepare(self, positions: Sequence[int]) -> None:
        """Read these samples' pictures and hold them, so that it is known which are lost."""
        self._held.clear()
        self._held.update({position: self._read(position) for position in positions})

    def inputs(self, positions: Sequence[int], device: str) -> "Inputs":
        """What the model takes of these pictures, in the order of the samples; a lost one is grey.

        Those of several tiles stand one after the other along the first dimension.
        """
        found = [self._held.get(at) or self._read(at) or self._grey(at) for at in positions]
        layouts = [self.layouts[at] for at in positions]
        return self.sight.join(
            [one[0] for one in found], layouts, device, seen=self.eye is not None
        )

    def look_at_all(self, is_wanted: Callable[[int, int], bool]) -> None:
        """See every picture once; ends early when `is_wanted` of (done, all) answers False."""
        for position in range(len(self.rows)):
            if not is_wanted(position, len(self.rows)):
                return
            self._read(position)

    def _read(self, position: int) -> "tuple[Any] | None":
        """In a tuple, because tensors are neither true nor false; None when it is lost."""
        row = self.rows[position]
        if position in self.lost:
            return None
        try:
            if self.eye is None:
                return (self._look(_open(row), position),)
            return (self.eye.store.of(row.sha256, lambda: self._look(_open(row), position)),)
        except ImageProblem as problem:
            self.lost.add(position)
            self.tell(f"The picture of {self.names[position]} is left out: {problem}.")
            return None

    def _look(self, picture: "Image", position: int) -> Any:
        """Prepared pixels, or what the frozen tower makes of them."""
        pixels = self.sight.pixels(picture)
        if self.eye is None:
            return pixels
        seen, counted = self.eye.see(pixels), self.layouts[position].tokens
        if len(seen) != counted:
            raise Trouble(
                Reason.MODEL_NOT_SUPPORTED,
                f"The vision tower makes {len(seen):,} tokens of the picture of "
                f"{self.names[position]}, and its layout counts {counted:,}.",
            )
        return seen

    def _grey(self, position: int) -> tuple[Any]:
        from PIL import Image

        row = self.rows[position]
        return (self._look(Image.new("RGB", (row.width, row.height), "grey"), position),)


def lay_out_all(
    sight: Sight,
    eye: FrozenEye | None,
    named: Sequence[tuple[str, Picture]],
    tell: Callable[[str], None],
) -> Pictures:
    """Pictures with what to call the sample of each, none of them opened yet."""
    return Pictures(
        sight=sight,
        names=[name for name, _ in named],
        rows=[row for _, row in named],
        layouts=[sight.lay_out(row.width, row.height) for _, row in named],
        tell=tell,
        eye=eye,
    )


def _open(row: Picture) -> "Image":
    """The picture, if it is the one that was imported; raises ImageProblem."""
    picture = open_picture(row.path)
    with row.path.open("rb") as file:
        if row.sha256 and hashlib.file_digest(file, "sha256").hexdigest() != row.sha256:
            raise ImageProblem("the file is not the one that was imported")
    return picture
