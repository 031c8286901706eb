"""One sample of a snapshot, as a worker sees it."""

from workers.contract.frozen import Frozen


class SnapshotSample(Frozen):
    """One sample as a worker sees it; `image` is relative to the project's folder.

    `instruction` and `answer` are those of an instruction data set, else empty. The image's size is
    that of the picture upright. `references` are all its captions by people, where captions are
    what is written.
    """

    id: int
    key: str
    text: str
    instruction: str = ""
    answer: str = ""
    label: str | None = None
    split: str = ""
    image: str = ""
    image_sha256: str = ""
    image_width: int = 0
    image_height: int = 0
    references: tuple[str, ...] = ()
