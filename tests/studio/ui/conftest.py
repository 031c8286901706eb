"""A themed application, and nothing left over: no window, timer or thread outlives its test."""

import threading
import time

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from studio import preferences
from studio.document import Document
from studio.ui import background, fonts, theme

OURS = ("studio-", "traffic-", "image-", "run-")


@pytest.fixture(autouse=True)
def own_preferences(tmp_path, monkeypatch):
    """Each test prefers nothing, and writes to a folder of its own."""
    monkeypatch.setenv("TRAFFIC_STUDIO_CONFIG", str(tmp_path / "settings"))
    preferences.change(theme="dark")


@pytest.fixture(autouse=True)
def nothing_left_over(qapp, own_preferences):
    """Fails when a top-level widget, a running timer of one, or a thread of ours stays behind."""
    fonts.load_fonts()
    theme.apply_theme(qapp, "dark")
    before = set(QApplication.topLevelWidgets())
    threads = set(threading.enumerate())
    yield
    background.wait()
    end_deleted(qapp)
    left = [widget for widget in QApplication.topLevelWidgets() if widget not in before]
    shown = [widget for widget in left if widget.isVisible()]
    timers = [timer for widget in left for timer in _running(widget)]
    for widget in left:
        widget.close()
        widget.deleteLater()
    end_deleted(qapp)
    assert [type(widget).__name__ for widget in shown] == []
    assert [timer.objectName() for timer in timers] == []
    assert left_threads(threads) == []


def end_deleted(app: QCoreApplication) -> None:
    """Carry out what `deleteLater` has asked for."""
    for _ in range(3):
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        app.processEvents()


def left_threads(before: set[threading.Thread]) -> list[str]:
    """Threads of the studio that are new, after two seconds' grace; the pool's may stay."""
    for _ in range(40):
        names = [
            thread.name
            for thread in threading.enumerate()
            if thread not in before and not thread.name.startswith("studio-background")
        ]
        if not names:
            return []
        time.sleep(0.05)
    return names


def _running(widget: QObject) -> list[QTimer]:
    return [timer for timer in widget.findChildren(QTimer) if timer.isActive()]


@pytest.fixture
def empty_project(tmp_path):
    """A new project, closed at the end."""
    document = Document.create(tmp_path / "crossing.studio")
    yield document
    document.close()
