"""Files that are not ours, not whole or not harmless are refused before anything in them runs."""

import hashlib
import random
import shutil
import sqlite3

import pytest
from sqlalchemy.exc import DatabaseError

from studio.document import Document
from studio.errors import StudioError
from studio.project import schema
from tests.studio.project.street_project import dump


def _spoil(path, *statements):
    raw = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        raw.execute(statement)
    raw.close()


@pytest.fixture
def closed(document, path):
    document.close()
    return path


HOSTILE = {
    "a trigger": (
        ["CREATE TRIGGER t AFTER UPDATE ON samples BEGIN DELETE FROM captions; END"],
        "1 trigger that Traffic Studio did not write",
    ),
    "two triggers": (
        [
            "CREATE TRIGGER a AFTER UPDATE ON samples BEGIN DELETE FROM captions; END",
            "CREATE TRIGGER b AFTER INSERT ON runs BEGIN DELETE FROM captions; END",
        ],
        "2 triggers that Traffic Studio did not write",
    ),
    "a view": (["CREATE VIEW v AS SELECT load_extension('x')"], "1 view that"),
    "an endless view": (
        [
            "CREATE VIEW bomb AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            " SELECT count(*) FROM n"
        ],
        "1 view that",
    ),
    "a table": (["CREATE TABLE more (a)"], "1 table that"),
    "a virtual table": (["CREATE VIRTUAL TABLE more USING fts5(a)"], "tables that"),
    "an index on an expression": (
        ["CREATE INDEX more ON samples (abs(reviewed))"],
        "1 index that",
    ),
    "a generated column": (
        ["ALTER TABLE samples ADD COLUMN more TEXT AS (hex(key)) VIRTUAL"],
        "1 table that",
    ),
    "a table that replaces ours": (
        ["DROP TABLE views", "CREATE VIEW views AS SELECT 1 AS id"],
        "1 view that",
    ),
    "a missing table": (["DROP TABLE views"], "damaged .it lacks"),
    "a missing index": (["DROP INDEX samples_by_label"], "damaged .it lacks samples_by_label"),
    "another program": (["PRAGMA application_id = 1"], "is not a Traffic Studio project"),
    "a newer version": (["PRAGMA user_version = 99"], "newer version of Traffic Studio"),
    "no version": (["PRAGMA user_version = 0"], "cannot read"),
}


@pytest.mark.parametrize("read_only", [False, True], ids=["to write", "to read"])
@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_unchanged(closed, case, read_only):
    statements, words = case
    _spoil(closed, *statements)
    before = hashlib.sha256(closed.read_bytes()).hexdigest()
    if read_only and "cannot read" in words:
        words = "older version"
    with pytest.raises(StudioError, match=words):
        Document.open(closed, read_only=read_only)
    assert hashlib.sha256(closed.read_bytes()).hexdigest() == before
    assert not closed.with_name(f"{closed.name}-lock").exists()


@pytest.mark.parametrize(
    "content", [b"", b"SQLite format 3\0", b"hello" * 100, b"\0" * 4096], ids=len
)
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    path = tmp_path / "p.studio"
    path.write_bytes(content)
    with pytest.raises(StudioError, match="not a Traffic Studio project"):
        Document.open(path)
    assert path.read_bytes() == content


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(StudioError, match="no project"):
        Document.open(tmp_path / "p.studio")
    with pytest.raises(StudioError, match="cannot be read"):
        Document.open(tmp_path)


def test_a_truncated_file_is_refused(closed):
    content = closed.read_bytes()
    closed.write_bytes(content[: len(content) // 2])
    with pytest.raises(StudioError, match="damaged"):
        Document.open(closed)


def test_flipped_bytes_never_crash_and_are_reported_or_harmless(closed, tmp_path):
    """Whatever is not reported as damage leaves a project that can be read or says so."""
    whole = closed.read_bytes()
    random_ = random.Random(7)
    refused = 0
    for number in range(60):
        content = bytearray(whole)
        for _ in range(random_.choice((1, 8, 64))):
            content[random_.randrange(len(content))] ^= 1 << random_.randrange(8)
        path = tmp_path / f"flipped-{number}.studio"
        path.write_bytes(content)
        try:
            document = Document.open(path)
        except StudioError:
            refused += 1
            continue
        try:
            rows, _ = dump(document)
            assert set(rows) == {table.name for table in schema.EDITED_TABLES}
        except (StudioError, DatabaseError):
            refused += 1
        finally:
            document.close()
    assert refused > 0


def test_a_copy_opens_wherever_it_is_put(closed, tmp_path):
    elsewhere = tmp_path / "ünï code – 雨"
    elsewhere.mkdir()
    copy = elsewhere / "with space & 100%?#.studio"
    shutil.copyfile(closed, copy)
    document = Document.open(copy)
    assert document.writable
    assert document.name == "with space & 100%?#"
    document.close()
