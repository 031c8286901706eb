"""Runs that learn answers in words: no label is right, so perplexity says what they are worth."""

import pytest
from sqlalchemy import update

from studio.commands.following import validation_of
from studio.project import queries, schema
from studio.runs.comparison import compare
from studio.runs.exporting import card_of
from studio.runs.overfitting import overfitting
from studio.runs.perplexity import describe_perplexity
from studio.runs.state import RunState
from studio.runs.verdict import describe
from workers.contract.options import with_values


@pytest.fixture
def wording(document, options):
    document.edit("Answer", lambda c: c.execute(update(schema.samples).values(answer="It stops.")))
    return with_values(options, {"task": "answer", "prompt.answer": "text"})


@pytest.fixture
def trained(controller, wording):
    run_id = controller.train(wording, recipe="")
    assert controller.wait(run_id, timeout=60) == RunState.FINISHED
    return run_id


def test_a_run_of_free_answers_has_perplexity_and_no_accuracy(document, trained):
    assert describe(document, trained) is None
    found = validation_of(document, trained)
    assert found["accuracy"] is None
    assert found["perplexity"] == {
        "mean": 4.0,
        "median": 4.0,
        "percentile_95": 4.0,
        "pooled": 3.75,
    }
    assert found["loss"] == pytest.approx(1.3217558)
    assert found["sentence"] == "Perplexity 4.00 over 4 answers, median 4.00."
    assert document.query(queries.suspects, trained) == []
    card = card_of(document, trained)
    assert "pipeline_tag: text-generation" in card
    assert "Answers an instruction in words." in card
    assert "- Perplexity 4.00 over 4 answers" in card


def test_free_answers_are_compared_by_perplexity_with_both_lineages(
    controller, document, wording, trained
):
    second = controller.train(
        with_values(wording, {"epochs": 2}), recipe="overfit", start_from=trained
    )
    controller.wait(second, timeout=60)
    third = controller.train(wording, recipe="overfit")
    controller.wait(third, timeout=60)
    found = compare(document, third, second)
    assert (found.first, found.second, found.notice) == (None, None, "")
    assert (found.won, found.lost, found.shared) == ((), (), 4)
    assert (
        found.sentence == "The difference in perplexity may be chance: its interval includes zero."
    )
    assert [one.cumulative_epochs for one in found.lineages[1]] == [3, 5]
    assert "validation/perplexity" in {curve.name for curve in found.curves}


def test_a_lower_perplexity_is_better(controller, document, wording, trained):
    worse = controller.train(with_values(wording, {"epochs": 1}), recipe="overfit")
    controller.wait(worse, timeout=60)
    found = compare(document, trained, worse)
    assert found.intervals[0].difference == 1.0
    assert len(found.lost) == 4
    assert found.sentence == "The second run is worse; only options differ: epochs."


def test_overfitting_of_free_answers_is_said_of_their_perplexity(controller, document, wording):
    run_id = controller.train(with_values(wording, {"epochs": 5}), recipe="overfit")
    controller.wait(run_id, timeout=60)
    found = overfitting(document, run_id)
    assert (found.evaluations, found.best_epoch) == (3, 2)
    assert found.sentence.startswith("Validation perplexity rose in the last 3 evaluations")
    assert describe_perplexity(document, run_id).step == 20
