"""Projects with a few text-only samples, and controllers that start the fake worker."""

import time

import pytest
from sqlalchemy import select

from studio.document import Document
from studio.project import schema
from studio.runs.controller import RunController
from workers.contract.options import TrainingOptions, with_values

FAKE = "tests.studio.runs.fake_worker"


def add_samples(connection, rows):
    """Insert (text, label, split) rows by hand, so that these tests need no importer."""
    rows_of_labels = connection.execute(select(schema.labels.c.name, schema.labels.c.id))
    labels = dict(rows_of_labels.all())
    for number, (text, label, split) in enumerate(rows, start=1):
        key = connection.execute(
            schema.samples.insert().values(
                key=f"s{number}", label_id=labels.get(label), split=split
            )
        ).inserted_primary_key[0]
        connection.execute(
            schema.captions.insert().values(
                sample_id=key, text=text, origin="import", written_at=time.time()
            )
        )


def scenes(count=20):
    rows = []
    for number in range(count):
        label = "dangerous" if number % 2 else "safe"
        split = "validation" if number % 5 == 0 else "train"
        rows.append((f"scene {number}{' wrong' if number == 7 else ''}", label, split))
    return rows


@pytest.fixture
def document(tmp_path):
    opened = Document.create(tmp_path / "p.studio")
    opened.edit("Add samples", add_samples, scenes())
    yield opened
    opened.close()


@pytest.fixture
def options(tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    (model / "model.safetensors").write_bytes(b"")
    return with_values(TrainingOptions(), {"base_model": str(model), "epochs": 3})


@pytest.fixture
def controller(document):
    made = RunController(document, module=FAKE)
    yield made
    for run_id in made.live_runs():
        made.stop(run_id)
        made.stop(run_id)
        made.wait(run_id, timeout=10)
    made.close()
