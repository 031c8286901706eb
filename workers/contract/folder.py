"""The run folder: which file lies where, and how each side asks and answers through it."""

import json
import os
import uuid
from enum import StrEnum
from pathlib import Path
from typing import IO

from workers.contract import lock
from workers.contract.job import Job, read_job

JOB = "job.json"
SNAPSHOT = "dataset.jsonl"
JOURNAL = "events.jsonl"
LOG = "worker.log"
LOCK = "lock"
CHECKPOINTS = "checkpoints"
MAPS = "maps"
BEST = "best"
START = "start"  # the checkpoint of another run that this one goes on from


class Request(StrEnum):
    """What the studio may ask of a running worker, by an empty file of that name."""

    STOP = "stop"
    PAUSE = "pause"
    SAVE = "save"
    EVALUATE = "evaluate"


def write_job(folder: Path, job: Job) -> None:
    """Write job.json whole or not at all."""
    replace_file(folder / JOB, job.model_dump_json(indent=1).encode())


def load_job(folder: Path) -> Job:
    """Read job.json; raises OSError or pydantic's ValidationError."""
    return read_job((folder / JOB).read_bytes())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the whole new one."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def ask(folder: Path, request: Request) -> None:
    """Ask for something; asking twice is asking once."""
    (folder / request).touch()


def is_asked(folder: Path, request: Request) -> bool:
    """Whether the request stands. A pause stands until the studio takes it back."""
    return (folder / request).exists()


def take_back(folder: Path, request: Request) -> None:
    """Remove a request, after it was answered or when it is no longer wanted."""
    (folder / request).unlink(missing_ok=True)


def hold_lock(folder: Path) -> IO[bytes]:
    """Take the worker's lock on its folder; BlockingIOError when another process works there."""
    return lock.hold(folder / LOCK)


def is_alive(folder: Path) -> bool:
    """Whether some process holds the worker's lock."""
    if not (folder / LOCK).exists():
        return False
    try:
        hold_lock(folder).close()
    except BlockingIOError:
        return True
    return False


def checkpoint_folder(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies, such as checkpoints/step-000400."""
    return folder / CHECKPOINTS / f"step-{step:06d}"


def checkpoint_steps(folder: Path) -> list[int]:
    """Steps that have a checkpoint folder, oldest first; half-written ones have other names."""
    names = (path.name for path in (folder / CHECKPOINTS).glob("step-*"))
    return sorted(int(name.removeprefix("step-")) for name in names if name[5:].isdigit())


def best_step(folder: Path) -> int | None:
    """The step of the best checkpoint so far, as the worker wrote it."""
    try:
        return int(json.loads((folder / CHECKPOINTS / BEST).read_text())["step"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write_best(folder: Path, step: int, value: float) -> None:
    """Say which checkpoint is best, and by what value of the deciding metric."""
    content = json.dumps({"step": step, "value": value}).encode()
    replace_file(folder / CHECKPOINTS / BEST, content)


def chosen_step(folder: Path, checkpoint: str) -> int:
    """The step that `best`, `last` or a number names; FileNotFoundError says what there is."""
    steps = checkpoint_steps(folder)
    step = None
    if checkpoint == "best":
        step = best_step(folder)
    elif checkpoint == "last":
        step = steps[-1] if steps else None
    elif checkpoint.isdecimal():
        step = int(checkpoint)
    if step is None or step not in steps:
        known = ", ".join(str(known) for known in steps) or "none"
        raise FileNotFoundError(f"No checkpoint “{checkpoint}” here; steps saved: {known}.")
    return step
