"""The window: Welcome or an open project, the status bar, the acts that work everywhere."""

import time
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from studio import preferences
from studio.document import SUFFIX, Changes, Document
from studio.errors import StudioError
from studio.project.records import HistoryStep
from studio.ui import background, machine, theme
from studio.ui.drop_frame import DropFrame, dropped_path
from studio.ui.navigation import Destination, PageName
from studio.ui.project_view import ProjectView
from studio.ui.status_bar import JobInProgress, StatusBar
from studio.ui.welcome.page import WelcomePage
from studio.ui.widgets.toast import Toast
from studio.ui.window_acts import WindowActs

SMALLEST = (1024, 680)
FIRST_SIZE = (1440, 900)


class MainWindow(QMainWindow):
    """Holds at most one project; a second project opens a second window of the program."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Traffic Studio")
        self.setMinimumSize(*SMALLEST)
        self.resize(*FIRST_SIZE)
        self.setAcceptDrops(True)
        self.view: ProjectView | None = None
        self.stack = QStackedWidget()
        self.welcome = WelcomePage()
        self.stack.addWidget(self.welcome)
        self.status = StatusBar()
        self.status.machine.setText(machine.processor_line())
        self.status.job_clicked.connect(self._go_to_run)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stack, 1)
        column.addWidget(self.status)
        self.setCentralWidget(centre)
        self.toast = Toast(centre)
        self.drop_frame = DropFrame(self)
        self.acts = WindowActs(self)
        self.acts.connect_welcome(self.welcome)
        self._show_welcome()

    def open_project(self, path: Path) -> None:
        """Open a project in place of the present one; StudioError says why it cannot be."""
        document = Document.open(path)
        self.show_document(document, Destination(PageName.SAMPLES))

    def show_document(self, document: Document, destination: Destination) -> None:
        """Show an open project at a destination."""
        self.close_view()
        self.view = ProjectView(document)
        self.view.said.connect(self.toast.say)
        self.view.shown.connect(self._page_shown)
        self.view.restore_wanted.connect(self.acts.restore)
        self.view.rail.menu_asked.connect(self.acts.open_menu)
        self.view.rail.keys_asked.connect(self.acts.open_keys)
        self.view.rail.settings_asked.connect(self.acts.open_settings)
        self.view.jobs.changed.connect(self._show_jobs, Qt.ConnectionType.QueuedConnection)
        self.view.jobs.started.connect(self.status.greet)
        document.changed.connect(self._changed, Qt.ConnectionType.QueuedConnection)
        self.stack.addWidget(self.view)
        self.stack.setCurrentWidget(self.view)
        self.setWindowTitle(f"{document.name} – Traffic Studio")
        self.status.show()
        self.status.show_saved(document.writable, document.read_only_reason)
        self._greet(document)
        self.view.go(destination)
        self.view.start()
        preferences.remember_recent(preferences.Recent(path=str(document.path), opened_at=_now()))
        self.acts.renew()

    def close_view(self) -> None:
        """Close the open project, if there is one; its runs go on."""
        if self.view is None:
            return
        view, self.view = self.view, None
        self.acts.remember(view.document)
        view.document.changed.disconnect(self._changed)
        view.close_project()
        self.stack.removeWidget(view)
        view.deleteLater()
        self.acts.renew()

    def _show_welcome(self) -> None:
        self.close_view()
        self.setWindowTitle("Traffic Studio")
        self.status.hide()
        self.welcome.show_recents()
        self.stack.setCurrentWidget(self.welcome)
        self.welcome.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_project(self) -> None:
        """Back to Welcome; asks where a run is going on."""
        if self.view is not None and self.acts.may_close(self.view):
            self._show_welcome()

    def go(self, destination: Destination) -> None:
        """Show a page of the open project."""
        if self.view is not None:
            self.view.go(destination)

    def undo(self) -> None:
        """Take back the last edit, off the window's thread: it may be a large one."""
        self._walk("undo")

    def redo(self) -> None:
        """Do again what was undone last."""
        self._walk("redo")

    def take_dropped(self, path: Path) -> None:
        """Open a project file, import anything else into the open project, or into a new one."""
        if path.suffix == SUFFIX:
            if self.view is None or self.acts.may_close(self.view):
                self.acts.open_or_restore(path)
        elif self.view is not None:
            self.go(Destination(PageName.DATA, part=f"import:{path}"))
        else:
            self.acts.new_from_folder(path)

    def switch_theme(self) -> None:
        """Dark to light and back, live, and for good."""
        chosen = "light" if theme.current_tokens().theme == "dark" else "dark"
        preferences.change(theme=chosen)
        apply_preferences()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say what a drop would do."""
        path = dropped_path(event.mimeData())
        if path is None:
            return
        event.acceptProposedAction()
        if path.suffix == SUFFIX:
            self.drop_frame.show_sentence(f"Drop to open {path.stem}")
        elif self.view is not None:
            self.drop_frame.show_sentence(f"Drop to import into {self.view.document.name}")
        else:
            self.drop_frame.show_sentence(f"Drop to make a project from {path.name}")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing is dragged here any more."""
        self.drop_frame.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        self.drop_frame.hide()
        path = dropped_path(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.take_dropped(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask where a run is going on, then leave one whole file behind."""
        if self.view is not None and not self.acts.may_close(self.view):
            event.ignore()
            return
        self.close_view()
        background.wait()
        event.accept()

    def _walk(self, way: str) -> None:
        if self.view is None:
            return
        document = self.view.document
        step = document.undo if way == "undo" else document.redo
        background.run(step, done=lambda walked: self._walked(way, walked), owner=self)

    def _walked(self, way: str, step: HistoryStep | None) -> None:
        if step is None:
            self.status.greet("There is nothing to undo." if way == "undo" else "Nothing to redo.")
        else:
            verb = "Undid" if way == "undo" else "Did again"
            self.status.show_edit(f"{verb}: {step.title[:1].lower()}{step.title[1:]}.")

    def _changed(self, changes: Changes) -> None:
        if changes.title and not changes.title.startswith(("Undo: ", "Redo: ")):
            self.status.show_edit(f"{changes.title} · Ctrl+Z undoes it")

    def _greet(self, document: Document) -> None:
        steps = [step for step in document.history(1) if not step.undone]
        if steps:
            title = f"{steps[0].title} · Ctrl+Z undoes it" if document.writable else steps[0].title
            self.status.show_edit(title)
            moment = time.strftime("%H:%M:%S", time.localtime(steps[0].made_at))
            self.status.greet(f"Welcome back. Last edit {moment}: {steps[0].title}.")
        else:
            self.status.show_edit("")

    def _show_jobs(self, job: JobInProgress | None, waiting: int) -> None:
        self.status.job.show_job(job)
        self.status.show_queue(waiting)

    def _go_to_run(self, run_id: int) -> None:
        self.go(Destination(PageName.RUNS, run_ids=(run_id,)))

    def _page_shown(self, _page: PageName) -> None:
        self.acts.renew()


def apply_preferences() -> None:
    """Set theme, text size and lines as the user prefers them."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise StudioError("The window's program is not running.")
    chosen = preferences.load()
    theme.apply_theme(
        app, chosen.theme, text_size=chosen.text_size, stronger_lines=chosen.stronger_lines
    )


def _now() -> float:
    return time.time()
