"""The picture of one sample as the run's model gets it, and the place of its tokens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.contract.geometry import Geometry
from workers.contract.images import ImageProblem
from workers.contract.snapshot import SnapshotSample
from workers.data.answer_rows import picture_of
from workers.data.pictures import Pictures, lay_out_all
from workers.models.features import FrozenEye
from workers.models.sight import Sight


@dataclass(frozen=True)
class Eye:
    """How a loaded model sees, and the folder that its snapshot names pictures from.

    `frozen` is None where the tower trained.
    """

    sight: Sight
    folder: Path
    frozen: FrozenEye | None = None


@dataclass(frozen=True)
class Seen:
    """What the model takes of one picture besides the ids, and where its tokens lie in it."""

    pictures: Pictures
    inputs: dict[str, Any]
    geometry: Geometry


def see_picture(eye: Eye, sample: SnapshotSample, device: str) -> Seen:
    """A sample's picture; raises ImageProblem when it has none or it cannot be read."""
    picture = picture_of(sample, eye.folder)
    if picture is None:
        raise ImageProblem(f"{sample.key} has no picture to look at")
    said: list[str] = []
    pictures = lay_out_all(eye.sight, eye.frozen, [(sample.key, picture)], said.append)
    pictures.prepare([0])
    if pictures.lost:
        raise ImageProblem(said[0].rstrip("."))
    return Seen(pictures, pictures.inputs([0], device), pictures.layouts[0])
