"""The grid at 20,000 and 100,000 samples: first paint, scroll jumps, memory.

First paint runs from a new query to the painted viewport on a page that stands; building the page
is given beside it. Rounds of both sizes are interleaved, medians printed.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from random import Random

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1] / "studio" / "ui" / "samples"))

import psutil
from PySide6.QtWidgets import QApplication

from studio.document import Document
from studio.runs.controller import RunController
from studio.ui import background, fonts, theme
from studio.ui.samples.page import SamplesPage
from studio.ui.widgets.image_loader import ImageLoader
from tests.studio.ui.samples.scene_project import make_project, write_images

SIZES = (20_000, 100_000)
ROUNDS = 9
JUMPS = 600
IMAGES = 120
MEGABYTE = 2**20


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="traffic-studio-bench-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    os.environ["TRAFFIC_STUDIO_CONFIG"] = str(folder / "settings")
    app = QApplication.instance() or QApplication([])
    fonts.load_fonts()
    theme.apply_theme(app, "dark")
    images = write_images(folder / "media", IMAGES)
    loader = ImageLoader()  # one for the whole window, as in the program
    pages = {size: open_page(folder, size, images, loader) for size in SIZES}
    paints: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(ROUNDS):
        for size, (page, _seconds) in pages.items():
            paints[size].append(first_paint(page))
            settle(app)
    for size, (_page, built) in pages.items():
        middle, worst = 1000 * statistics.median(paints[size]), 1000 * max(paints[size])
        print(f"{size:>7,} samples: first paint {middle:.1f} ms (worst {worst:.1f}, limit 100)")
        print(f"{size:>7,} samples: page built and painted in {1000 * built:.0f} ms")
    ratio = statistics.median(paints[SIZES[1]]) / statistics.median(paints[SIZES[0]])
    print(f"ratio 100,000 / 20,000: {ratio:.2f} (limit 1.5)")
    for size, (page, _built) in pages.items():
        report_scrolling(app, page, size)
    memory = psutil.Process().memory_info().rss / MEGABYTE
    print(f"memory with both projects open, after {2 * JUMPS:,} jumps: {memory:.0f} MB (limit 300)")
    close(app, [page for page, _ in pages.values()])
    return 0


def open_page(
    folder: Path, size: int, images: list[tuple[str, str]], loader: ImageLoader
) -> tuple[SamplesPage, float]:
    """A page on a project of its own, and the seconds it took to build and paint it."""
    document = make_project(folder / f"p{size}.studio", 0)
    document.close()
    document = fill_and_open(folder / f"p{size}.studio", size, images)
    controller = RunController(document)
    began = time.perf_counter()
    page = SamplesPage(document, controller, loader)
    page.resize(1280, 800)
    page.show()
    page.grid.viewport().repaint()
    seconds = time.perf_counter() - began
    settle(QApplication.instance())
    return page, seconds


def fill_and_open(path: Path, size: int, images: list[tuple[str, str]]) -> Document:
    from tests.studio.ui.samples.scene_project import fill

    document = Document.open(path)
    document.record(fill, size, images)
    return document


def first_paint(page: SamplesPage) -> float:
    began = time.perf_counter()
    page.show_query("")
    page.grid.viewport().repaint()
    return time.perf_counter() - began


def report_scrolling(app: QApplication, page: SamplesPage, size: int) -> None:
    """Random jumps; each is timed cold first and then with everything near it in memory."""
    bar, random = page.grid.verticalScrollBar(), Random(0)
    settle(app)
    warm_up(app, page)
    places = [random.randrange(bar.maximum() + 1) for _ in range(JUMPS)]
    jumps = sorted(timed_scroll(page, place) for place in places)
    start = bar.maximum() // 2
    flick = sorted(timed_scroll(page, start + 40 * step) for step in range(JUMPS))
    for name, times in (("jumps", jumps), ("flick of 40 px", flick)):
        p50, p99 = 1000 * times[len(times) // 2], 1000 * times[int(len(times) * 0.99)]
        print(f"{size:>7,} samples: {name} p50 {p50:.1f} ms, p99 {p99:.1f} ms (limits 4, 16)")


def warm_up(app: QApplication, page: SamplesPage) -> None:
    """Until every thumbnail of the project has been decoded once."""
    bar = page.grid.verticalScrollBar()
    for step in range(IMAGES // 12 + 4):
        bar.setValue(step * page.grid.viewport().height())
        page.grid.viewport().repaint()
        settle(app, 0.15)


def timed_scroll(page: SamplesPage, place: int) -> float:
    began = time.perf_counter()
    page.grid.verticalScrollBar().setValue(place)
    page.grid.viewport().repaint()
    return time.perf_counter() - began


def settle(app: QApplication, seconds: float = 0.4) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        app.processEvents()
        time.sleep(0.005)


def close(app: QApplication, pages: list[SamplesPage]) -> None:
    background.wait()
    settle(app, 0.1)
    for page in pages:
        page.close()
        page.images.close()
        page.controller.close()
        page.document.close()


if __name__ == "__main__":
    sys.exit(main())
