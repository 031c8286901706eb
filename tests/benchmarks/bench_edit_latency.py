"""An edit: from the key press to the painted label, and the commit that is part of it.

On a project of 20,000 samples, as the event loop does it: the clock stops when both the grid and
the panel of the next sample have been painted. Also the undo of a relabel of 10,000 rows.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_QPA_UPDATE_IDLE_TIME", "0")  # paint as soon as the loop comes to it
sys.path.insert(0, str(Path(__file__).parents[1] / "studio" / "ui" / "samples"))

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.app import make_application
from studio.project import edits
from studio.runs.controller import RunController
from studio.ui import background
from studio.ui.samples.page import SamplesPage
from studio.ui.widgets.image_loader import ImageLoader
from tests.studio.ui.samples.scene_project import make_project, write_images

SIZE = 20_000
PRESSES = 200
KEYS = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3)


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="traffic-studio-bench-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    os.environ["TRAFFIC_STUDIO_CONFIG"] = str(folder / "settings")
    app = make_application()
    document = make_project(folder / "p.studio", SIZE, write_images(folder / "media", 60))
    page = SamplesPage(document, RunController(document), ImageLoader())
    page.resize(1280, 800)
    page.show()
    page.activateWindow()
    page.grid.setFocus()
    settle(app, 1.5)
    watch = PaintWatch(page.grid.viewport(), page.details.viewer)
    presses = [press(page, watch, each) for each in range(PRESSES)]
    say("key press to painted, auto-advance", presses, 16)
    say("commit of one label, synchronous FULL", [commit(page, n) for n in range(PRESSES)], 50)
    began = time.perf_counter()
    document.edit("Relabel 10,000", edits.set_label, list(range(1, 10_001)), 3)
    relabelled = time.perf_counter() - began
    began = time.perf_counter()
    document.undo()
    print(f"relabel of 10,000: {relabelled:.2f} s, its undo {time.perf_counter() - began:.2f} s")
    settle(app, 0.3)
    background.wait()
    page.close()
    page.images.close()
    page.controller.close()
    document.close()
    return 0


class PaintWatch(QObject):
    """Knows which of some widgets have not been painted since it was last asked to wait."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self._widgets = widgets
        self._awaited: set[QObject] = set()
        for each in widgets:
            each.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._awaited.discard(watched)
        return False

    def expect(self) -> None:
        """From now on, all of them are to be painted."""
        self._awaited = set(self._widgets)

    def wait(self) -> None:
        """Let the event loop run until they are, and the paint they are part of is over."""
        while self._awaited:
            QApplication.processEvents()


def press(page: SamplesPage, watch: PaintWatch, number: int) -> float:
    """One label key; the counting that follows an edit is let through between the presses."""
    watch.expect()
    began = time.perf_counter()
    QTest.keyClick(page.grid, KEYS[number % 3])
    watch.wait()
    seconds = time.perf_counter() - began
    if number % 10 == 9:
        settle(QApplication.instance(), 0.2)
    return seconds


def commit(page: SamplesPage, number: int) -> float:
    began = time.perf_counter()
    with page.own_edit(True):
        page.document.edit("Label", edits.set_label, [1 + number], 1 + number % 3)
    return time.perf_counter() - began


def say(what: str, seconds: list[float], limit: int) -> None:
    ordered = sorted(1000 * each for each in seconds)
    p99 = ordered[int(len(ordered) * 0.99)]
    print(f"{what}: median {statistics.median(ordered):.1f} ms, p99 {p99:.1f} ms (limit {limit})")


def settle(app: QApplication, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        app.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main())
