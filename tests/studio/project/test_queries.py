"""What the window asks: samples in their orders, and all that runs have reported."""

import hashlib

import numpy as np
import pytest
from sqlalchemy import update

from studio.errors import StudioError
from studio.project import edits, queries, schema
from tests.studio.project.street_project import LABELLED, report_run


def test_orders(document):
    def ids(order, **named):
        return document.query(queries.sample_ids, "", order, **named)

    assert ids("key") == list(range(1, 41))
    assert ids("confidence") == list(range(1, 41))
    assert ids("suspect") == list(range(40, 0, -1))
    assert ids("key", suspects_of=7) == [40, 39, 38, 37]
    assert ids("key", limit=3) == [1, 2, 3]
    labels = [row.label for row in document.query(queries.sample_rows, ids("label"))]
    assert labels == ["dangerous"] * 18 + ["safe"] * 17 + [None] * 5
    document.edit("Write", edits.write_caption, 9, "long " * 50)
    document.edit("Label", edits.set_label, [4], 3)
    assert ids("length")[0] == 9
    assert ids("newest")[:2] == [4, 9]
    with pytest.raises(ValueError, match="unknown order"):
        ids("colour")


def test_rows_come_in_the_order_asked_without_those_that_are_gone(document):
    rows = document.query(queries.sample_rows, [5, 999, 2, 40])
    assert [row.id for row in rows] == [5, 2, 40]
    row = rows[0]
    assert (row.key, row.label, row.label_colour, row.label_shape) == (
        "1005",
        "safe",
        "safe",
        "circle",
    )
    assert row.caption == "A red car waits at crossing 5."
    assert (row.captions, row.caption_origin) == (2, "import")
    assert row.image_path == document.folder / "media" / "cam3" / "5.jpg"
    assert (row.confidence, row.predicted, row.suspect) == (5 / 40, "safe", False)
    assert rows[2].suspect


def test_a_row_is_stale_when_the_run_saw_another_caption_or_label(document):
    text = "A red car waits at crossing {}."
    document.record(
        lambda connection: connection.execute(
            schema.run_samples.insert(),
            [
                {
                    "run_id": 7,
                    "sample_id": n,
                    "split": "train",
                    "label": "dangerous" if n % 2 == 0 else "safe",
                    "text_sha256": hashlib.sha256(text.format(n).encode()).hexdigest(),
                }
                for n in (1, 2, 3)
            ],
        )
    )
    document.edit("Write", edits.write_caption, 1, "Changed")
    document.edit("Label", edits.set_label, [2], 3)
    rows = document.query(queries.sample_rows, [1, 2, 3, 4])
    assert [row.stale for row in rows] == [True, True, False, False]
    assert len(document.query(queries.run_samples, 7)) == 3


def test_the_newest_run_speaks_and_trashed_ones_are_silent(document):
    document.record(report_run, 8)
    document.record(
        lambda c: c.execute(
            update(schema.predictions).where(schema.predictions.c.run_id == 8).values(label="new")
        )
    )
    assert document.query(queries.sample_rows, [1])[0].predicted == "new"
    assert document.query(queries.sample_rows, [1], run_id=7)[0].predicted == "dangerous"
    document.record(
        lambda c: c.execute(update(schema.runs).where(schema.runs.c.id == 8).values(trashed_at=1.0))
    )
    assert document.query(queries.sample_rows, [1])[0].predicted == "dangerous"
    assert [run.id for run in document.query(queries.run_rows)] == [7]
    assert [run.id for run in document.query(queries.run_rows, trashed=True)] == [8]
    assert len(document.query(queries.run_rows, "train", None)) == 2
    assert [p.run_id for p in document.query(queries.sample_detail, 1).predictions] == [7]


def test_counts(document):
    counts = document.query(queries.counts)
    assert counts.label == {"dangerous": 18, "safe": 17, "unsure": 0, None: 5}
    assert counts.split == {"train": 13, "validation": 14, "test": 0, None: 13}
    assert counts.origin == {"human": 0, "import": 40, "run": 0}
    assert (counts.total, counts.reviewed) == (40, 20)


def test_training_samples_are_labelled_and_in_a_split(document):
    samples = document.query(queries.training_samples)
    assert all(sample.label and sample.split in ("train", "validation") for sample in samples)
    assert len(samples) == LABELLED - 13 - 3
    assert samples[0].text == "A red car waits at crossing 1."
    assert samples[0].image == "media/cam3/1.jpg"
    only = document.query(queries.training_samples, ("train",), "label:safe")
    assert {(sample.label, sample.split) for sample in only} == {("safe", "train")}


def test_what_is_kept_beside_samples(document):
    assert [view.name for view in document.query(queries.view_rows)] == ["Fog"]
    assert [recipe.name for recipe in document.query(queries.recipe_rows)] == ["Mine"]
    source = document.query(queries.source_rows)[0]
    assert (source.name, source.images, source.problems, source.found) == ("cam-3", 40, 0, False)
    (document.folder / "media").mkdir()
    assert document.query(queries.source_rows)[0].found


def report_everything(connection):
    rows = {
        schema.metric_names: [{"id": 1, "name": "train/loss"}, {"id": 2, "name": "validation/f1"}],
        schema.metrics: [
            {"run_id": 7, "name_id": 1, "step": step, "epoch": step / 10, "value": value}
            for step, value in ((1, 0.7), (2, None), (3, 0.1 + 0.2))
        ],
        schema.checkpoints: [
            {
                "run_id": 7,
                "step": step,
                "epoch": step // 10,
                "folder": f"checkpoints/step-{step:06d}",
                "bytes": 5,
                "best": step == 20,
                "saved_at": 1.0,
            }
            for step in (10, 20, 30)
        ],
        schema.evaluations: [
            {
                "run_id": 7,
                "split": "validation",
                "step": step,
                "epoch": step // 10,
                "loss": None,
                "accuracy": accuracy,
                "correct": 3,
                "count": 4,
                "majority_label": "safe",
                "majority_count": 2,
                "confusion": "[[2, 0], [1, 1]]",
                "metrics": '{"f1": 0.5}',
            }
            for step, accuracy in ((10, 0.5), (20, 0.75), (30, 0.8))
        ],
        schema.measurements: [
            {
                "run_id": 7,
                "phase": "training",
                "epoch": 1,
                "sample_id": n,
                "split": "train",
                "step": 10,
                "loss": 0.5,
                "confidence": 0.6,
                "margin": 0.2,
                "probabilities": "[0.4, 0.6]",
            }
            for n in (1, 2)
        ],
        schema.neighbours: [
            {"run_id": 7, "sample_id": 1, "position": 1, "neighbour_id": 3, "similarity": 0.9}
        ],
        schema.blobs: [{"id": 5, "sha256": "s", "size": 3, "content": b"abc"}],
        schema.attention_maps: [
            {
                "run_id": 7,
                "sample_id": 1,
                "sha256": "m",
                "provenance": '{"layers": 6}',
                "blob_id": 5,
                "captured_at": 2.0,
            }
        ],
    }
    for table, values in rows.items():
        connection.execute(table.insert(), values)


def test_what_a_run_reported(document):
    document.record(report_everything)
    assert document.query(queries.run, 7).name == "run 7"
    assert document.query(queries.metric_names, 7) == ["train/loss"]
    curve = document.query(queries.curve, 7, "train/loss")
    assert curve.steps.tolist() == [1, 2, 3]
    assert curve.values[2] == 0.1 + 0.2
    assert np.isnan(curve.values[1])
    steps, epochs, _ = document.query(queries.curve, 7, "train/loss", 2)
    assert (steps.tolist(), epochs.tolist()) == ([3], [0.3])
    assert document.query(queries.curve, 7, "unknown").steps.size == 0
    assert [c.best for c in document.query(queries.checkpoints, 7)] == [False, True, False]
    best = document.query(queries.best_evaluation, 7)
    assert (best.step, best.count, best.confusion, best.metrics) == (
        20,
        4,
        ((2, 0), (1, 1)),
        {"f1": 0.5},
    )
    assert document.query(queries.best_evaluation, 7, "test") is None
    assert len(document.query(queries.evaluations, 7)) == 3
    measured = document.query(queries.measurements, 7, "training")
    assert [row.sample_id for row in measured] == [1, 2]
    assert measured[0].probabilities == (0.4, 0.6)
    assert document.query(queries.suspects, 7)[0].sample_id == 40
    assert len(document.query(queries.suspects, 7, flagged_only=True)) == 4
    assert document.query(queries.predictions, 7, "train")[0].probabilities["safe"] == 0.1
    near = document.query(queries.neighbours, 1)[0]
    assert (near.neighbour_id, near.label) == (3, "safe")
    attention = document.query(queries.attention_maps, 7, 1)[0]
    assert attention.provenance == {"layers": 6}
    assert document.query(queries.blob, attention.blob_id) == b"abc"


@pytest.mark.parametrize(
    "question", [(queries.run, 99), (queries.blob, 99), (queries.sample_detail, 99)]
)
def test_what_is_gone_is_said(document, question):
    with pytest.raises(StudioError):
        document.query(*question)
