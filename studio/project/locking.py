"""Lets one window write a project at a time, by a lock of the operating system."""

import json
import os
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.project.creation import now


@dataclass(frozen=True)
class LockHolder:
    """Who wrote the lock file; only a hint for people, the lock itself decides."""

    pid: int
    host: str
    since: float

    @property
    def is_here(self) -> bool:
        return self.host == socket.gethostname()


class WriterLock:
    """Held from `take_lock` until `release`; the system frees it when the process dies."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let go and remove the file; calling it again does nothing."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        if sys.platform == "win32":
            os.close(descriptor)
            self.path.unlink(missing_ok=True)
        else:
            self.path.unlink(missing_ok=True)  # while still held: nobody can hold this file
            os.close(descriptor)

    def leave(self, holder: LockHolder) -> None:
        """Let go, but keep the file as the note of another computer that it was."""
        if self._descriptor is not None:
            _write_holder(self._descriptor, holder)
            os.close(self._descriptor)
            self._descriptor = None


def lock_path(project: Path) -> Path:
    return project.with_name(f"{project.name}-lock")


def read_holder(project: Path) -> LockHolder | None:
    """Who holds or held the lock, if the lock file tells."""
    try:
        known = json.loads(lock_path(project).read_text("utf-8"))
        return LockHolder(int(known["pid"]), str(known["host"]), float(known["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def take_lock(project: Path) -> WriterLock | None:
    """The lock, or None while another window holds it; OSError where no file can be made."""
    path = lock_path(project)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _lock(descriptor):
            os.close(descriptor)
            return None
        if _is_still(path, descriptor):
            break
        os.close(descriptor)  # the former holder removed this file a moment ago
    _write_holder(descriptor, LockHolder(os.getpid(), socket.gethostname(), now()))
    return WriterLock(path, descriptor)


def _write_holder(descriptor: int, holder: LockHolder) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, json.dumps(asdict(holder)).encode())


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # far behind the text: it stays readable
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:  # flock, for it also tells apart two windows of one process
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
