"""One window writes, others read and follow; read-only media open without a byte being changed."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from studio.document import Document
from studio.errors import StudioError
from studio.project import edits
from studio.project.locking import lock_path
from tests.studio.project.street_project import dump

REPOSITORY = Path(__file__).resolve().parents[3]


def _start(path, *words):
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("other_window.py")), str(path), *words],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )


def test_a_closed_project_is_one_file(document, path):
    document.close()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_second_window_reads_and_follows(document, path):
    second = Document.open(path)
    seen = []
    second.changed.connect(seen.append)
    assert not second.writable
    assert "another window" in second.read_only_reason
    assert not second.follow()
    document.edit("Label", edits.set_label, [1], 3)
    assert second.follow()
    assert len(seen) == 1
    assert dump(second) == dump(document)
    with pytest.raises(StudioError, match="another window"):
        second.edit("Label", edits.set_label, [1], 2)
    with pytest.raises(StudioError, match="another window"):
        second.undo()
    assert not second.become_writer()
    document.close()
    assert second.become_writer()
    second.edit("Label", edits.set_label, [1], 2)
    second.close()


def test_the_lock_of_a_killed_window_is_taken_over(document, path):
    document.close()
    process = _start(path, "wait")
    assert process.stdout.readline() == "open True\n"
    second = Document.open(path)
    assert not second.writable
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert second.become_writer()
    assert second.edit("Label", edits.set_label, [1], 3) == 1
    second.close()


def test_a_project_left_open_by_another_computer_is_not_taken_silently(document, path):
    document.close()
    note = {"pid": 1, "host": "somewhere-else", "since": 1.0}
    lock_path(path).write_text(json.dumps(note))
    for _ in range(2):
        document = Document.open(path)
        assert not document.writable
        assert "somewhere-else" in document.read_only_reason
        document.close()
    document = Document.open(path, take_over=True)
    assert document.writable
    document.close()
    assert not lock_path(path).exists()


@pytest.mark.parametrize("note", ["", "{", "[]", '{"pid": "x"}', "\0" * 99])
def test_a_spoilt_lock_note_does_not_matter(document, path, note):
    document.close()
    lock_path(path).write_text(note)
    document = Document.open(path)
    assert document.writable
    document.close()


def test_a_file_that_is_replaced_under_an_open_project_is_not_written(document, path):
    path.replace(path.with_name("moved.studio"))
    shutil.copyfile(path.with_name("moved.studio"), path)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(StudioError, match="moved or replaced"):
        document.edit("Label", edits.set_label, [1], 3)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_a_project_opened_to_read_is_not_written(document, path):
    document.edit("Label", edits.set_label, [1], 3)
    expected = dump(document)
    document.close()
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    reading = Document.open(path, read_only=True)
    assert dump(reading) == expected
    assert not reading.writable
    for change in (
        lambda: reading.edit("Label", edits.set_label, [1], 2),
        lambda: reading.record(edits.set_label, [1], 2),
        reading.undo,
        reading.redo,
    ):
        with pytest.raises(StudioError, match="opened for reading"):
            change()
    with pytest.raises(StudioError, match="reading only"):
        reading.query(edits.set_label, [1], 2)
    reading.close()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


@pytest.mark.parametrize("left_over", [False, True], ids=["clean", "with a left-over -wal"])
def test_read_only_media_open_with_every_row(document, path, left_over):
    document.edit("Label", edits.set_label, [1], 3)
    expected = len(document.history())
    if left_over:
        for ending in ("", "-wal", "-shm"):
            source = path.with_name(path.name + ending)
            shutil.copyfile(source, source.with_name("copy.studio" + ending))
        document.close()
        path = path.with_name("copy.studio")
    else:
        document.close()
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    answer = _as_nobody(path)
    assert answer == {"writable": False, "steps": expected, "label": 3}
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def _as_nobody(path):
    """Open in a process without any right to write there."""
    folder = path.parent
    for part in (folder, *folder.parents):
        if os.access(part, os.W_OK) and part.is_relative_to("/tmp") and part != Path("/tmp"):
            part.chmod(0o555)
    for file in folder.iterdir():
        file.chmod(0o444)
    try:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("other_window.py")), str(path), "read"],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            check=False,
        )
    finally:
        for part in (folder, *folder.parents):
            if part.is_relative_to("/tmp") and part != Path("/tmp"):
                part.chmod(0o755)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
