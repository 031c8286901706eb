"""On a full disk an edit is refused in plain words, and what was acknowledged stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert

from studio.document import Document
from studio.errors import StudioError
from studio.project import edits, schema
from tests.studio.project.street_project import check_file, dump

REPOSITORY = Path(__file__).resolve().parents[3]


def fill(connection, number):
    text = f"{number} " * 20_000
    return edits.write_caption(connection, 1 + number % 40, text)


def test_a_full_file_refuses_the_edit_and_keeps_the_others(document, path):
    pages = document.query(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar())
    document.record(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages + 100}"))
    acknowledged = 0

    def fill_up():
        nonlocal acknowledged
        for number in range(1000):
            document.edit(f"Fill {number}", fill, number)
            acknowledged += 1

    with pytest.raises(StudioError, match="disk is full"):
        fill_up()
    assert acknowledged > 0
    assert document.history()[0].title == f"Fill {acknowledged - 1}"
    state = dump(document)
    document.record(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000000"))
    document.edit("Space was made", fill, 999)
    document.undo()
    assert dump(document) == state
    document.close()
    check_file(path)


def test_a_file_that_may_not_grow_refuses_the_edit_in_plain_words(document, path):
    document.close()
    script = Path(__file__).with_name("full_disk_window.py")
    done = subprocess.run(
        [sys.executable, str(script), str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{script.parent}"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *acknowledged, message = done.stdout.strip().splitlines()
    assert "not saved" in message
    assert acknowledged
    document = Document.open(path)
    assert {step.title for step in document.history()} >= set(acknowledged)
    assert document.query(lambda c: len(c.execute(schema.samples.select()).all())) == 40
    document.edit("Again", fill, 1)
    document.close()
    check_file(path)


def test_what_a_worker_reports_is_refused_on_a_full_disk_too(document):
    pages = document.query(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar())
    document.record(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}"))
    values = {"sha256": "x", "size": 10**6, "content": b"\1" * 10**6}
    with pytest.raises(StudioError, match="disk is full"):
        document.record(lambda c: c.execute(insert(schema.blobs).values(values)))
