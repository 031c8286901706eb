"""Refuses a file that is not an undamaged project of ours, before anything in it can run."""

import sqlite3
import time
from pathlib import Path

from studio.errors import StudioError
from studio.project.creation import expected_schema, schema_of
from studio.project.schema import APPLICATION_ID, VERSION

MAGIC = b"SQLite format 3\0"
CEILING_SECONDS = 2.0
LONGEST_VALUE = 512 * 1024 * 1024  # bytes; no blob of ours is larger
PROGRESS_STEPS = 10_000


def check_header(path: Path) -> None:
    """Refuse by the first 100 bytes, before SQLite sees the file."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise StudioError(f"There is no project at {path}.") from None
    except OSError as error:
        raise StudioError(f"{path.name} cannot be read: {error.strerror}.") from error
    if not header.startswith(MAGIC) or len(header) < 100:
        raise StudioError(f"{path.name} is not a Traffic Studio project.", "It was not opened.")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise StudioError(
            f"{path.name} is not a Traffic Studio project.",
            "It is a database of another program; it was not opened and nothing ran.",
        )


def limit(raw: sqlite3.Connection) -> None:
    """Bounds for any connection to a project file, from the first moment."""
    raw.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    raw.execute("PRAGMA trusted_schema = OFF")
    raw.execute("PRAGMA cell_size_check = ON")
    raw.execute("PRAGMA mmap_size = 0")


def check_contents(raw: sqlite3.Connection, name: str) -> int:
    """The version of a project that is safe to work with; StudioError for any other file."""
    deadline = time.monotonic() + CEILING_SECONDS
    raw.set_progress_handler(lambda: int(time.monotonic() > deadline), PROGRESS_STEPS)
    try:
        version = int(raw.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise StudioError(
                f"{name} was made by a newer version of Traffic Studio (format {version}).",
                f"This version reads up to format {VERSION}. The file was not changed.",
            )
        _check_schema(raw, name, version)
        _check_pages(raw, name)
    except UnicodeDecodeError as error:  # SQLite's own message quoted damaged bytes
        raise damaged(name, "its schema is not readable") from error
    except sqlite3.DatabaseError as error:
        raise damaged(name, str(error)) from error
    finally:
        raw.set_progress_handler(None, 0)
    return version


def damaged(name: str, detail: str) -> StudioError:
    """The refusal of a file that SQLite cannot read in full."""
    return StudioError(
        f"{name} is damaged ({detail}).",
        "It was not opened and not changed. The newest copy in its .backups folder may be whole.",
    )


def _check_schema(raw: sqlite3.Connection, name: str, version: int) -> None:
    found = schema_of(raw)
    foreign = [kind for kind, _, _ in found if kind in ("trigger", "view")]
    if foreign:
        raise _not_ours(foreign)
    if version < VERSION:
        return
    expected = expected_schema()
    extra = [kind for kind, _, _ in found - expected]
    if extra:
        raise _not_ours(extra)
    if missing := expected - found:
        names = ", ".join(sorted(part for _, part, _ in missing)[:3])
        raise damaged(name, f"it lacks {names}")


def _not_ours(kinds: list[str]) -> StudioError:
    words = {"index": ("index", "indexes")}
    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    parts = [
        f"{count} {words.get(kind, (kind, kind + 's'))[count != 1]}"
        for kind, count in counts.items()
    ]
    return StudioError(
        f"This file contains {' and '.join(parts)} that Traffic Studio did not write.",
        "It was not opened and nothing ran.",
    )


def _check_pages(raw: sqlite3.Connection, name: str) -> None:
    try:
        said = raw.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return  # a very large project: its schema is ours, which is what guards us
        raise
    if said != "ok":
        lines = [line for line in str(said).splitlines() if line and not line.startswith("***")]
        raise damaged(name, lines[0] if lines else "its pages contradict each other")
