"""Opens project files: one writing connection, many reading ones, one file again when closed."""

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from threading import RLock
from urllib.parse import quote

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from studio.errors import StudioError
from studio.project.creation import create_schema, fill_new_project
from studio.project.safety import check_contents, damaged, limit
from studio.project.schema import VERSION
from studio.project.undo import install_triggers

BUSY_SECONDS = 5.0
READERS = 8


class Durability(StrEnum):
    """FULL keeps an edit through a power cut; NORMAL may lose the last seconds, never the file."""

    FULL = "FULL"
    NORMAL = "NORMAL"


def project_folder(connection: Connection) -> Path:
    """The folder that relative paths of the project start from."""
    return connection.info["folder"]


class Writer:
    """The one writing connection of a project; `transaction` may be used from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        self._raw = _open_raw(_uri(path, "rw"))
        try:
            if (version := check_contents(self._raw, path.name)) < VERSION:
                self._raw.close()
                _migrate(path, version)
                self._raw = _open_raw(_uri(path, "rw"))
                check_contents(self._raw, path.name)
            _prepare(self._raw)
            self._raw.execute("PRAGMA journal_mode = WAL")
            install_triggers(self._raw)
        except BaseException:
            self._raw.close()
            raise
        self._identity = os.stat(path)
        self._engine = _engine(lambda: self._raw, StaticPool, path, "BEGIN IMMEDIATE")
        self.busy = False

    @contextmanager
    def transaction(self, durability: Durability) -> Iterator[Connection]:
        """BEGIN IMMEDIATE … COMMIT; whatever goes wrong, nothing of it stays."""
        with self._lock, _plain_errors(self._path):
            self._check_identity()
            self._raw.execute(f"PRAGMA synchronous = {durability}")
            self.busy = True
            try:
                with self._engine.begin() as connection:
                    yield connection
            finally:
                self.busy = False

    def close(self) -> None:
        """Move everything into the one file; readers must be closed before."""
        with self._lock:
            self._engine.dispose()
            with suppress(sqlite3.Error):  # a reader of another window keeps the -wal: no harm
                self._raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._raw.close()

    def _check_identity(self) -> None:
        try:
            same = os.path.samestat(os.stat(self._path), self._identity)
        except OSError:
            same = False
        if not same:
            raise StudioError(
                f"{self._path.name} was moved or replaced by another program.",
                "Nothing more is written. Close this window and open the project again.",
            )


class Reader:
    """Reading connections for any thread, each query on a consistent state of the file."""

    def __init__(self, path: Path, *, check: bool) -> None:
        self._path = path
        uri = reading_uri(path)
        if check:
            _check_for_reading(uri, path.name)
        self._engine = _engine(lambda: _open_reader(uri), QueuePool, path, "BEGIN")
        self._watch: sqlite3.Connection | None = None
        self._seen = 0

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        with _plain_errors(self._path), self._engine.connect() as connection:
            yield connection

    def has_news(self) -> bool:
        """Whether another connection has committed since the last call."""
        if self._watch is None:
            self._watch = _open_reader(reading_uri(self._path))
        version = int(self._watch.execute("PRAGMA data_version").fetchone()[0])
        news = self._seen not in (0, version)
        self._seen = version
        return news

    def close(self) -> None:
        self._engine.dispose()
        if self._watch is not None:
            self._watch.close()
            self._watch = None


def tidy(path: Path) -> None:
    """Remove the empty -wal and -shm that reading a project left beside it.

    SQLite does so itself when the last connection that may write is closed; it leaves them to
    whoever still has the file open.
    """
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or log.stat().st_size or not os.access(path, os.W_OK):
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(_uri(path, "rw"), uri=True)) as raw:
        limit(raw)
        raw.execute("PRAGMA schema_version").fetchone()


def create_file(path: Path) -> None:
    """Write a new, empty project; it appears whole or not at all, and never over another file."""
    aside = path.with_name(f".{uuid.uuid4().hex}.new")
    try:
        if path.exists():
            raise StudioError(f"{path.name} exists already.", "Choose another name, or open it.")
        aside.touch(exist_ok=False)  # the system says why not, SQLite only that it cannot
        with _plain_errors(path):
            _fill_file(aside, path)
        os.link(aside, path) if hasattr(os, "link") else aside.rename(path)
    except FileExistsError:
        raise StudioError(f"{path.name} exists already.", "Choose another name.") from None
    except OSError as error:
        raise StudioError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):  # where it could not be made, it is not there
            aside.unlink()


def _fill_file(aside: Path, path: Path) -> None:
    raw = sqlite3.connect(aside, isolation_level=None, check_same_thread=False)
    try:
        raw.execute("PRAGMA synchronous = FULL")
        engine = _engine(lambda: raw, StaticPool, path, "BEGIN IMMEDIATE")
        with engine.begin() as connection:
            create_schema(connection)
            fill_new_project(connection)
    finally:
        raw.close()


def backups_folder(path: Path) -> Path:
    """Where the copies of a project lie."""
    return path.with_name(f"{path.stem}.backups")


def _migrate(path: Path, version: int) -> None:
    from studio.project import migrations  # alembic is slow to import and hardly ever needed

    migrations.migrate(path, backups_folder(path), version)


def _engine(
    creator: Callable[[], sqlite3.Connection], pool: type, path: Path, begin: str
) -> Engine:
    sizes = {"pool_size": READERS, "max_overflow": -1} if pool is QueuePool else {}
    engine = create_engine("sqlite://", creator=creator, poolclass=pool, **sizes)

    @event.listens_for(engine, "connect")
    def note_folder(_raw: object, record: object) -> None:
        record.info["folder"] = path.parent  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _open_raw(uri: str) -> sqlite3.Connection:
    try:
        raw = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
        )
        limit(raw)
    except sqlite3.Error as error:
        raise StudioError(f"The project cannot be opened: {error}.") from error
    return raw


def _prepare(raw: sqlite3.Connection) -> None:
    """Settings of a connection whose schema is known to be ours."""
    raw.execute("PRAGMA trusted_schema = ON")  # or the search index is forbidden in triggers
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA recursive_triggers = ON")  # or REPLACE deletes without a trace
    raw.execute("PRAGMA cache_size = -32768")
    raw.execute("PRAGMA temp_store = MEMORY")


def _open_reader(uri: str) -> sqlite3.Connection:
    raw = _open_raw(uri)
    _prepare(raw)
    raw.execute("PRAGMA query_only = ON")
    return raw


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(os.fsencode(path.resolve()))}?mode={mode}"


def reading_uri(path: Path) -> str:
    """A clean project on read-only media opens only as immutable, one with a -wal only as ro."""
    log = path.with_name(f"{path.name}-wal")
    left_over = log.exists() and log.stat().st_size > 0
    if not left_over and not os.access(path.parent, os.W_OK):
        return f"{_uri(path, 'ro')}&immutable=1"
    return _uri(path, "ro")


def _check_for_reading(uri: str, name: str) -> None:
    raw = _open_raw(uri)
    try:
        version = check_contents(raw, name)
    finally:
        raw.close()
    if version < VERSION:
        raise StudioError(
            f"{name} was made by an older version of Traffic Studio (format {version}).",
            "Open it for writing once; it is brought up to date, and a copy is kept.",
        )


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    """SQLite's errors about the world outside, as sentences; errors of our own code pass."""
    try:
        yield
    except DBAPIError as error:
        if sentence := _sentence(error.orig, path.name):
            raise sentence from error
        raise
    except sqlite3.Error as error:
        if sentence := _sentence(error, path.name):
            raise sentence from error
        raise


def _sentence(error: BaseException | None, name: str) -> StudioError | None:
    if str(error).startswith("Could not decode to UTF-8"):
        return damaged(name, "a text in it is not UTF-8")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_FULL:
            return StudioError(
                "The disk is full: this edit was not saved.",
                "Everything saved before is safe. Make space, then do it again.",
            )
        case sqlite3.SQLITE_IOERR:
            return StudioError(
                f"{name} cannot be written or read (input/output error).",
                "This edit was not saved; everything saved before is safe. Check the disk.",
            )
        case sqlite3.SQLITE_READONLY:
            return StudioError(f"{name} is open for reading only.", "Nothing was changed.")
        case sqlite3.SQLITE_BUSY:
            return StudioError(f"Another program is writing to {name}.", "Nothing was changed.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(name, str(error))
        case _:
            return None
