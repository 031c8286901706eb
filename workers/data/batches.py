"""Which samples share a batch: a pure function, so that only a position needs saving."""

import random
from collections.abc import Sequence

# Samples are sorted by length within stretches of this many batches: little padding, much chance.
STRETCH = 128


def epoch_batches(
    lengths: Sequence[int], seed: int, epoch: int, size: int, bucketed: bool
) -> list[list[int]]:
    """Micro-batches of sample positions for one epoch; equal arguments give equal batches."""
    chance = random.Random(f"{seed}/{epoch}")
    order = list(range(len(lengths)))
    chance.shuffle(order)
    if not bucketed:
        return _cut(order, size)
    stretch = size * STRETCH
    batches: list[list[int]] = []
    for start in range(0, len(order), stretch):
        near = sorted(order[start : start + stretch], key=lengths.__getitem__)
        batches += _cut(near, size)
    chance.shuffle(batches)
    return batches


def reading_batches(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Batches for measuring, longest first: the order is fixed, and memory is asked for at once."""
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    return _cut(order, size)


def steps_per_epoch(samples: int, size: int, accumulation: int) -> int:
    """Updates of one epoch; the last one may hold fewer micro-batches."""
    micro_batches = -(-samples // size)
    return -(-micro_batches // accumulation)


def _cut(order: list[int], size: int) -> list[list[int]]:
    return [order[start : start + size] for start in range(0, len(order), size)]
