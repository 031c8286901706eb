"""Deletion and insertion of a map: what is hidden in which order, and what its curves come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from studio.attention import patches, picture_look
from studio.attention.look import Look, Side
from studio.attention.maps import AttentionMap
from studio.attention.phrases import content_words
from studio.attention.reduce import Over
from studio.attention.words import Word
from workers.contract.hiding import CheckedWord, HiddenSample, HiddenWord, into_steps

STEPS = 8


@dataclass(frozen=True)
class Judged:
    """Areas under the curves of one word, or their means over several.

    `chance` is the mean area of the random orders, the same for hiding and for showing: shown in a
    random order is hidden in the reverse of one. `beaten` are the random orders, of `orders`, that
    kept the word likelier while they hid.
    """

    text: str
    deletion: float
    insertion: float
    chance: float
    beaten: int
    orders: int

    @property
    def is_better(self) -> bool:
        """Whether hiding in the map's order took the word away faster than every random order."""
        return self.beaten == self.orders


@dataclass(frozen=True)
class JudgedAll:
    """Many words together: means of the areas, and how many fall faster than chance's mean."""

    words: int
    deletion: float
    insertion: float
    chance: float
    better: int


def name_of(look: Look) -> str:
    """Whose attention a look shows, and which layers and heads it takes together."""
    reduction = look.reduction
    layers = {
        Over.LAYER: f"layer {reduction.layer}",
        Over.MEAN: "layers {}-{}".format(*reduction.span) if reduction.span else "all layers",
    }.get(reduction.over, reduction.over.value)
    head = "all heads" if reduction.head is None else f"head {reduction.head}"
    return f"{side_of(look).value}, {layers}, {head}"


def side_of(look: Look) -> Side:
    """The model that is asked: a difference is checked as the tuned one's."""
    return Side.BASE if look.side == Side.BASE else Side.TUNED


def plan_sample(
    found: AttentionMap, words: list[Word], looks: Sequence[Look]
) -> HiddenSample | None:
    """What is hidden for each look at a word or phrase; None without a proven geometry."""
    geometry = found.provenance.geometry
    if geometry is None or not looks:
        return None
    readings = [_reading(found, words, look) for look in looks]
    spread = patches.places(readings[0], geometry)
    return HiddenSample(
        sample_id=found.provenance.sample_id,
        map_sha256=found.digest,
        across=tuple(spread.across.tolist()),
        down=tuple(spread.down.tolist()),
        words=tuple(
            HiddenWord(
                text=picture_look.text_of(words, look),
                rows=found.rows_of(picture_look.tokens_of(words, look)),
                steps=_steps(patches.places(row, geometry)),
            )
            for look, row in zip(looks, readings, strict=True)
        ),
    )


def looks_at_content(words: list[Word], look: Look) -> list[Look]:
    """The same look at each word of the answer that says something of the picture."""
    return [Look(place, look.reduction, look.side) for place in content_words(words)]


def area(curve: Sequence[float]) -> float:
    """The mean height of a curve of equal steps: the area under it from 0 to 1."""
    return float(np.mean([(low + high) / 2 for low, high in pairwise(curve)]))


def judge(word: CheckedWord) -> Judged:
    """The areas of a word's curves."""
    deletion = area(word.deletion)
    chances = [area(curve) for curve in word.chance]
    return Judged(
        word.text,
        deletion,
        area(word.insertion),
        float(np.mean(chances)),
        sum(deletion < one for one in chances),
        len(chances),
    )


def judge_all(words: Sequence[CheckedWord]) -> JudgedAll | None:
    """All words together; None of none."""
    if not words:
        return None
    judged = [judge(word) for word in words]
    areas = np.array([(one.deletion, one.insertion, one.chance) for one in judged])
    deletion, insertion, chance = areas.mean(axis=0).tolist()
    better = sum(one.deletion < one.chance for one in judged)
    return JudgedAll(len(judged), deletion, insertion, chance, better)


def _reading(found: AttentionMap, words: list[Word], look: Look) -> np.ndarray:
    here = Look(look.word, look.reduction, side_of(look), until=look.until)
    return picture_look.read_picture(found, words, here).row


def _steps(spread: patches.Places) -> tuple[int, ...]:
    """The most looked-at places first, those of one density from the top left."""
    order = np.argsort(-spread.densities, axis=None, kind="stable")
    order = order[spread.seen.ravel()[order]]
    return into_steps(order.tolist(), spread.areas.ravel().tolist(), STEPS)
