"""The program with a window: fonts, theme, the top handler, then the window."""

import faulthandler
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from studio.loaded import collect_garbage
from studio.ui import error_dialog, fonts
from studio.ui.main_window import MainWindow, apply_preferences

# How long a thread that counts or decodes may keep the interpreter from the window's thread.
# Python's own 5 ms, taken a few times between a key and its paint, can be seen.
SWITCH_SECONDS = 0.0005


def run_window(path: Path | None = None) -> int:
    """Open the window, on a project if one is named; the program's exit code."""
    if sys.stderr is not None:
        faulthandler.enable()
    app = make_application()
    window = MainWindow()
    kept = error_dialog.install(lambda: window)
    window.show()
    if path is not None:
        # After the window stands, so that a project that cannot be opened says so in it.
        QTimer.singleShot(0, window, lambda: window.open_project(path))
    QTimer.singleShot(0, window, collect_garbage)
    code = app.exec()
    del kept
    return code


def make_application() -> QApplication:
    """The application with its typefaces and theme; the running one if there is one."""
    sys.setswitchinterval(SWITCH_SECONDS)
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("Traffic Studio")
    app.setApplicationDisplayName("")
    fonts.load_fonts()
    apply_preferences()
    return app
