"""Perplexities and written answers: from journal to rows, curves and questions."""

import math

import pytest

from studio.project import queries
from studio.runs.ingest import ingest, replay
from studio.runs.run_record import load_record
from tests.studio.runs.run_questions import all_rows
from workers.contract import events
from workers.contract.journal import JournalWriter


@pytest.fixture
def run_id(controller, document, options):
    """A queued run whose journal these tests write themselves."""
    return controller.train(options, recipe="", start=False)


@pytest.fixture
def say(document, run_id):
    """Append events to the run's journal and ingest them."""
    journal = document.folder / document.query(load_record, run_id).folder / "events.jsonl"

    def write(*said):
        with JournalWriter(journal) as writer:
            for event in said:
                writer.append(event)
        ingest(document, run_id)

    return write


def perplexity(step, values, **changes):
    fields = {
        "step": step,
        "epoch": step // 10,
        "split": "validation",
        "mean": sum(values) / len(values),
        "median": sorted(values)[len(values) // 2],
        "percentile_95": max(values),
        "pooled": math.e,
        "count": len(values),
        "tokens": 4 * len(values),
        "sample_ids": tuple(range(1, len(values) + 1)),
        "perplexities": tuple(values),
    }
    return events.PerplexityMeasured(**(fields | changes))


def evaluated(step, loss):
    return events.Evaluated(
        step=step,
        epoch=step // 10,
        split="validation",
        loss=loss,
        accuracy=0.5,
        correct=2,
        count=4,
        majority_label="safe",
        majority_count=2,
        confusion=((1, 1), (1, 1)),
    )


def values(document, run_id, name):
    curve = document.query(queries.curve, run_id, name)
    return list(zip(curve.steps.tolist(), curve.values.tolist(), strict=True))


def test_a_perplexity_keeps_its_figures_and_the_ten_worst_samples(document, run_id, say):
    say(perplexity(10, [float(n) for n in range(1, 15)]), perplexity(20, [2.0, 3.0]))
    first, second = document.query(queries.perplexities, run_id)
    assert (first.step, first.mean, first.median, first.count, first.tokens) == (10, 7.5, 8, 14, 56)
    assert first.worst == tuple((n, float(n)) for n in range(14, 4, -1))
    assert (second.step, second.worst) == (20, ((2, 3.0), (1, 2.0)))
    assert document.query(queries.perplexities, run_id, "test") == []
    assert values(document, run_id, "validation/perplexity") == [(10, 7.5), (20, 2.5)]
    assert values(document, run_id, "validation/perplexity_median") == [(10, 8.0), (20, 3.0)]


def test_a_perplexity_gives_the_loss_only_where_no_evaluation_does(document, run_id, say):
    say(perplexity(10, [2.0]))
    say(perplexity(20, [2.0]))
    say(evaluated(20, 0.25))
    say(evaluated(30, 0.5))
    say(perplexity(30, [2.0]))
    say(perplexity(40, [2.0]), evaluated(40, 0.75))
    losses = values(document, run_id, "validation/loss")
    assert losses == [(10, 1.0), (20, 0.25), (30, 0.5), (40, 0.75)]


def test_what_is_not_finite_is_empty_and_comes_first_among_the_worst(document, run_id, say):
    say(perplexity(10, [2.0, math.inf, 9.0], mean=math.inf, pooled=math.inf))
    (row,) = document.query(queries.perplexities, run_id)
    assert (row.mean, row.pooled) == (None, None)
    assert row.worst == ((2, None), (3, 9.0), (1, 2.0))
    assert math.isnan(values(document, run_id, "validation/loss")[0][1])


def test_written_answers_are_found_by_split_and_step(document, run_id, say):
    def written(step, split, *texts):
        ids = tuple(range(1, len(texts) + 1))
        labels = tuple("safe" if "safe" in text else "" for text in texts)
        return events.AnswersWritten(
            step=step, epoch=1, split=split, sample_ids=ids, texts=texts, lenient=labels
        )

    say(written(10, "validation", "It is safe.", "雨"), written(10, "test", "old"))
    say(written(20, "validation", "safe", "…"), written(20, "validation", "safe", "fog"))
    last = document.query(queries.answers, run_id, "validation")
    assert [(row.sample_id, row.text, row.lenient) for row in last] == [
        (1, "safe", "safe"),
        (2, "fog", ""),
    ]
    assert [row.text for row in document.query(queries.answers, run_id, "validation", 10)] == [
        "It is safe.",
        "雨",
    ]
    everything = document.query(queries.answers, run_id)
    assert sorted(row.split for row in everything) == ["test", "validation", "validation"]


def test_a_journal_told_again_makes_the_same_rows(document, run_id, say):
    say(perplexity(10, [2.0, 5.0]), evaluated(10, 0.25), perplexity(20, [1.5]))
    before = all_rows(document, run_id), document.query(queries.perplexities, run_id)
    replay(document, run_id)
    assert (all_rows(document, run_id), document.query(queries.perplexities, run_id)) == before
