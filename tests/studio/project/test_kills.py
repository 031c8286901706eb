"""A window may be killed at any moment: no acknowledged edit is lost, the file stays whole."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.document import Document
from tests.studio.project.street_project import check_file

REPOSITORY = Path(__file__).resolve().parents[3]
WINDOW = Path(__file__).with_name("other_window.py")
KILLS = 50


@pytest.mark.slow
def test_no_acknowledged_edit_is_lost_by_fifty_kills(document, path):
    document.close()
    chance = random.Random(11)
    last = acknowledged = 0
    for _ in range(KILLS):
        said = _edit_until_killed(path, last, chance.uniform(0.0, 0.06))
        acknowledged += len(said)
        last = said[-1]
        reopened = Document.open(path)
        assert reopened.writable
        titles = {step.title for step in reopened.history(limit=2 * len(said) + 20)}
        assert {f"Write {number}" for number in said} <= titles
        newest = max(int(title.split()[1]) for title in titles if title.startswith("Write"))
        assert newest in (last, last + 1)  # one may be committed and not yet acknowledged
        assert _caption(reopened, 1 + newest % 40) == f"car no {newest}"
        last = newest
        reopened.close()
        check_file(path)
    assert acknowledged >= KILLS


def _edit_until_killed(path, last, seconds):
    process = subprocess.Popen(
        [sys.executable, str(WINDOW), str(path), "edit", str(last)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    lines = (first + rest).split(b"\n")[:-1]  # a line without its end was not acknowledged
    return [int(line) for line in lines]


def _caption(document, sample_id):
    return document.query(
        lambda connection: connection.exec_driver_sql(
            "SELECT text FROM captions WHERE sample_id = ? ORDER BY position LIMIT 1", (sample_id,)
        ).scalar()
    )
