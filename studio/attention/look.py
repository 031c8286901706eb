"""What one look at a map shows: shares by word, by layer and by head, for base, tuned or both."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from studio.attention import reduce
from studio.attention.maps import AttentionMap
from studio.attention.reduce import Over, Reduction
from studio.attention.words import Word


class Side(StrEnum):
    """Whose attention is shown."""

    BASE = "base"
    TUNED = "tuned"
    DIFFERENCE = "difference"


@dataclass(frozen=True)
class Look:
    """`word` is the place of the word whose reading is shown; 0 is [CLS] in BERT's texts.

    With `special`, special tokens count and set the scale like words. `colours` names the heat.
    A phrase goes on from `word` to the word `until`.
    """

    word: int = 0
    reduction: Reduction = field(default_factory=Reduction)
    side: Side = Side.TUNED
    special: bool = False
    colours: str = "inferno"
    until: int | None = None


@dataclass(frozen=True, eq=False)
class WordReading:
    """By word: `shares` of what was read (they sum to 1), and `ink` to paint them.

    `ink` runs from 0 to 1, the largest share; for a difference from -1, less, to 1, more. `what`
    says of what the shares are.
    """

    shares: np.ndarray
    ink: np.ndarray
    is_difference: bool
    colours: str = "inferno"
    what: str = "of what was read"


def read_words(found: AttentionMap, words: list[Word], look: Look) -> WordReading:
    """Where the looked-at word read from."""
    base, tuned = _by_word(found, words, look)
    if look.side == Side.DIFFERENCE:
        return WordReading(tuned - base, reduce.difference(tuned, base), is_difference=True)
    shares = base if look.side == Side.BASE else tuned
    ink = reduce.shares_of_largest(shares)
    return WordReading(shares, ink, is_difference=False, colours=look.colours)


def matrices(found: AttentionMap, reduction: Reduction) -> tuple[np.ndarray, np.ndarray]:
    """[row, token] of the base and of the tuned model; rollouts of an answer are the captured ones,
    of the mean of the heads.
    """
    rollouts = (found.base_rollout, found.tuned_rollout)
    if reduction.over == Over.ROLLOUT and found.provenance.is_of_answer:
        base, tuned = (one.astype(np.float32) for one in rollouts if one is not None)
    else:
        base, tuned = (reduce.reduce(part, reduction) for part in (found.base, found.tuned))
    return base, tuned


def read_layers(found: AttentionMap, words: list[Word], look: Look) -> np.ndarray:
    """The same for every layer: [layer, word], scaled to the largest of all layers."""
    tokens = found.rows_of(words[look.word].tokens)
    sides = []
    for part in (found.base, found.tuned):
        rows = reduce.each_layer(part, tokens, look.reduction.head)
        kept = [_without(row, found, look) for row in rows]
        sides.append(np.stack([reduce.word_shares(row, _tokens(words)) for row in kept]))
    base, tuned = sides
    if look.side == Side.DIFFERENCE:
        return reduce.difference(tuned, base)
    return reduce.shares_of_largest(base if look.side == Side.BASE else tuned)


def read_heads(found: AttentionMap, words: list[Word], look: Look) -> np.ndarray:
    """How much of the word's attention stays on words, [layer, head]; a difference from -1 to 1."""
    tokens, special = found.rows_of(words[look.word].tokens), found.provenance.special
    base, tuned = (reduce.each_head(part, tokens, special) for part in (found.base, found.tuned))
    if look.side == Side.DIFFERENCE:
        return tuned - base
    return base if look.side == Side.BASE else tuned


def readers(found: AttentionMap, words: list[Word]) -> list[int]:
    """The words whose reading is known: all of a caption, or those of the answer."""
    return [index for index, word in enumerate(words) if found.rows_of(word.tokens)]


def likeliness(found: AttentionMap, word: Word) -> tuple[float, float]:
    """How likely base and tuned model found an answer's word: its tokens' shares, multiplied."""
    rows = list(found.rows_of(word.tokens))
    sides = (found.provenance.base_token_probabilities, found.provenance.tuned_token_probabilities)
    base, tuned = (float(np.prod([side[row] for row in rows])) for side in sides)
    return base, tuned


def fitting(look: Look, found: AttentionMap) -> Look:
    """The look with what this map has: its layers and heads, and a rollout where there is one."""
    reduction = look.reduction
    layer = min(reduction.layer, found.layers - 1)
    head = reduction.head if reduction.head is None or reduction.head < found.heads else None
    over = reduction.over
    if over == Over.ROLLOUT and not found.has_rollout:
        over = Over.MEAN
    if over == Over.ROLLOUT and found.provenance.is_of_answer:
        head = None  # of the mean of the heads alone
    span = reduction.span
    if span is not None and span[1] >= found.layers:
        span = None
    return replace(look, reduction=Reduction(over, layer, head, span))


def fits(look: Look, found: AttentionMap) -> bool:
    """Whether the map has the layers, the head and the rollout that the look asks for."""
    return fitting(look, found).reduction == look.reduction


def spread_bits(reading: WordReading) -> float:
    """How spread the reading is, in bits."""
    return reduce.entropy_bits(np.abs(reading.shares))


def most_changed(
    found: AttentionMap, words: list[Word], look: Look
) -> tuple[tuple[int, float], tuple[int, float]]:
    """The word that the tuned model reads more, and the one it reads less, each with its change."""
    base, tuned = _by_word(found, words, look)
    change = tuned - base
    more, less = int(change.argmax()), int(change.argmin())
    return (more, float(change[more])), (less, float(change[less]))


def _by_word(found: AttentionMap, words: list[Word], look: Look) -> tuple[np.ndarray, np.ndarray]:
    rows = found.rows_of(words[look.word].tokens)
    base, tuned = (
        reduce.word_shares(_without(reduce.token_row(matrix, rows), found, look), _tokens(words))
        for matrix in matrices(found, look.reduction)
    )
    return base, tuned


def _without(row: np.ndarray, found: AttentionMap, look: Look) -> np.ndarray:
    return row if look.special else reduce.without_special(row, found.provenance.special)


def _tokens(words: list[Word]) -> list[tuple[int, ...]]:
    return [word.tokens for word in words]
