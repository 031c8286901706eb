"""What a run is worth, in words, and two runs side by side."""

import numpy as np
import pytest

from studio.project import edits, schema
from studio.runs import bootstrap
from studio.runs.comparison import compare
from studio.runs.verdict import describe, wilson_interval
from workers.contract.options import with_values


def with_spaces(sentence):
    """The sentence with plain spaces; a test of its own looks at the others."""
    return sentence.replace("\u00a0", " ")


def test_wilson_s_interval_is_the_textbook_one():
    low, high = wilson_interval(74, 99)
    assert (round(low, 3), round(high, 3)) == (0.654, 0.823)
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert wilson_interval(10, 10)[1] == pytest.approx(1.0)


def test_a_run_level_with_the_majority_says_that_nothing_was_learned(controller, document, options):
    run_id = controller.train(options, recipe="")
    controller.wait(run_id, timeout=20)
    verdict = describe(document, run_id)
    assert with_spaces(verdict.sentence) == (
        "50 %: the same as always answering “dangerous”. It predicted dangerous for all 4. "
        "Nothing was learned that validation shows."
    )
    assert with_spaces(verdict.advice) == (
        "30 steps at learning rate 0.0002 on 16 samples move the weights little. "
        "Try 1e-3, or more epochs."
    )


def test_a_run_of_few_steps_is_told_to_go_on(controller, document, options):
    wanted = with_values(options, {"optimizer.learning_rate": 1e-3})
    run_id = controller.train(wanted, recipe="")
    controller.wait(run_id, timeout=20)
    advice = describe(document, run_id).advice
    assert advice == "30 steps are few. More epochs may help: continue this run."


def put_evaluation(connection, run_id, correct, count, majority):
    connection.execute(
        schema.evaluations.insert().prefix_with("OR REPLACE").values(
            run_id=run_id, split="validation", step=1, epoch=1, loss=0.5, metrics="{}",
            accuracy=correct / count, correct=correct, count=count, majority_label="safe",
            majority_count=majority, confusion="[[40, 10], [15, 34]]",
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("correct", "start"),
    [
        (74, "8 points over always answering “safe” (66.7 %), level with seed S0a (75 %). "),
        (50, "16 points under always answering “safe” (66.7 %), below seed S0a (75 %). "),
    ],
)
def test_the_sentence_sets_accuracy_beside_majority_and_seed(
    controller, document, options, correct, start
):
    run_id = controller.train(options, recipe="bert-lora", start=False)
    document.record(put_evaluation, run_id, correct, 99, 66)
    verdict = describe(document, run_id)
    if correct == 74:
        assert with_spaces(verdict.sentence) == start + "Interval 65–82 %."
        assert with_spaces(verdict.advice) == ""
    else:
        assert "no better than always answering “safe”" in with_spaces(verdict.sentence)


def test_two_runs_are_compared_with_what_was_changed_between_them(controller, document, options):
    first = controller.train(options, recipe="")
    controller.wait(first, timeout=20)
    doubted = document.query(
        lambda c: c.exec_driver_sql("SELECT id FROM samples WHERE key = 's8'").scalar()
    )
    document.edit("Fix", edits.set_label, [doubted], 2)
    second = controller.train(options, recipe="")
    controller.wait(second, timeout=20)
    found = compare(document, first, second)
    assert found.data.relabelled == (doubted,)
    assert found.options == ()
    assert (found.shared, found.notice) == (4, "")
    assert len(found.both) + len(found.neither) == 4
    assert found.intervals[0].may_be_chance
    assert {curve.run_id for curve in found.curves} == {first, second}


def test_the_bootstrap_interval_is_that_of_the_paired_differences():
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 200)
    first = np.where(random.random(200) < 0.7, truth, 1 - truth)
    second = np.where(random.random(200) < 0.9, truth, 1 - truth)
    names = np.array(["safe", "dangerous"])
    shares = [{"safe": 0.5, "dangerous": 0.5}] * 200
    accuracy = bootstrap.intervals(
        bootstrap.Outcome(
            list(names[truth]), list(names[first]), list(names[second]), shares, shares
        )
    )[0]
    paired = (second == truth).astype(float) - (first == truth)
    error = paired.std() / np.sqrt(200)
    assert accuracy.difference == pytest.approx(paired.mean())
    assert accuracy.low == pytest.approx(paired.mean() - 1.96 * error, abs=0.02)
    assert accuracy.high == pytest.approx(paired.mean() + 1.96 * error, abs=0.02)
    assert not accuracy.may_be_chance
