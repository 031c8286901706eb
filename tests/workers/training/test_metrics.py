"""Scores are those of the textbook, and the published aggregates are told apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from workers.metrics.classification import batch_conventions, per_sample, score
from workers.metrics.ranking import judge_out_of_fold, nearest


@pytest.mark.parametrize(
    ("right_in_full", "right_in_last", "true", "mean_of_batches"),
    [(33, 0, 33 / 99, 33 / 104), (25, 3, 28 / 99, 4.125 / 13)],
)
def test_published_accuracy_of_99_samples(right_in_full, right_in_last, true, mean_of_batches):
    """0.3173 is impossible on 99 samples, and is what two ways to average batches give."""
    right = np.zeros(99, dtype=bool)
    right[:right_in_full] = True
    right[96 : 96 + right_in_last] = True
    told = batch_conventions(np.ones(99), right, 8)
    assert right.mean() == pytest.approx(true)
    assert told["accuracy/mean_of_batches"] == pytest.approx(mean_of_batches)
    assert round(told["accuracy/mean_of_batches"], 4) == 0.3173


def test_right_answers_over_full_batches():
    right = np.arange(99) < 33
    told = batch_conventions(np.ones(99), right, 8)
    assert told["accuracy/over_full_batches"] == pytest.approx(33 / 104)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60))
def test_figures_by_label_agree_with_scikit_learn(pairs):
    given_labels = [pair[0] for pair in pairs]
    said = [pair[1] for pair in pairs]
    logits = np.eye(3)[said] * 4
    result = score(logits, given_labels, ["a", "b", "c"], 8)
    precision, recall, f1, support = precision_recall_fscore_support(
        given_labels, said, labels=[0, 1, 2], zero_division=0
    )
    for index, name in enumerate("abc"):
        assert result.metrics[f"f1/{name}"] == pytest.approx(f1[index])
        assert result.metrics[f"recall/{name}"] == pytest.approx(recall[index])
        assert result.metrics[f"precision/{name}"] == pytest.approx(precision[index])
    assert result.majority_count == max(support)
    assert result.correct == sum(a == b for a, b in pairs)
    assert sum(map(sum, result.confusion)) == len(pairs)


def test_loss_confidence_and_margin_of_a_sample():
    figures = per_sample(np.array([[2.0, -1.0], [0.0, 5.0]]), [0, 0])
    assert figures.losses == pytest.approx([np.log1p(np.exp(-3)), np.log1p(np.exp(5))])
    assert figures.margins == pytest.approx([3.0, -5.0])
    assert figures.confidences == pytest.approx(np.exp(-figures.losses))
    assert figures.probabilities.sum(axis=1) == pytest.approx([1, 1])


def test_calibration_error_of_a_boaster_and_of_an_honest_one():
    boasting = score(np.array([[9.0, 0.0]] * 4), [0, 0, 1, 1], ["a", "b"], 8)
    assert boasting.metrics["calibration_error"] == pytest.approx(0.5, abs=1e-3)
    honest = score(np.log([[0.75, 0.25]] * 4), [0, 0, 0, 1], ["a", "b"], 8)
    assert honest.metrics["calibration_error"] == pytest.approx(0, abs=1e-9)


def test_the_judge_never_saw_the_label_it_judges():
    chance = np.random.default_rng(0)
    labels = np.arange(80) % 2
    embeddings = chance.normal(size=(80, 6)) * 0.2
    embeddings[:, 0] += labels * 2
    wrong = labels.copy()
    wrong[[3, 10, 50]] = 1 - wrong[[3, 10, 50]]
    probabilities = judge_out_of_fold(embeddings, wrong, 2, seed=0)
    confidence = probabilities[np.arange(80), wrong]
    assert set(np.argsort(confidence)[:3]) == {3, 10, 50}
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(80))


def test_a_label_with_one_sample_can_be_ranked():
    embeddings = np.random.default_rng(0).normal(size=(7, 3))
    probabilities = judge_out_of_fold(embeddings, np.array([0, 0, 0, 0, 0, 0, 1]), 3, seed=0)
    assert np.isfinite(probabilities).all()
    assert (probabilities[:, 2] == 0).all()


def test_nearest_captions_leave_out_the_caption_itself():
    angles = np.array([0.0, 0.1, 0.3, 2.0])
    embeddings = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    places, cosines = nearest(embeddings, 2)
    assert places.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    assert cosines[0] == pytest.approx([np.cos(0.1), np.cos(0.3)])
    assert nearest(embeddings[:1], 3)[0].shape == (1, 0)
