"""The layer and head whose attention points best, where a base model's folder says so."""

import json

from workers.contract import catalogue
from workers.contract.frozen import Frozen

FILE = "attention.json"


class PointingHead(Frozen):
    """`layer` and `head` from 0 on, chosen by the pointing game on so many drawn `scenes`.

    Without a head it is the mean of the layer's heads.
    There, `share` of what was read for `words` phrases lay in the boxes that they name; evenly
    spread attention would have had `chance` there.
    """

    layer: int
    head: int | None
    scenes: int
    words: int
    share: float
    chance: float


def pointing_head(base_model: str) -> PointingHead | None:
    """That of a base model by its name or folder; None where nobody measured it."""
    folder = catalogue.config_folder(base_model)
    if folder is None or not (folder / FILE).is_file():
        return None
    return PointingHead.model_validate(json.loads((folder / FILE).read_text("utf-8")))
