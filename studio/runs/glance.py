"""What can be said of a project that is not open: why it cannot be, and whether it trains."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError
from studio.project.locking import read_holder
from studio.project.safety import check_header
from studio.project.schema import VERSION
from workers.contract import folder as run_folder
from workers.contract.events import Stepped
from workers.contract.journal import read_journal

TAIL_BYTES = 256 * 1024
VERSION_PLACE = slice(60, 64)  # of SQLite's header: the user_version


@dataclass(frozen=True)
class Glance:
    """`problem` says why it cannot be opened, or how; `epoch` is that of the run that goes on."""

    problem: str = ""
    epoch: int | None = None


def glance(project: Path, running: str = "") -> Glance:
    """Look at a project's file from outside, and at the folder of the run it was left with."""
    if not project.is_file():
        return Glance("file not found · find it")
    try:
        check_header(project)
    except StudioError:
        return Glance("not a project of Traffic Studio")
    with project.open("rb") as file:
        version = int.from_bytes(file.read(100)[VERSION_PLACE], "big")
    if version > VERSION:
        return Glance(f"made by a newer version (format {version})")
    if _is_open_elsewhere(project):
        return Glance("open in another window: open to read")
    return Glance(epoch=epoch_of(Path(running)) if running else None)


def epoch_of(run: Path) -> int | None:
    """The epoch a live run is at, from the end of its journal; None when it does not run."""
    if not run_folder.is_alive(run):
        return None
    journal = run / run_folder.JOURNAL
    size = journal.stat().st_size if journal.is_file() else 0
    events = read_journal(journal, max(0, size - TAIL_BYTES)).events
    steps = [event.epoch for event in events if isinstance(event, Stepped)]
    return int(steps[-1]) + 1 if steps else 1


def _is_open_elsewhere(project: Path) -> bool:
    holder = read_holder(project)
    if holder is None or not holder.is_here or holder.pid == os.getpid():
        return False
    if sys.platform == "win32":  # there a signal would end the process; the file is gone with it
        return True
    try:
        os.kill(holder.pid, 0)
    except OSError:
        return False
    return True
