"""An open project: the one door to edit, query, undo and redo it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from studio.errors import ProjectClosed, StudioError
from studio.project import backups, history, undo
from studio.project.locking import WriterLock, read_holder, take_lock
from studio.project.records import Changes, HistoryStep
from studio.project.safety import check_header
from studio.project.store import Durability, Reader, Writer, backups_folder, create_file, tidy

FOLLOW_MILLISECONDS = 500
SUFFIX = ".studio"
EVERYTHING = Changes(frozenset())
P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["EVERYTHING", "SUFFIX", "Changes", "Document", "HistoryStep"]


class Document(QObject):
    """One open project. Any thread may call it; `changed` may come from the thread that edited."""

    changed = Signal(object)  # Changes, after the commit

    def __init__(self, path: Path, *, writable: bool, lock: WriterLock | None, reason: str) -> None:
        """Use `create` or `open`."""
        super().__init__()
        self.path = path
        self.read_only_reason = reason
        self._lock = lock
        self._writer: Writer | None = Writer(path) if writable else None
        self._reader = Reader(path, check=self._writer is None)
        self._timer: QTimer | None = None
        self._closed = False
        if self._writer is not None:
            self.record(history.forget_oldest)
            return
        self._reader.has_news()  # from here on it tells what is new
        if QCoreApplication.instance() is not None:
            self._timer = QTimer(self, interval=FOLLOW_MILLISECONDS)
            self._timer.timeout.connect(self.follow)
            self._timer.start()

    @classmethod
    def create(cls, path: Path) -> "Document":
        """A new project with its first labels, open for writing."""
        create_file(Path(path).resolve())
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, take_over: bool = False) -> "Document":
        """Open for writing where that is possible, else for reading, with the reason.

        `take_over` writes to a project that another computer seems to have left open.
        """
        path = Path(path).resolve()
        check_header(path)
        lock, reason = (None, "opened for reading") if read_only else _lock(path, take_over)
        try:
            return cls(path, writable=lock is not None, lock=lock, reason=reason)
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def runs_folder(self) -> Path:
        return self.folder / f"{self.path.stem}.runs"

    @property
    def backups_folder(self) -> Path:
        return backups_folder(self.path)

    @property
    def writable(self) -> bool:
        return self._writer is not None

    @property
    def busy(self) -> bool:
        """Whether some thread is writing just now: an edit or a record would wait for it."""
        return self._writer is not None and self._writer.busy

    def edit(
        self,
        title: str,
        function: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **named: P.kwargs,
    ) -> T:
        """One transaction, durable when this returns, and one step of undo."""
        with self._open_writer().transaction(Durability.FULL) as connection:
            answer, step, tables = history.record_step(connection, title, function, *args, **named)
        if step is not None:
            self.changed.emit(Changes(tables | {"history_steps"}, title))
        return answer

    def query(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **named: P.kwargs
    ) -> T:
        """Ask, from any thread, without waiting for a writer."""
        if self._closed:
            raise ProjectClosed
        with self._reader.connection() as connection:
            return function(connection, *args, **named)

    def record(
        self,
        function: Callable[..., T],
        /,
        *args: object,
        run_id: int | None = None,
        tables: tuple[str, ...] = (),
        **named: object,
    ) -> T:
        """Write what is not an edit of the user, such as a worker's report: no step of undo."""
        with self._open_writer().transaction(Durability.NORMAL) as connection:
            answer = function(connection, *args, **named)
        if tables:
            self.changed.emit(Changes(frozenset(tables), run_id=run_id))
        return answer

    def undo(self) -> HistoryStep | None:
        """Take back the newest edit; None when there is none."""
        return self._walk(history.undo, "Undo")

    def redo(self) -> HistoryStep | None:
        """Do the edit again that was undone last; None when there is none."""
        return self._walk(history.redo, "Redo")

    def history(self, limit: int = 200) -> list[HistoryStep]:
        """Newest first, the undone ones too."""
        return self.query(history.steps, limit)

    def back_up(self) -> Path:
        """Copy the project, as it is committed, into its backups folder; from any thread."""
        return backups.back_up(self.path, self.backups_folder)

    def follow(self) -> bool:
        """In a reading window: emit `changed` when the writing one has committed something."""
        if self._closed or self._writer is not None or not self._reader.has_news():
            return False
        self.changed.emit(EVERYTHING)
        return True

    def become_writer(self) -> bool:
        """In a reading window: write from now on, when the writing one has gone."""
        if self._closed or self._writer is not None:
            return self.writable
        lock, reason = _lock(self.path, take_over=False)
        if lock is None:
            self.read_only_reason = reason
            return False
        self._reader.close()
        try:
            self._writer = Writer(self.path)
        except BaseException:
            lock.release()
            raise
        finally:
            self._reader = Reader(self.path, check=False)
        self._lock, self.read_only_reason = lock, ""
        self._stop_timer()
        self.changed.emit(EVERYTHING)
        return True

    def close(self) -> None:
        """Leave one whole file behind; calling it again does nothing."""
        if self._closed:
            return
        self._closed = True
        self._stop_timer()
        self._reader.close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        else:
            tidy(self.path)
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _walk(
        self, step: Callable[[Connection], tuple[HistoryStep, frozenset[str]] | None], word: str
    ) -> HistoryStep | None:
        try:
            with self._open_writer().transaction(Durability.FULL) as connection:
                walked = step(connection)
        except IntegrityError as error:
            raise undo.unreadable("it breaks a rule of the project") from error
        if walked is None:
            return None
        self.changed.emit(Changes(walked[1] | {"history_steps"}, f"{word}: {walked[0].title}"))
        return walked[0]

    def _open_writer(self) -> Writer:
        if self._closed:
            raise ProjectClosed
        if self._writer is None:
            raise StudioError(f"{self.path.name} is {self.read_only_reason}.", "It is not changed.")
        return self._writer

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None


def _lock(path: Path, take_over: bool) -> tuple[WriterLock | None, str]:
    """The writer's lock, or why there is none, as words that follow "is"."""
    if not os.access(path, os.W_OK):
        return None, "open for reading only, because the file is write-protected"
    left_by = read_holder(path)
    try:
        lock = take_lock(path)
    except OSError:
        return None, "open for reading only, because its folder cannot be written"
    if lock is None:
        return None, "open in another window, and can only be read here"
    if left_by is not None and not left_by.is_here and not take_over:
        lock.leave(left_by)
        return None, f"perhaps still open on the computer {left_by.host}, and can only be read here"
    return lock, ""
