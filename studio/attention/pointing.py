"""The pointing game: how much of what was read for a phrase lies in the boxes that it names.

Beside each share stands its chance: that of attention spread evenly over the picture.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.attention import patches, picture_look
from studio.attention.look import Look, Side
from studio.attention.maps import AttentionMap
from studio.attention.patches import Pointing
from studio.attention.phrases import NamedArea, Phrase, find_phrases
from studio.attention.reduce import Over, Reduction
from studio.attention.words import Word

ALL = "all"  # the name of the tally over every name


@dataclass(frozen=True, eq=False)
class PhrasePointing:
    """One phrase of one sample: `at` is its pointing under the looked-at reduction.

    `shares` and `hits` are those of every layer and head, [layer, head].
    """

    sample_id: int
    name: str
    text: str
    at: Pointing
    shares: np.ndarray
    hits: np.ndarray

    def by_head(self, layer: int, head: int) -> Pointing:
        """The pointing of one head alone."""
        share, hit = float(self.shares[layer, head]), bool(self.hits[layer, head])
        return Pointing(share, self.at.chance, hit, self.at.hit_chance)


@dataclass(frozen=True)
class Tally:
    """Phrases of one name taken together: means of shares and chances, and how many hit.

    `hit_chance` is the mean over the phrases of how often chance alone would hit.
    """

    name: str
    words: int
    share: float
    chance: float
    hits: int
    hit_chance: float

    @property
    def ratio(self) -> float:
        """How many times chance; 0 where there is none."""
        return self.share / self.chance if self.chance > 0 else 0.0


@dataclass(frozen=True)
class Best:
    """The layer and head with the largest mean share on one half of the samples.

    `chosen_on` is its tally there, `reported` that on the other half, which had no say.
    """

    layer: int
    head: int
    chosen_on: Tally
    reported: Tally


def measure_sample(
    found: AttentionMap,
    words: list[Word],
    boxes: Sequence[NamedArea],
    look: Look,
    *,
    whole: bool = True,
) -> list[PhrasePointing]:
    """Each phrase of a map's answer that names boxes; with `whole` the phrase, else its noun.

    `look` says which layers and heads are taken together and whose attention is measured; a
    difference is measured as tuned. Nothing is measured on a map without a proven geometry.
    """
    if found.provenance.geometry is None:
        return []
    side = Side.BASE if look.side == Side.BASE else Side.TUNED
    phrases = find_phrases(words, boxes)
    return [
        _measure(found, words, phrase, Look(0, look.reduction, side), whole=whole)
        for phrase in phrases
    ]


def tally(name: str, points: Sequence[Pointing]) -> Tally:
    """These points taken together."""
    count = len(points)
    if not count:
        return Tally(name, 0, 0.0, 0.0, 0, 0.0)
    return Tally(
        name,
        count,
        sum(one.share for one in points) / count,
        sum(one.chance for one in points) / count,
        sum(one.hit for one in points),
        sum(one.hit_chance for one in points) / count,
    )


def tallies(measured: Sequence[PhrasePointing], cell: tuple[int, int] | None = None) -> list[Tally]:
    """One for each name, the most frequent first, behind one for all.

    `cell` is the layer and head to tally, None for the reduction that was measured.
    """
    points: dict[str, list[Pointing]] = {}
    for one in measured:
        points.setdefault(one.name, []).append(one.at if cell is None else one.by_head(*cell))
    every = [point for of_name in points.values() for point in of_name]
    by_name = [tally(name, of_name) for name, of_name in points.items()]
    return [tally(ALL, every), *sorted(by_name, key=lambda one: (-one.words, one.name))]


def mean_shares(measured: Sequence[PhrasePointing]) -> np.ndarray:
    """The mean share of all phrases by layer and head, [layer, head]."""
    if not measured:
        return np.zeros((0, 0), np.float32)
    return np.stack([one.shares for one in measured]).mean(axis=0)


def is_in_first_half(sample_id: int) -> bool:
    """A fixed coin for each sample, so that what is chosen on one half is told by the other."""
    return hashlib.sha256(f"pointing {sample_id}".encode()).digest()[0] % 2 == 0


def choose_best(measured: Sequence[PhrasePointing]) -> Best | None:
    """The layer and head that points best; None where a half of the samples has no phrase."""
    first = [one for one in measured if is_in_first_half(one.sample_id)]
    second = [one for one in measured if not is_in_first_half(one.sample_id)]
    if not first or not second:
        return None
    means = mean_shares(first)
    layer, head = (int(place) for place in np.unravel_index(int(means.argmax()), means.shape))
    halves = [tally(ALL, [one.by_head(layer, head) for one in half]) for half in (first, second)]
    return Best(layer, head, *halves)


def of_head(layer: int, head: int) -> Reduction:
    """The reduction that looks through one head alone."""
    return Reduction(Over.LAYER, layer, head)


def _measure(
    found: AttentionMap, words: list[Word], phrase: Phrase, look: Look, *, whole: bool
) -> PhrasePointing:
    geometry = found.provenance.geometry
    assert geometry is not None
    first = phrase.first if whole else phrase.noun
    here = Look(first, look.reduction, look.side, until=phrase.last)
    row = picture_look.read_picture(found, words, here).row
    heads = picture_look.every_head(found, phrase.tokens(words, whole=whole), look.side)
    return PhrasePointing(
        found.provenance.sample_id,
        phrase.name,
        picture_look.text_of(words, here),
        patches.point(row, geometry, phrase.areas),
        patches.mass_in(heads, geometry, phrase.areas).astype(np.float32),
        patches.hits(heads, geometry, phrase.areas),
    )
