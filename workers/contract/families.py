"""Model families that see pictures: what their parts are called, and how image tokens stand."""

import json
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from workers.contract.frozen import Frozen

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "families"


COMPOSED = "composed"


class Layout(StrEnum):
    """How a family lays tokens over a picture.

    Whole: one grid over what the processor keeps of it. Tiles: a grid a tile, then one over the
    whole in small. Anyres: one over the whole, then one over all tiles whose rows have an end.
    Merged: one grid as large as the picture asks for. Crossed: a grid behind cross-attention, with
    no token in the text.
    """

    WHOLE = "whole"
    TILES = "tiles"
    ANYRES = "anyres"
    MERGED = "merged"
    CROSSED = "crossed"


class Family(Frozen):
    """One family: its parts by the names of their modules, and the text around a picture.

    `token` is the word that stands for one image token; `before` and `after` enclose a picture's.
    `end` is what the text's config calls the token that ends an answer. A family is `proven` when
    its self-test has found each image token where its geometry says; only then can it be used.
    """

    name: str
    title: str
    model_types: tuple[str, ...]
    layout: Layout
    tower: tuple[str, ...]
    projector: tuple[str, ...]
    language: tuple[str, ...]
    token: str = "<image>"
    before: str = ""
    after: str = ""
    template: str = ""
    end: str = "eos_token_id"
    proven: bool = False

    @property
    def keeps_tower(self) -> bool:
        """Whether what is kept of a picture is the tower's work alone, projected each time."""
        return self.name == COMPOSED or self.layout == Layout.CROSSED


@lru_cache(maxsize=1)
def families() -> tuple[Family, ...]:
    """Every family of resources/families."""
    files = sorted(FOLDER.glob("*.json"))
    return tuple(Family.model_validate(json.loads(file.read_text("utf-8"))) for file in files)


def find_family(model_type: str) -> Family | None:
    """The family of a config's model type, or of a family's own name."""
    return next(
        (one for one in families() if model_type in (one.name, *one.model_types)),
        None,
    )
