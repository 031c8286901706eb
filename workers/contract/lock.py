"""A lock on a file that falls when its process ends, however it ends."""

import sys
from pathlib import Path
from typing import IO


def hold(path: Path) -> IO[bytes]:
    """Lock a file for as long as the returned one stays open; BlockingIOError if it is taken.

    The process must not open and close the same file elsewhere: a POSIX lock falls with any
    close of it. Unlike flock, it is not inherited by forked processes.
    """
    file = path.open("ab")
    try:
        _lock(file)
    except OSError as error:
        file.close()
        raise BlockingIOError(f"{path.name} is held by another process") from error
    return file


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
