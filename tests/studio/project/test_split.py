"""Splits: exact totals of the seed's rule, labels in proportion, scenes whole, test untouched."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.project import edits, queries
from studio.project.split import Splittable, choose_validation, share_out, validation_count


def members(counts, scene_size=0):
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    return [
        Splittable(n, label, f"scene {n // scene_size}" if scene_size else None)
        for n, label in enumerate(labels)
    ]


@pytest.mark.parametrize(
    ("total", "validation"),
    [(989, 99), (990, 99), (991, 100), (1000, 100), (10, 1), (9, 1), (1, 1), (0, 0), (240, 24)],
)
def test_one_in_ten_is_rounded_up(total, validation):
    assert validation_count(total, 0.1) == validation


@pytest.mark.parametrize("stratified", [True, False])
def test_the_989_samples_of_the_seed_become_890_and_99(stratified):
    samples = members((659, 330))
    chosen = choose_validation(samples, 0.1, 42, stratified=stratified)
    assert len(chosen) == 99
    assert len(samples) - len(chosen) == 890
    if stratified:
        assert Counter(samples[n].label_id for n in chosen) == {0: 66, 1: 33}


def test_the_same_random_seed_gives_the_same_split():
    samples = members((60, 40))
    first = choose_validation(samples, 0.1, 42, stratified=True)
    assert first == choose_validation(samples, 0.1, 42, stratified=True)
    assert first != choose_validation(samples, 0.1, 43, stratified=True)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=6),
    st.sampled_from([0.05, 0.1, 0.2, 0.33, 0.5]),
    st.integers(0, 5),
)
def test_totals_are_exact_and_labels_in_proportion(counts, share, seed):
    samples = members(counts)
    chosen = choose_validation(samples, share, seed, stratified=True)
    assert len(chosen) == validation_count(sum(counts), share)
    found = Counter(samples[n].label_id for n in chosen)
    for label, count in enumerate(counts):
        exact = len(chosen) * count / max(sum(counts), 1)
        assert exact - 1 < found[label] < exact + 1


@given(st.dictionaries(st.text(max_size=2), st.integers(0, 1000), max_size=8), st.floats(0, 1))
def test_shares_add_up(sizes, share):
    wanted = int(sum(sizes.values()) * share)
    quotas = share_out(sizes, wanted)
    assert sum(quotas.values()) == wanted
    assert all(0 <= quotas[name] <= size for name, size in sizes.items())


@pytest.mark.parametrize("size", [2, 5, 7])
def test_a_scene_is_never_parted(size):
    samples = members((120, 80), scene_size=size)
    chosen = choose_validation(samples, 0.1, 42, stratified=True)
    for scene in {sample.scene for sample in samples}:
        assert len({sample.id in chosen for sample in samples if sample.scene == scene}) == 1
    assert 20 - size <= len(chosen) <= 20


def test_the_edit_splits_labelled_samples_and_leaves_test_alone(document):
    document.edit("Test", edits.set_split, [1, 2, 3], "test")
    counts = document.edit("Split 9 : 1", edits.split_samples)
    found = document.query(queries.counts)
    unlabelled = document.query(queries.counts, "label:none")
    assert found.split["test"] == 3
    assert found.split["train"] == counts.train + unlabelled.split["train"]
    assert counts.train + counts.validation == 40 - 3 - 5
    assert counts.validation <= validation_count(32, 0.1)
    again = document.edit("Split 9 : 1", edits.split_samples)
    assert (again.train, again.validation, again.moved) == (counts.train, counts.validation, 0)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, 2.0])
def test_a_share_that_leaves_nothing_is_refused(document, share):
    with pytest.raises(StudioError, match="between 0 and 1"):
        document.edit("Split", edits.split_samples, share)
