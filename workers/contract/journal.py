"""The journal: an append-only file of events, each line with its length and checksum."""

import os
import time
import zlib
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from pydantic import ValidationError

from workers.contract.events import Event, read_event

# length (8 hex digits), space, crc32 (8 hex digits), space
_HEAD = 18
LONGEST_LINE = 16 * 1024 * 1024


class JournalWriter:
    """The only writer of a journal; it closes off a line that an earlier process left torn."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        if self._file.tell() and not _ends_with_newline(path):
            self._file.write(b"\n")

    def append(self, event: Event) -> None:
        """Write one event, stamped with the time; on return it survives the end of the process."""
        body = event.model_copy(update={"at": time.time()}).model_dump_json().encode()
        self._file.write(b"%08x %08x %b\n" % (len(body), zlib.crc32(body), body))

    def sync(self) -> None:
        """Return once all events survive a loss of power."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Reading(NamedTuple):
    """Events read, the byte offset to go on from, and how many lines made no sense."""

    events: list[Event]
    offset: int
    damaged: int


def read_journal(path: Path, offset: int = 0, limit_bytes: int = 32 * 1024 * 1024) -> Reading:
    """Events from `offset` on, at most `limit_bytes` of them; an unfinished last line is left.

    A missing file reads as empty. Damaged lines are skipped and counted.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            chunk = file.read(limit_bytes)
    except FileNotFoundError:
        return Reading([], offset, 0)
    end = chunk.rfind(b"\n") + 1
    if not end:
        # A line longer than any we write is garbage: step over it instead of waiting for its end.
        skip = len(chunk) if len(chunk) > LONGEST_LINE else 0
        return Reading([], offset + skip, 1 if skip else 0)
    events: list[Event] = []
    damaged = 0
    for line in chunk[: end - 1].split(b"\n"):
        event = _decode(line)
        if event is not None:
            events.append(event)
        elif line:
            damaged += 1
    return Reading(events, offset + end, damaged)


def _decode(line: bytes) -> Event | None:
    body = line[_HEAD:]
    if line[:_HEAD] != b"%08x %08x " % (len(body), zlib.crc32(body)):
        return None
    try:
        return read_event(body)
    except ValidationError:
        return None


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
