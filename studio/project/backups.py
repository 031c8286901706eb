"""Keeps whole copies of a project beside it, numbered in order, and brings one back."""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from studio.errors import StudioError
from studio.project.safety import check_contents, check_header, limit
from studio.project.store import reading_uri

NEWEST = 12  # always kept
SPACED = ((8, 10), (56, 9))  # beyond them: every 8th of ten, every 56th of nine
NUMBERED = re.compile(r"-(\d{6,12})\.studio$")


def back_up(path: Path, folder: Path) -> Path:
    """Copy a project while it is open or closed; the copy is checked before it gets its name."""
    try:
        folder.mkdir(exist_ok=True)
        numbers = [number_of(each) for each in backups_in(folder)]
        copy = folder / f"{path.stem}-{max(numbers, default=0) + 1:06d}.studio"
        copy_project(path, copy)
        for old in backups_in(folder):
            if not _is_kept(number_of(old), number_of(copy)):
                old.unlink()
    except OSError as error:
        raise StudioError(f"The backup was not written: {error.strerror}.") from error
    return copy


def backups_in(folder: Path) -> list[Path]:
    """The copies of a folder, oldest first; the order never depends on a clock."""
    return sorted((p for p in folder.glob("*.studio") if NUMBERED.search(p.name)), key=number_of)


def number_of(backup: Path) -> int:
    match = NUMBERED.search(backup.name)
    return int(match.group(1)) if match else 0


def copy_project(path: Path, copy: Path) -> None:
    """One whole, checked file with all that was committed; it appears at once or not at all."""
    aside = copy.with_name(f".{copy.name}.{os.getpid()}.part")
    aside.unlink(missing_ok=True)
    try:
        source = sqlite3.connect(reading_uri(path), uri=True)
        try:
            limit(source)
            source.execute("VACUUM INTO ?", (str(aside),))
        finally:
            source.close()
        _settle(aside)
        aside.replace(copy)
    except sqlite3.Error as error:
        raise StudioError(f"{path.name} could not be copied: {error}.") from error
    finally:
        aside.unlink(missing_ok=True)


def restore(backup: Path, path: Path) -> Path | None:
    """Put a backup in the place of a project that need not be readable; where that one is now.

    Nobody may have the project open.
    """
    check_header(backup)
    aside = _free(lambda number: path.with_name(f"{path.stem}-damaged-{number}{path.suffix}"))
    fresh = path.with_name(f".{path.name}.{os.getpid()}.restored")
    try:
        shutil.copyfile(backup, fresh)
        _settle(fresh)
        moved = path.exists()
        for ending in ("", "-wal", "-shm"):
            old = path.with_name(path.name + ending)
            if old.exists():
                old.replace(aside.with_name(aside.name + ending))
        fresh.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise StudioError(f"The backup could not be put in place: {error}.") from error
    finally:
        fresh.unlink(missing_ok=True)
    return aside if moved else None


def _settle(file: Path) -> None:
    """Check a fresh copy and force it to the disk."""
    raw = sqlite3.connect(file)
    try:
        limit(raw)
        check_contents(raw, file.name)
    finally:
        raw.close()
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_kept(number: int, newest: int) -> bool:
    if number > newest - NEWEST:
        return True
    return any(
        number % every == 0 and number > newest - every * (many + 1) for every, many in SPACED
    )


def _free(name: Callable[[int], Path]) -> Path:
    number = 1
    while name(number).exists():
        number += 1
    return name(number)
