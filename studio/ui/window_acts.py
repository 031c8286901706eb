"""The acts of the window: each key of every page is bound here to what it does."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QMenu

from studio import preferences
from studio.document import SUFFIX, Document
from studio.errors import StudioError
from studio.numbers import format_share
from studio.project import queries, run_queries
from studio.ui import actions, background, restoring
from studio.ui.go_to import GoTo, open_go_to
from studio.ui.keys import open_keys_sheet
from studio.ui.menu import make_menus
from studio.ui.navigation import RAIL_ORDER, Destination, PageName
from studio.ui.project_view import ProjectView
from studio.ui.widgets.dialog import Answer, ask

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from studio.ui.main_window import MainWindow
    from studio.ui.welcome.page import WelcomePage

NEEDS_PROJECT = {"import", "close_project", "undo", "redo", "dock_left", "dock_right"}


class WindowActs:
    """Binds the keys to the window and carries out what needs a question first."""

    def __init__(self, window: "MainWindow") -> None:
        self.window = window
        slots = {
            "new": self.ask_new,
            "example": self.open_example,
            "open": self.ask_open,
            "import": lambda: window.go(Destination(PageName.DATA, part="import")),
            "close_project": window.close_project,
            "quit": window.close,
            "undo": window.undo,
            "redo": window.redo,
            "go_to": self.open_go_to,
            "dock_left": lambda: self._toggle("left"),
            "dock_right": lambda: self._toggle("right"),
            "theme": window.switch_theme,
            "full_screen": self._switch_full_screen,
            "settings": self.open_settings,
            "keys": self.open_keys,
            "menu": self.open_menu,
        }
        for page in RAIL_ORDER:
            slots[f"page_{page}"] = lambda page=page: window.go(Destination(page))
        self.acts: dict[str, QAction] = {
            id: actions.bind(id, window, slot) for id, slot in slots.items()
        }
        self.renew()

    def connect_welcome(self, welcome: "WelcomePage") -> None:
        """Answer what is pressed on Welcome."""
        welcome.new_asked.connect(self.ask_new)
        welcome.example_asked.connect(self.open_example)
        welcome.open_asked.connect(self.ask_open)
        welcome.recent_chosen.connect(lambda path: self.open_or_restore(Path(path)))

    def renew(self) -> None:
        """What needs a project is off without one."""
        open_now = self.window.view is not None
        for id, act in self.acts.items():
            if id in NEEDS_PROJECT or id.startswith("page_"):
                act.setEnabled(open_now)

    def ask_new(self) -> None:
        """Ask for a folder, then for nothing more."""
        chosen = QFileDialog.getExistingDirectory(self.window, "Folder of images or captions")
        if chosen:
            self.new_from_folder(Path(chosen))

    def new_from_folder(self, source: Path) -> None:
        """A new project beside the folder, shown at its import."""
        folder = source if source.is_dir() else source.parent
        if self.window.view is not None and not self.may_close(self.window.view):
            return
        document = Document.create(free_project_path(folder, source.stem or "project"))
        self.window.show_document(document, Destination(PageName.DATA, part=f"import:{source}"))

    def ask_open(self) -> None:
        """Ask for a project file."""
        filter_words = f"Projects (*{SUFFIX})"
        chosen, _ = QFileDialog.getOpenFileName(self.window, "Open a project", "", filter_words)
        if chosen and (self.window.view is None or self.may_close(self.window.view)):
            self.open_or_restore(Path(chosen))

    def open_or_restore(self, path: Path) -> None:
        """Open a project; where it cannot be opened and has a backup, offer that."""
        try:
            self.window.open_project(path)
        except StudioError as error:
            backup = restoring.newest_backup(path) if path.is_file() else None
            if backup is None:
                raise
            if restoring.may_restore(path, backup, self.window, str(error)):
                self._put_back(path, backup)

    def restore(self, backup: Path) -> None:
        """Put a backup in the place of the open project, after asking, and open that."""
        view = self.window.view
        if view is None:
            return
        if view.controller.live_runs():
            self.window.toast.say("Stop the run first: the backup does not know of it.")
        elif restoring.may_restore(view.document.path, backup, self.window):
            path = view.document.path
            self.window.close_project()
            self._put_back(path, backup)

    def _put_back(self, path: Path, backup: Path) -> None:
        def show(sentence: str) -> None:
            self.window.open_project(path)
            self.window.toast.say(sentence)

        restoring.restore(path, backup, self.window, show)

    def open_example(self) -> None:
        """Draw the example once, beside the user's projects; then open it."""
        if self.window.view is not None and not self.may_close(self.window.view):
            return
        self.window.welcome.show_drawing()
        path = example_path()
        background.run(
            draw_example, path, done=self._example_drawn, failed=self._failed, owner=self.window
        )

    def open_go_to(self) -> None:
        """Ctrl+K."""
        view = self.window.view
        offered = [id for id, act in self.acts.items() if act.isEnabled()]
        commands = tuple(id for id in offered if not id.startswith("page_") and id != "go_to")
        dialog = GoTo(
            view.document if view else None,
            tuple(view.rail.items) if view else (),
            go=self.window.go,
            act=lambda id: self.acts[id].trigger(),
            commands=commands,
            parent=self.window,
        )
        open_go_to(dialog)

    def open_keys(self) -> None:
        """The sheet of all keys."""
        open_keys_sheet(self.window, lambda: actions.renew_keys(self.window))

    def open_settings(self) -> None:
        """Theme, text size, motion, lines, keys of labels."""
        from studio.ui.settings.dialog import SettingsDialog

        view = self.window.view
        dialog = SettingsDialog(view.document if view else None, self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def open_menu(self) -> None:
        """The menu behind the mark."""
        menu = QMenu(self.window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for part in make_menus(self.acts, menu):
            menu.addMenu(part)
        menu.popup(self.window.mapToGlobal(QPoint(12, 44)))

    def may_close(self, view: ProjectView) -> bool:
        """Whether the project may be closed; asks what becomes of a run that goes on."""
        live = view.controller.live_runs() if view.document.writable else []
        if not live:
            return True
        row = view.document.query(run_queries.run, live[0])
        words = f"It is at step {row.step:,} of {row.total_steps:,}." if row.total_steps else ""
        after = "The project will show the whole curve when you open it again."
        answers = [
            Answer("keep", "Keep training in the background", "primary"),
            Answer("stop", "Stop and save"),
            Answer("cancel", "Cancel", "ghost", harmless=True),
        ]
        question = f"Run {row.id} is still training."
        answer = ask(question, f"{words} {after}".strip(), answers, parent=self.window)
        if answer == "stop":
            for run_id in live:
                view.controller.stop(run_id)
        return answer in ("keep", "stop")

    def remember(self, document: Document) -> None:
        """Keep what Welcome says of a project."""
        samples = document.query(queries.count, "")
        runs = document.query(run_queries.run_rows, "train")
        best = [document.query(run_queries.best_evaluation, run.id) for run in runs]
        top = max((one.accuracy for one in best if one is not None), default=None)
        ids = list(document.query(queries.sample_ids, "", limit=9))[::4]
        live = next((run for run in runs if run.state in ("running", "paused")), None)
        job = json.loads(live.job) if live else {}
        preferences.remember_recent(
            preferences.Recent(
                path=str(document.path),
                opened_at=time.time(),
                samples=samples,
                runs=len(runs),
                best=format_share(top) if top is not None else "",
                pictures=tuple(
                    row.image_sha256
                    for row in document.query(queries.sample_rows, ids)
                    if row.image_sha256
                ),
                running=str(document.folder / live.folder) if live else "",
                epochs=int(job.get("options", {}).get("epochs", 0)),
            )
        )

    def _toggle(self, side: str) -> None:
        if self.window.view is not None:
            self.window.view.toggle_dock(side)

    def _switch_full_screen(self) -> None:
        if self.window.isFullScreen():
            self.window.showNormal()
        else:
            self.window.showFullScreen()

    def _example_drawn(self, path: Path) -> None:
        self.window.welcome.show_drawing(False)
        place = Destination(PageName.SAMPLES, part="example")
        self.window.show_document(Document.open(path), place)

    def _failed(self, error: Exception) -> None:
        self.window.welcome.show_drawing(False)
        raise error


def free_project_path(folder: Path, name: str) -> Path:
    """Beside the folder where that can be written, else in the home folder; never a taken name."""
    import os

    parent = folder.parent if os.access(folder.parent, os.W_OK) else Path.home()
    path, number = parent / f"{name}{SUFFIX}", 2
    while path.exists():
        path, number = parent / f"{name}-{number}{SUFFIX}", number + 1
    return path


def example_path() -> Path:
    """Where the example project lies."""
    return Path(__file__).resolve().parents[2] / "projects" / f"example{SUFFIX}"


def draw_example(path: Path) -> Path:
    """The example's project file, drawn now where it is not there; for another thread."""
    from studio.runs import example

    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        example.create_example(path).close()
    return path
