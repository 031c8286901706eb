"""Walks a folder for an import: sorted, never out of it, never into a pipe or a device."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from studio.dataset.records import Stray
from workers.contract.images import SUFFIXES

JUNK = {".ds_store": ".DS_Store", "thumbs.db": "Thumbs.db", "desktop.ini": "desktop.ini"}
MOST_LEVELS = 200


def files_under(root: Path) -> Iterator[Path | Stray]:
    """All regular files below, folder by folder; what is no sample comes as a stray."""
    real_root = os.path.realpath(root)
    waiting = [(root, 0)]
    while waiting:
        folder, level = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            yield Stray("folder not readable")
            continue
        below: list[tuple[Path, int]] = []
        for entry in entries:
            found = _look_at(entry, real_root)
            if isinstance(found, Stray):
                yield found
            elif not found:
                yield Path(entry.path)
            elif level < MOST_LEVELS:
                below.append((Path(entry.path), level + 1))
            else:
                yield Stray("folder nested too deep")
        waiting.extend(reversed(below))


def _look_at(entry: os.DirEntry[str], real_root: str) -> Stray | bool:
    """True for a folder to enter, False for a file to read."""
    junk = junk_kind(entry.name)
    if junk:
        return Stray(junk)
    if entry.is_symlink():
        target = os.path.realpath(entry.path)
        if os.path.isdir(target):
            return Stray("linked folder")
        if not target.startswith(real_root + os.sep):
            return Stray("link out of the folder")
        if not os.path.exists(target):
            return Stray("broken link")
        return Stray("not a file") if not stat.S_ISREG(os.stat(target).st_mode) else False
    if entry.is_dir(follow_symlinks=False):
        return True
    return False if entry.is_file(follow_symlinks=False) else Stray("not a file")


def junk_kind(name: str) -> str:
    """The kind of a stray file by its name; empty for an honest one."""
    lower = name.lower()
    if lower in JUNK:
        return JUNK[lower]
    if lower.startswith("._"):
        return "._*"
    if lower.endswith(".lnk"):
        return ".lnk"
    return "hidden" if lower.startswith(".") else ""


def is_image(path: Path) -> bool:
    """Whether the name is that of a picture that can be read."""
    return path.suffix.lower() in SUFFIXES


def stray_of(path: Path) -> Stray:
    """How a file that is no part of the format is counted."""
    return Stray(f"*{path.suffix.lower()}" if path.suffix else "other file")


def inside(root: Path, relative: str) -> Path | None:
    """The path below the root, or None when it leads out of it, by dots or by a link."""
    text = relative.replace("\\", "/")
    path = Path(os.path.normpath(root / text))
    real_root = os.path.realpath(root)
    real = os.path.realpath(path)
    if real != real_root and not real.startswith(real_root.rstrip(os.sep) + os.sep):
        return None
    return path
