"""A real window is killed while it edits or trains: nothing acknowledged is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from studio.document import Document
from studio.project import checks, schema
from studio.runs.controller import RunController
from studio.runs.run_record import load_record
from studio.runs.state import RunState
from tests.end_to_end.tiny_project import make_options, make_project

REPOSITORY = Path(__file__).resolve().parents[2]
WINDOW = Path(__file__).with_name("editing_window.py")
KILLS = 50


def open_window(path, *words):
    environment = os.environ | {
        "PYTHONPATH": str(REPOSITORY),
        "QT_QPA_PLATFORM": "offscreen",
        "TRAFFIC_STUDIO_CONFIG": str(path.parent / "settings"),
    }
    command = [sys.executable, str(WINDOW), str(path), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=REPOSITORY)


def kill(window):
    """What it had said by then; a line without its end does not count."""
    window.send_signal(signal.SIGKILL)
    rest, _ = window.communicate()
    return rest


def labels_of(document):
    wanted = select(schema.samples.c.id, schema.samples.c.label_id)
    return document.query(lambda connection: dict(connection.execute(wanted).tuples().all()))


@pytest.mark.slow
def test_fifty_kills_of_a_window_that_labels_lose_no_acknowledged_edit(tmp_path):
    path = make_project(tmp_path / "p.studio", 40)
    chance = random.Random(3)
    document = Document.open(path)
    expected, steps = labels_of(document), len(document.history(limit=100_000))
    document.close()
    acknowledged = 0
    for _ in range(KILLS):
        window = open_window(path)
        first = window.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.06))
        said = (first + kill(window)).split(b"\n")[:-1]
        assert said
        for line in said:
            sample_id, label_id = map(int, line.split())
            expected[sample_id] = label_id
        acknowledged += len(said)
        document = Document.open(path)
        assert document.writable
        found, made = labels_of(document), len(document.history(limit=100_000))
        assert checks.check_project(document) == []
        document.close()
        # One edit may be committed and not yet acknowledged.
        differing = [sample_id for sample_id in expected if expected[sample_id] != found[sample_id]]
        assert len(differing) <= 1
        assert steps + len(said) <= made <= steps + len(said) + 1
        expected, steps = found, made
    assert acknowledged >= KILLS


@pytest.mark.slow
def test_a_run_outlives_the_window_that_started_it_and_its_curve_has_no_gap(tmp_path, tiny_bert):
    path = make_project(tmp_path / "p.studio", 60)
    options = make_options(tiny_bert, epochs=40)
    window = open_window(path, "train", options.model_dump_json())
    run_id = int(window.stdout.readline())
    wait_for_step(path, run_id, 20)
    kill(window)
    document = Document.open(path)
    before = document.query(load_record, run_id)
    assert before.state == RunState.RUNNING
    controller = RunController(document)
    assert controller.wait(run_id, timeout=120) == RunState.FINISHED
    record = document.query(load_record, run_id)
    assert record.step == record.total_steps > before.step
    assert steps_of(document, run_id) == list(range(1, record.total_steps + 1))
    controller.close()
    document.close()


def wait_for_step(path, run_id, step):
    end = time.monotonic() + 90
    while time.monotonic() < end:
        time.sleep(0.1)
        document = Document.open(path, read_only=True)
        try:
            if document.query(load_record, run_id).step >= step:
                return
        finally:
            document.close()
    raise AssertionError(f"step {step} was not reached")


def steps_of(document, run_id):
    metrics, names = schema.metrics, schema.metric_names
    wanted = (
        select(metrics.c.step)
        .join(names, names.c.id == metrics.c.name_id)
        .where(metrics.c.run_id == run_id, names.c.name == "train/loss")
        .order_by(metrics.c.step)
    )
    return document.query(lambda connection: list(connection.scalars(wanted)))
