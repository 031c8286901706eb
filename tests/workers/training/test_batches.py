"""Batches are a pure function, hold every sample once, and pad little."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.data.batches import epoch_batches, reading_batches, steps_per_epoch

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=300)


@given(LENGTHS, st.integers(0, 2**31 - 1), st.integers(0, 50), st.integers(1, 40), st.booleans())
def test_every_sample_comes_once_and_calls_repeat(lengths, seed, epoch, size, bucketed):
    random.seed(epoch)  # the global generator has no say
    first = epoch_batches(lengths, seed, epoch, size, bucketed)
    random.seed(seed)
    assert epoch_batches(lengths, seed, epoch, size, bucketed) == first
    assert sorted(at for batch in first for at in batch) == list(range(len(lengths)))
    assert len(first) == steps_per_epoch(len(lengths), size, 1)
    assert sum(len(batch) != size for batch in first) <= 1


def test_the_global_generator_is_not_touched():
    random.seed(1)
    expected = random.random()
    random.seed(1)
    epoch_batches([3, 1, 2], 7, 0, 2, True)
    assert random.random() == expected


def test_epochs_and_seeds_differ():
    lengths = [index % 17 for index in range(100)]
    batches = epoch_batches(lengths, 1, 0, 8, True)
    assert batches != epoch_batches(lengths, 1, 1, 8, True)
    assert batches != epoch_batches(lengths, 2, 0, 8, True)


def test_the_order_is_the_one_that_saved_checkpoints_count_on():
    lengths = [5, 3, 9, 1, 7]
    assert epoch_batches(lengths, 42, 0, 2, True) == [[2], [3, 1], [0, 4]]
    assert epoch_batches(lengths, 42, 0, 2, False) == [[4, 1], [0, 3], [2]]


def test_bucketing_pads_a_quarter_of_what_chance_does():
    chance = random.Random(0)
    lengths = [chance.randint(5, 60) for _ in range(800)]

    def padding(batches):
        return sum(max(lengths[at] for at in b) - lengths[at] for b in batches for at in b)

    bucketed = padding(epoch_batches(lengths, 1, 0, 8, True))
    assert bucketed * 4 < padding(epoch_batches(lengths, 1, 0, 8, False))


def test_reading_begins_with_the_longest():
    assert reading_batches([2, 9, 9, 4], 2) == [[1, 2], [3, 0]]


@pytest.mark.parametrize(
    ("samples", "size", "accumulation", "steps"),
    [(890, 8, 1, 112), (989, 8, 1, 124), (31, 4, 8, 1), (33, 4, 8, 2), (1, 8, 4, 1)],
)
def test_steps_of_an_epoch(samples, size, accumulation, steps):
    assert steps_per_epoch(samples, size, accumulation) == steps
