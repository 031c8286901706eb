"""Work in the background whose project is closed before it has asked."""

import threading

from PySide6.QtCore import QObject

from studio.document import Document
from studio.project import queries
from studio.ui import background


def test_work_on_a_closed_project_ends_without_a_word(qtbot, tmp_path):
    document = Document.create(tmp_path / "some.studio")
    closed = threading.Event()
    told: list[object] = []

    def ask() -> int:
        closed.wait(10)
        return document.query(queries.counts, "").total

    background.run(ask, done=told.append, failed=told.append)
    document.close()
    closed.set()
    assert background.wait()
    qtbot.wait(20)  # pytest-qt fails the test if the top handler heard of it
    assert told == []


def test_other_errors_reach_who_asked(qtbot):
    told: list[Exception] = []
    owner = QObject()

    def fail() -> None:
        raise ValueError("broken")

    background.run(fail, failed=told.append, owner=owner)
    qtbot.waitUntil(lambda: bool(told))
    assert str(told[0]) == "broken"
