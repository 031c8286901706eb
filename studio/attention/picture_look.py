"""What one look at a captioner's map shows of the picture: what image tokens were read, and where
they lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.attention import patches
from studio.attention.look import Look, Side, matrices
from studio.attention.maps import AttentionMap
from studio.attention.patches import Box
from studio.attention.reduce import Over, Reduction
from studio.attention.words import Word
from workers.contract.geometry import Geometry


@dataclass(frozen=True, eq=False)
class PictureReading:
    """`row` has a share for each image token; of a difference, what is read more or less.

    `mass` is the share on the picture of all that was read, or how much it grew. `most` is the
    density that is painted as the largest; None for that of this reading.
    """

    row: np.ndarray
    mass: float
    geometry: Geometry
    is_difference: bool = False
    colours: str = "inferno"
    most: float | None = None


def read_picture(found: AttentionMap, words: list[Word], look: Look) -> PictureReading:
    """What was read of the picture to write the looked-at word or phrase."""
    rows = list(found.rows_of(tokens_of(words, look)))
    sides = (Side.BASE, Side.TUNED) if look.side == Side.DIFFERENCE else (look.side,)
    read = [_row(found, side, rows, look.reduction) for side in sides]
    row = read[0] if len(read) == 1 else read[1] - read[0]
    geometry = found.provenance.geometry
    assert geometry is not None
    is_difference = look.side == Side.DIFFERENCE
    return PictureReading(row, float(row.sum()), geometry, is_difference, look.colours)


def read_tower(found: AttentionMap, layer: int, look: Look) -> PictureReading:
    """What the class token of the vision tower read in a layer, mean of its heads."""
    geometry = found.provenance.geometry
    assert geometry is not None
    return PictureReading(each_tower_layer(found)[layer], 1.0, geometry, colours=look.colours)


def each_tower_layer(found: AttentionMap) -> np.ndarray:
    """[layer, image token], mean of the heads; none where the tower was not captured."""
    if found.tower is None:
        return np.zeros((0, len(found.provenance.image)), np.float32)
    return found.tower[:, :, 0].astype(np.float32).mean(axis=1)


def densest(rows: np.ndarray, found: AttentionMap) -> float:
    """The density that is largest in any of these rows, [cell, image token]: one scale for all."""
    geometry = found.provenance.geometry
    assert geometry is not None
    return max((patches.densest(row, geometry) for row in rows), default=0.0)


def words_of(words: list[Word], look: Look) -> list[Word]:
    """The looked-at word, or all words of the phrase in their order."""
    last = look.word if look.until is None else look.until
    return words[min(look.word, last) : max(look.word, last) + 1]


def tokens_of(words: list[Word], look: Look) -> tuple[int, ...]:
    """The tokens of the looked-at word, or of all words of the phrase."""
    return tuple(token for word in words_of(words, look) for token in word.tokens)


def text_of(words: list[Word], look: Look) -> str:
    """The word or the phrase, as it was written."""
    return " ".join(word.text for word in words_of(words, look))


def each_layer(found: AttentionMap, words: list[Word], look: Look) -> np.ndarray:
    """The same row in every layer: [layer, image token]."""
    rows = list(found.rows_of(tokens_of(words, look)))
    head = look.reduction.head
    sides: list[np.ndarray] = []
    for part in (found.base, found.tuned):
        heads = part if head is None else part[:, head : head + 1]
        sides.append(_on_picture(heads[:, :, rows], found).mean(axis=(1, 2)))
    return _of_side(sides[0], sides[1], look)


def each_word(
    found: AttentionMap, words: list[Word], places: Sequence[int], look: Look
) -> np.ndarray:
    """The row of each of these words: [word, image token]."""
    sides: list[np.ndarray] = []
    for matrix in matrices(found, look.reduction):
        part = matrix[:, list(found.provenance.image)]
        rows = [part[list(found.rows_of(words[place].tokens))].mean(axis=0) for place in places]
        sides.append(np.stack(rows))
    return _of_side(sides[0], sides[1], look)


def every_head(found: AttentionMap, tokens: tuple[int, ...], side: Side) -> np.ndarray:
    """What the tokens read of the picture by each head: [layer, head, image token]."""
    part = found.base if side == Side.BASE else found.tuned
    return _on_picture(part[:, :, list(found.rows_of(tokens))], found).mean(axis=2)


def each_head(
    found: AttentionMap, words: list[Word], look: Look, boxes: Sequence[Box] = ()
) -> np.ndarray:
    """By layer and head: the share inside boxes, or without any the share on the picture."""
    rows = list(found.rows_of(tokens_of(words, look)))
    sides: list[np.ndarray] = []
    for part in (found.base, found.tuned):
        reading = _on_picture(part[:, :, rows], found).mean(axis=2)
        geometry = found.provenance.geometry
        if boxes and geometry is not None:
            sides.append(patches.mass_in(reading, geometry, boxes))
        else:
            sides.append(reading.sum(axis=-1))
    return _of_side(sides[0], sides[1], look)


def _row(found: AttentionMap, side: Side, rows: list[int], reduction: Reduction) -> np.ndarray:
    """Only what is wanted is read out, so that a hover stays quick."""
    is_base = side == Side.BASE
    if reduction.over == Over.ROLLOUT:
        rollout = found.base_rollout if is_base else found.tuned_rollout
        assert rollout is not None
        return _on_picture(rollout[rows], found).mean(axis=0)
    weights = found.base if is_base else found.tuned
    layers = reduction.layers(len(weights))
    if reduction.over == Over.LAYER:
        layers = range(reduction.layer, reduction.layer + 1)
    part = weights[layers.start : layers.stop]
    if reduction.head is not None:
        part = part[:, reduction.head : reduction.head + 1]
    return _on_picture(part[:, :, rows], found).mean(axis=(0, 1, 2))


def _on_picture(weights: np.ndarray, found: AttentionMap) -> np.ndarray:
    image = found.provenance.image
    first, last = image[0], image[-1]
    if last - first + 1 == len(image):
        return weights[..., first : last + 1].astype(np.float32)
    return weights[..., list(image)].astype(np.float32)


def _of_side(base: np.ndarray, tuned: np.ndarray, look: Look) -> np.ndarray:
    match look.side:
        case Side.BASE:
            return base
        case Side.TUNED:
            return tuned
        case Side.DIFFERENCE:
            return tuned - base
