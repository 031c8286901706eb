"""The one door between a job and the world: lock, journal, requests, and an end that is told."""

import contextlib
import importlib
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from pydantic import ValidationError

from workers.contract import folder
from workers.contract.events import Event, Failed, Finished, Progressed, Reason, Said, Started
from workers.contract.events import Stopped as StoppedEvent
from workers.contract.folder import JOURNAL, Request
from workers.contract.job import AttentionJob, CaptionJob, Job, ProbeJob, TrainingJob
from workers.contract.journal import JournalWriter, read_journal
from workers.models.trouble import Trouble, explain

# Freed when the disk is full, so that the last line of the journal still finds room.
RESERVE = "reserve"
RESERVE_BYTES = 64 * 1024
MOST_THREADS = 8
NAMED_PACKAGES = ("torch", "transformers", "peft", "bitsandbytes")

Ending = Finished | StoppedEvent


class Report:
    """What a job says and what it is asked; made by `run_job` only."""

    def __init__(self, place: Path, job: Job, journal: JournalWriter, *, threads: int) -> None:
        self.folder = place
        self.job = job
        self.threads = threads
        self._journal = journal
        self._signalled = False

    def append(self, event: Event) -> None:
        """Put an event in the journal; on return it survives the end of this process."""
        self._journal.append(event)

    def say(self, message: str, *, warning: bool = False) -> None:
        """A line for the log."""
        self.append(Said(message=message, warning=warning))

    def progress(self, stage: str, done: int, total: int) -> None:
        """How far a stage is."""
        self.append(Progressed(stage=stage, done=done, total=total))

    def is_asked(self, request: Request) -> bool:
        """Whether the studio (or, for a stop, a signal) asks for something now."""
        if request is Request.STOP and self._signalled:
            return True
        return folder.is_asked(self.folder, request)

    def take_back(self, request: Request) -> None:
        """Say that a request was answered."""
        folder.take_back(self.folder, request)

    def stop_on_signals(self) -> None:
        """From now on the terminating signals ask for a graceful stop."""
        signal.signal(signal.SIGTERM, self._note_signal)
        signal.signal(signal.SIGINT, self._note_signal)

    def _note_signal(self, number: int, frame: object) -> None:
        self._signalled = True


def run_job(argv: list[str], perform: Callable[[Report], Ending]) -> int:
    """Do the job of the folder named in `argv`; the journal ends in Finished, Stopped or Failed.

    Returns the exit code: 0 when finished or stopped, 1 when failed, 2 when there was no job.
    """
    if len(argv) != 1 or not Path(argv[0]).is_dir():
        sys.stderr.write("Give one argument: the folder that holds job.json.\n")
        return 2
    place = Path(argv[0]).resolve()
    try:
        lock = folder.hold_lock(place)
    except OSError:
        sys.stderr.write("Another worker is at work in this folder.\n")
        return 2
    _set_environment()
    (place / RESERVE).write_bytes(b"\0" * RESERVE_BYTES)
    with lock:
        try:
            with JournalWriter(place / JOURNAL) as journal:
                ending = _perform(place, journal, perform)
                journal.append(ending)
            return 0
        except Exception as error:  # noqa: BLE001 - the top of every worker
            return _fail(place, error)
        finally:
            (place / RESERVE).unlink(missing_ok=True)


def first_threads(place: Path) -> int:
    """The thread count of the folder's first process, or 0: a resume must compute the same way."""
    for event in read_journal(place / JOURNAL, limit_bytes=64 * 1024).events:
        if isinstance(event, Started):
            return event.threads
    return 0


def wanted_threads(job: Job) -> int:
    """What the job asks for; 0 leaves it to the machine's load.

    Always one for attention maps: their identity is a hash, and another count changes last bits.
    """
    if isinstance(job, AttentionJob) and job.check is None:
        return 1
    training = job.training if isinstance(job, ProbeJob | CaptionJob) else job
    return training.options.threads if isinstance(training, TrainingJob) else 0


def choose_threads(wanted: int, cores: int, load: float) -> int:
    """As many threads as wanted; else one on a busy machine, where more would be slower."""
    if wanted:
        return wanted
    return 1 if load > 0.75 * cores else max(1, min(cores, MOST_THREADS))


def _perform(place: Path, journal: JournalWriter, perform: Callable[[Report], Ending]) -> Ending:
    try:
        job = folder.load_job(place)
    except (OSError, ValidationError) as error:
        journal.append(_started("", 1))
        raise Trouble(Reason.BAD_OPTION, f"job.json cannot be read: {error}") from error
    wanted = wanted_threads(job)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    threads = first_threads(place) or choose_threads(wanted, cores or 1, load)
    report = Report(place, job, journal, threads=threads)
    report.stop_on_signals()
    journal.append(_started(job.token, threads))
    if not wanted:
        report.say(f"Threads: {threads} of {cores} cores, load {load:.1f}.")
    importlib.import_module("workers.libraries")
    _set_threads(threads)
    return perform(report)


def _started(token: str, threads: int) -> Started:
    import psutil

    me = psutil.Process()
    versions = {}
    for name in NAMED_PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):  # not every job needs each
            versions[name] = metadata.version(name)
    return Started(
        pid=me.pid,
        start_time=me.create_time(),
        token=token,
        device=_device(),
        threads=threads,
        versions=versions,
    )


def _device() -> str:
    return "cuda" if Path("/dev/nvidiactl").exists() else "cpu"


def _set_environment() -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _set_threads(threads: int) -> None:
    os.environ["OMP_NUM_THREADS"] = str(threads)
    import torch

    torch.set_num_threads(threads)
    from transformers.utils import logging

    logging.disable_progress_bar()
    # Said by libraries about each other; nothing that a person could act on.
    warnings.filterwarnings("ignore", category=FutureWarning, module="(transformers|peft)")
    warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*")


def _fail(place: Path, error: Exception) -> int:
    reason, message = explain(error)
    trace = "".join(traceback.format_exception(error))
    sys.stderr.write(trace)
    (place / RESERVE).unlink(missing_ok=True)
    # A new writer: after a full disk the last line may be torn, and it is closed off first.
    with JournalWriter(place / JOURNAL) as journal:
        proposals = error.proposals if isinstance(error, Trouble) else ()
        journal.append(Failed(reason=reason, message=message, traceback=trace, proposals=proposals))
    return 1
