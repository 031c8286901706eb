"""The log of a run as lines in plain words, read from its journal and only what is new of it."""

import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from studio.document import Document
from studio.numbers import format_bytes, format_of, format_probability, format_share
from studio.project import queries
from workers.contract import events as said
from workers.contract.events import Event
from workers.contract.folder import JOURNAL
from workers.contract.journal import read_journal

# Bytes of the journal read in one go; figures of steps are most of it and are passed over.
AT_ONCE = 2 * 1024 * 1024


@dataclass(frozen=True)
class LogNews:
    """Lines behind the byte `offset` before, and where to go on."""

    run_id: int
    lines: list[str]
    offset: int


def read_log(document: Document, run_id: int, offset: int) -> LogNews:
    """The lines that the journal holds behind an offset."""
    row = document.query(queries.run, run_id)
    journal = document.folder / row.folder / JOURNAL
    if journal.is_file():
        lines, reached = _read_file(journal, offset)
    elif row.journal_blob_id is not None and offset == 0:
        lines, reached = _read_kept(document.query(queries.blob, row.journal_blob_id))
    else:
        lines, reached = [], offset
    return LogNews(run_id, lines, reached)


def _read_file(journal: Path, offset: int) -> tuple[list[str], int]:
    lines: list[str] = []
    while True:
        reading = read_journal(journal, offset, AT_ONCE)
        if reading.offset == offset:
            return lines, offset
        offset = reading.offset
        lines += [line for event in reading.events for line in words_of(event)]


def _read_kept(packed: bytes) -> tuple[list[str], int]:
    try:
        content = zlib.decompress(packed)
    except zlib.error:
        return ["The log that the project kept of this run is damaged."], len(packed)
    with TemporaryDirectory() as aside:
        path = Path(aside) / JOURNAL
        path.write_bytes(content)
        return _read_file(path, 0)[0], len(content)


def words_of(event: Event) -> Iterator[str]:
    """What an event says in the log; figures of single steps say nothing there."""
    clock = time.strftime("%H:%M:%S", time.localtime(event.at))
    text = _text_of(event)
    if text:
        for place, line in enumerate(text.splitlines()):
            yield f"{clock}  {line}" if place == 0 else f"          {line}"


def _text_of(event: Event) -> str:  # noqa: C901 - one arm an event
    match event:
        case said.Started():
            threads = "1 thread" if event.threads == 1 else f"{event.threads} threads"
            return f"started on {event.device}, {threads}"
        case said.Said():
            return event.message
        case said.Prepared():
            return (
                f"{event.train_count:,} train, {event.validation_count:,} validation · "
                f"{event.trainable:,} of {event.total:,} parameters train · "
                f"{event.total_steps:,} steps"
            )
        case said.BaselineMeasured() if event.accuracies:
            mean = format_share(sum(event.accuracies) / len(event.accuracies))
            if len(event.accuracies) == 1:
                return f"untrained: {mean} right"
            return f"untrained heads: {mean} right on average"
        case said.Evaluated():
            right = format_of(event.correct, event.count)
            loss = format_probability(event.loss, 3)
            return f"epoch {event.epoch} · {event.split} loss {loss} · {right} right"
        case said.CheckpointSaved():
            best = ", the best so far" if event.best else ""
            return f"checkpoint of step {event.step:,} saved, {format_bytes(event.bytes)}{best}"
        case said.Paused():
            return event.message or f"paused at step {event.step:,}"
        case said.Resumed():
            return f"goes on from step {event.step:,}"
        case said.Stopped():
            return f"stopped at step {event.step:,}"
        case said.Finished():
            return "stopped early: finished" if event.early else "finished"
        case said.Failed():
            return f"{event.message}\n{event.traceback}".strip()
        case _:
            return ""
