"""Projects that earlier versions wrote open as they were, history included."""

import sqlite3
from pathlib import Path

import pytest

from studio.document import Document
from studio.errors import StudioError
from studio.project import edits, queries, schema
from tests.studio.project.street_project import check_file

FORMAT_1 = Path(__file__).with_name("format_1.sql")


@pytest.fixture
def old(tmp_path):
    """A project that format 1 made: samples 4 and 5 deleted, one step undone."""
    path = tmp_path / "old.studio"
    raw = sqlite3.connect(path)
    raw.executescript(FORMAT_1.read_text(encoding="utf-8"))
    raw.close()
    return path


def test_a_project_of_format_1_opens_with_all_that_it_held(old):
    before = old.read_bytes()
    document = Document.open(old)
    ids = document.query(queries.sample_ids)
    rows = document.query(queries.sample_rows, ids)
    assert ids == [1, 2, 3, 6]
    assert {(row.instruction, row.answer) for row in rows} == {("", "")}
    assert document.query(queries.sample_ids, "caption:tram") == [3]
    assert [run.name for run in document.query(queries.run_rows)] == ["run 7"]
    kept = document.backups_folder / "old-format-1.studio"
    assert kept.exists()
    document.close()
    assert old.read_bytes() != before
    check_file(old)


def test_the_history_of_format_1_is_undone_and_redone(old):
    document = Document.open(old)
    assert [step.title for step in document.history() if step.undone] == ["Split"]
    assert document.redo().title == "Split"
    assert [document.undo().title for _ in range(4)] == ["Split", "Delete", "Write", "Label"]
    rows = document.query(queries.sample_rows, [4, 5])
    assert [(row.key, row.instruction, row.answer) for row in rows] == [
        ("1004", "", ""),
        ("1005", "", ""),
    ]
    while document.redo():
        pass
    assert document.query(queries.sample_ids) == [1, 2, 3, 6]
    document.close()
    check_file(old)


def test_answers_are_written_and_undone_in_a_migrated_project(old):
    document = Document.open(old)
    document.edit("Answer", edits.write_answer, 1, "dangerous")
    document.edit("Delete", edits.delete_samples, [1])
    document.undo()
    assert document.query(queries.sample_ids, "answer:danger") == [1]
    document.undo()
    assert document.query(queries.sample_ids, "has:answer") == []
    document.close()
    check_file(old)


def test_a_project_of_format_1_is_not_opened_for_reading(old):
    with pytest.raises(StudioError, match="older version"):
        Document.open(old, read_only=True)


def test_a_project_of_a_later_format_is_refused(old):
    raw = sqlite3.connect(old)
    raw.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    raw.close()
    with pytest.raises(StudioError, match="newer version"):
        Document.open(old)
