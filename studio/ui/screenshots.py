"""Pictures of every page from the running program: `python -m studio.ui.screenshots FOLDER`."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog

from studio import preferences
from studio.document import Document
from studio.project import caption_edits, queries, run_queries
from studio.runs import pictured_projects
from studio.ui import fonts, theme
from studio.ui.main_window import MainWindow
from studio.ui.navigation import RAIL_ORDER, Destination, PageName
from studio.ui.samples.wishes import BANNER_HIDDEN
from studio.ui.screenshot_states import STATES, State, make_empty, make_trouble

FIRST_SIZE = "1440x900"
SECONDS = 2.0
MOST_SECONDS = 30.0
CHINESE = (
    "一辆黄色出租车和两辆公交车行驶在湿滑的道路上，车灯映在路面",
    "一排楼房旁的空旷街道，人行道上没有行人，路面干燥",
    "一个孩子从停着的汽车之间跑到我们前面的车道上",
    "夜间路口，红灯亮着，前方的卡车刹车灯也亮了",
)


@dataclass(frozen=True)
class Wish:
    """What to picture: pages, rarer states, sizes, themes, languages."""

    folder: Path
    pages: tuple[PageName, ...]
    states: tuple[str, ...]
    sizes: tuple[str, ...]
    themes: tuple[str, ...]
    languages: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Picture a project's pages; without a project, one is made by the whole job first."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    wanted = _parser().parse_args(arguments)
    wish = Wish(
        Path(wanted.folder).resolve(),
        tuple(PageName(name) for name in wanted.pages.split(",") if name),
        tuple(_states(wanted.states)),
        tuple(wanted.sizes.split(",")),
        tuple(wanted.themes.split(",")),
        tuple(wanted.languages.split(",")),
    )
    wish.folder.mkdir(parents=True, exist_ok=True)
    with _place_of_projects() as aside:
        os.environ["TRAFFIC_STUDIO_CONFIG"] = str(aside / "settings")
        preferences.change(folded=(BANNER_HIDDEN,))  # it asks to train, which was done
        projects = Projects(wish, aside, wanted.project, wanted.answers)
        app = QApplication(sys.argv[:1])
        fonts.load_fonts()
        for language in wish.languages:
            copied = projects.in_language(language)
            for name in wish.themes:
                theme.apply_theme(app, name)
                if wish.pages:
                    _picture(app, copied["full"], wish, name, language)
                _picture_states(app, copied, wish, name, language)
    return 0


@contextmanager
def _place_of_projects() -> Iterator[Path]:
    """A folder with a name that may be seen in a picture, gone afterwards."""
    place = Path.home() / "Traffic Studio"
    if place.exists():
        with tempfile.TemporaryDirectory(prefix="traffic-studio-") as aside:
            yield Path(aside)
        return
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _picture(app: QApplication, project: Path, wish: Wish, name: str, language: str) -> None:
    for size in wish.sizes:
        window = MainWindow()
        width, height = map(int, size.split("x"))
        window.resize(width, height)
        window.show()
        suffix = _suffix(name, size, language)
        window.open_project(project)
        for page in wish.pages:
            if page != PageName.WELCOME:
                _show_page(app, window, page)
                _save(window, wish.folder / f"{page}-{suffix}.png")
        if PageName.WELCOME in wish.pages:
            window.close_project()
            _wait(app, lambda window=window: window.welcome.scene.image is not None)
            _save(window, wish.folder / f"welcome-{suffix}.png")
        window.close()
        window.deleteLater()
        app.processEvents()


def _suffix(name: str, size: str, language: str) -> str:
    parts = (name, "" if size == FIRST_SIZE else size, "" if language == "en" else language)
    return "-".join(filter(None, parts))


def _picture_states(
    app: QApplication, projects: dict[str, Path], wish: Wish, name: str, language: str
) -> None:
    """Each state in a window of its own, on a project of its own: it may change both."""
    for size in wish.sizes:
        width, height = map(int, size.split("x"))
        for wanted in wish.states:
            state = STATES[wanted]
            project = projects["answers" if state.project == "answers" else "full"]
            with _fresh_folder(project.parent.parent / "shown") as aside:
                window = MainWindow()
                window.resize(width, height)
                window.show()
                chosen = _project_for(state, project, aside)
                kept = state.before(chosen) if state.before else None
                window.open_project(chosen)
                _wait(app, seconds=0 if state.at_once else 0.5)
                ready = state.show(window)
                _wait(app, ready, seconds=0 if state.at_once else SECONDS)
                _save(window, wish.folder / f"{wanted}-{_suffix(name, size, language)}.png")
                window.close()
                window.deleteLater()
                app.processEvents()
                del kept


@contextmanager
def _fresh_folder(place: Path) -> Iterator[Path]:
    """An empty folder of this name, gone afterwards."""
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _project_for(state: State, project: Path, folder: Path) -> Path:
    if state.project == "empty":
        return make_empty(folder)
    if state.project == "trouble":
        return make_trouble(project, folder / "junction")
    shutil.copytree(project.parent, folder / "junction")
    return folder / "junction" / project.name


def _show_page(app: QApplication, window: MainWindow, page: PageName) -> None:
    view = window.view
    if view is None:
        return
    view.go(destination_of(view.document, page))
    dock = getattr(view.made.get(page), "dock", None)
    lengths = getattr(view.made.get(page), "lengths", None)
    ready = (lambda: dock.answer and lengths.counts) if dock and lengths else None
    _wait(app, ready)


def destination_of(document: Document, page: PageName) -> Destination:
    """Where a page has the most to show in a project."""
    runs = document.query(run_queries.run_rows, "train")
    trained = tuple(sorted(run.id for run in runs if run.state == "finished"))
    if page in (PageName.RUNS, PageName.EXPORT):
        return Destination(page, run_ids=trained[-1:])
    if page == PageName.COMPARE:
        return Destination(page, run_ids=trained[:2])
    if page == PageName.ATTENTION:
        maps = document.query(run_queries.attention_maps)
        sample_id = maps[0].sample_id if maps else None
        return Destination(page, run_ids=(maps[0].run_id,) if maps else (), sample_id=sample_id)
    if page == PageName.REVIEW:
        return Destination(page, query="suspect:yes", run_ids=trained[-1:], part="suspects")
    return Destination(page)


def _wait(app: QApplication, ready: object = None, seconds: float = SECONDS) -> None:
    """Let the page load: some seconds, more where `ready` says that it is not yet."""
    began = time.monotonic()
    while time.monotonic() - began < MOST_SECONDS:
        app.processEvents()
        time.sleep(0.01)
        late = time.monotonic() - began > seconds
        if late and (not callable(ready) or ready()):
            break
    app.processEvents()


def _save(window: MainWindow, path: Path) -> None:
    window.toast.hide()
    _whole(window).save(str(path))
    print(path)  # noqa: T201 - the command's output


def _whole(window: MainWindow) -> QPixmap:
    """The window with the dialog that stands before it, outlined as by a window manager."""
    picture = window.grab()
    painter = QPainter(picture)
    painter.setPen(theme.current_tokens().color("line_strong"))
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            place = QRect(QPoint(), dialog.size())
            place.moveCenter(window.rect().center())
            painter.drawPixmap(place.topLeft(), dialog.grab())
            painter.drawRect(place)
    painter.end()
    return picture


def _states(wanted: str) -> Iterator[str]:
    """The states of a name; “answers” are all of language models, “all” are all."""
    for name in filter(None, wanted.split(",")):
        if name in STATES:
            yield name
        else:
            yield from (one for one in STATES if name == "all" or one.startswith(f"{name}-"))


class Projects:
    """The projects that the pictures need, given or made."""

    def __init__(self, wish: Wish, aside: Path, full: str, answers: str) -> None:
        self._aside = aside
        kinds = {STATES[name].project for name in wish.states}
        self._made: dict[str, Path] = {}
        if wish.pages or kinds - {"answers"}:
            self._made["full"] = Path(full) if full else pictured_projects.make_example(aside)
        if "answers" in kinds:
            made = Path(answers) if answers else pictured_projects.make_answers(aside)
            self._made["answers"] = made

    def in_language(self, language: str) -> dict[str, Path]:
        """Copies with captions of a language, by kind."""
        place = self._aside / language
        return {
            kind: _copy(path, place / kind if kind == "answers" else place, language)
            for kind, path in self._made.items()
        }


def _copy(project: Path, folder: Path, language: str) -> Path:
    """A copy of the project and what lies beside it, with captions of a language."""
    shutil.copytree(project.parent, folder)
    copied = folder / project.name
    if language == "zh":
        document = Document.open(copied)
        ids = list(document.query(queries.sample_ids, ""))
        for number, sample_id in enumerate(ids[:80]):
            text = CHINESE[number % len(CHINESE)]
            document.edit("Caption", caption_edits.write_caption, sample_id, text)
        document.close()
    return copied


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--project", default="", help="a project file; else one is made")
    pages = ",".join((PageName.WELCOME, *RAIL_ORDER))
    parser.add_argument("--pages", default=pages)
    parser.add_argument("--answers", default="", help="a project of a language model's runs")
    parser.add_argument("--states", default="", help=f"all, answers, some of {', '.join(STATES)}")
    parser.add_argument("--sizes", default=FIRST_SIZE)
    parser.add_argument("--themes", default="dark,light")
    parser.add_argument("--languages", default="en")
    return parser


if __name__ == "__main__":
    sys.exit(main())
