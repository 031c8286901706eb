"""Captions as arrays: each n-gram a number, counted once for every metric that needs it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Tokens = Sequence[str]
Numbers = NDArray[np.int64]
ORDERS = 4


@dataclass(frozen=True)
class Counts:
    """How often each n-gram stands in each caption; rows sorted by caption, then n-gram."""

    caption: Numbers
    gram: Numbers
    count: Numbers


@dataclass(frozen=True)
class Order:
    """The n-grams of one length."""

    predicted: Counts
    referred: Counts
    different: int  # n-grams there are; each has a number below


@dataclass(frozen=True)
class Tables:
    """One prediction an image, in the order of the images, and their references."""

    orders: tuple[Order, ...]  # words, pairs, threes, fours
    predicted_lengths: Numbers
    referred_lengths: Numbers
    image: Numbers  # of each reference; ascending

    @property
    def images(self) -> int:
        return len(self.predicted_lengths)


def count_grams(predictions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> Tables:
    """Count the n-grams of one prediction and at least one reference an image."""
    must_fit(predictions, references)
    captions = [*predictions, *chain.from_iterable(references)]
    lengths = np.fromiter(map(len, captions), np.int64, len(captions))
    owner = np.repeat(np.arange(len(captions)), lengths)
    words = _numbered(list(chain.from_iterable(captions)))
    orders = tuple(
        _order(caption, gram, different, len(predictions))
        for caption, gram, different in _grams(owner, words)
    )
    return Tables(
        orders=orders,
        predicted_lengths=lengths[: len(predictions)],
        referred_lengths=lengths[len(predictions) :],
        image=np.repeat(np.arange(len(references)), [len(group) for group in references]),
    )


def must_fit(predictions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> None:
    """Every metric needs one prediction and at least one reference an image."""
    if len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions for {len(references)} images")
    if not all(len(group) for group in references):
        raise ValueError("an image without a reference cannot be scored")


def _numbered(words: Sequence[str]) -> Numbers:
    number = {word: index for index, word in enumerate(dict.fromkeys(words))}
    return np.fromiter(map(number.__getitem__, words), np.int64, len(words))


def _grams(owner: Numbers, words: Numbers) -> Iterator[tuple[Numbers, Numbers, int]]:
    """Caption and number of every n-gram as it stands, and how many different there are."""
    vocabulary = int(words.max(initial=0)) + 1
    starts, grams, different = np.arange(len(words)), words, vocabulary
    for order in range(ORDERS):
        if order:
            starts, grams = _without_last(starts, grams, len(words) - order)
            inside = owner[starts] == owner[starts + order]
            starts = starts[inside]
            # The number of what came before and of the next word: below 2**63 for any memory.
            pairs = grams[inside] * vocabulary + words[starts + order]
            known, grams = np.unique(pairs, return_inverse=True)
            different = max(1, len(known))
        yield owner[starts], grams, different


def _without_last(starts: Numbers, grams: Numbers, end: int) -> tuple[Numbers, Numbers]:
    kept = int(np.searchsorted(starts, max(0, end)))
    return starts[:kept], grams[:kept]


def _order(caption: Numbers, gram: Numbers, different: int, predictions: int) -> Order:
    keys, count = np.unique(caption * different + gram, return_counts=True)
    caption, gram = np.divmod(keys, different)
    first = int(np.searchsorted(caption, predictions))
    return Order(
        predicted=Counts(caption[:first], gram[:first], count[:first]),
        referred=Counts(caption[first:] - predictions, gram[first:], count[first:]),
        different=different,
    )
