"""What the strip under the stage shows: layers, words, the tower's layers, or checkpoints."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from studio.attention import look as looking
from studio.attention import picture_look
from studio.attention.look import Look, Side
from studio.attention.maps import AttentionMap
from studio.attention.reduce import Over
from studio.ui.attention.sample_facts import SampleView

BASE_CELL = 0  # of checkpoints, the model before training stands first


class Kind(StrEnum):
    """What the cells of the strip are of."""

    LAYERS = "layers"
    WORDS = "words"
    VISION = "vision"
    STEPS = "steps"


TITLES = {
    Kind.LAYERS: "Layers",
    Kind.WORDS: "Words",
    Kind.VISION: "Vision",
    Kind.STEPS: "Checkpoints",
}


@dataclass(frozen=True, eq=False)
class StripCells:
    """`rows` [cell, image token] with their names; `current` are those that are looked at."""

    rows: np.ndarray
    names: list[str]
    current: range
    title: str
    is_difference: bool


def kinds_of(view: SampleView) -> list[Kind]:
    """The strips that there are for a sample."""
    kinds = [Kind.LAYERS, Kind.WORDS]
    if view.found is not None and view.found.tower is not None:
        kinds.append(Kind.VISION)
    if len(view.kept_steps) > 1 or len(view.along) > 1:
        kinds.append(Kind.STEPS)
    return kinds


def cells_of(
    view: SampleView, look: Look, kind: Kind, readers: list[int], tower_layer: int | None
) -> StripCells:
    """The strip's cells; `readers` are the words whose reading is known."""
    found = view.found
    assert found is not None
    is_difference = look.side == Side.DIFFERENCE
    text = picture_look.text_of(view.words, look)
    match kind:
        case Kind.LAYERS:
            rows = picture_look.each_layer(found, view.words, look)
            current, title = _layers_shown(look, found.layers), f"Every layer, for “{text}”"
        case Kind.WORDS:
            rows = picture_look.each_word(found, view.words, readers, look)
            place, title = readers.index(look.word), "Every word, with these layers and heads"
            names = [view.words[index].text for index in readers]
            return StripCells(rows, names, range(place, place + 1), title, is_difference)
        case Kind.VISION:
            rows = picture_look.each_tower_layer(found)
            title = "Vision tower: what its class token read, by layer"
            current = range(0) if tower_layer is None else range(tower_layer, tower_layer + 1)
            is_difference = False
        case Kind.STEPS:
            return _along(view, look, text)
    names = [str(layer + 1) for layer in range(len(rows))]
    return StripCells(rows, names, current, title, is_difference)


def along_of(view: SampleView, look: Look) -> list[AttentionMap]:
    """The checkpoints' maps that have what the look asks for, such as a rollout, oldest first."""
    return [one for one in view.along if looking.fits(look, one)]


def _along(view: SampleView, look: Look, text: str) -> StripCells:
    """The base model, then each checkpoint with a map, oldest first."""
    found = view.found
    assert found is not None
    base = picture_look.read_picture(found, view.words, replace(look, side=Side.BASE))
    tuned = replace(look, side=Side.TUNED)
    along = along_of(view, look)
    rows = [base.row, *(picture_look.read_picture(one, view.words, tuned).row for one in along)]
    steps = [one.provenance.step for one in along]
    place = BASE_CELL if look.side == Side.BASE else 1 + steps.index(found.provenance.step)
    names = ["base", *(f"step {step:,}" for step in steps)]
    title = f"Along checkpoints, for “{text}”"
    return StripCells(np.stack(rows), names, range(place, place + 1), title, False)


def _layers_shown(look: Look, count: int) -> range:
    reduction = look.reduction
    if reduction.over == Over.LAYER:
        return range(reduction.layer, reduction.layer + 1)
    return reduction.layers(count) if reduction.span is not None else range(0)
