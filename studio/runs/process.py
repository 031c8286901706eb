"""The one door to a worker's process: start it so that it outlives us, ask it, end it."""

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from PySide6.QtCore import QProcess, QProcessEnvironment

from studio.errors import StudioError
from studio.runs import trusting
from workers.contract import folder as run_folder
from workers.contract.model_code import ALLOWED

REPOSITORY = Path(__file__).resolve().parents[2]
# psutil reads a start time from the wall clock, which may have been set since.
SAME_START_SECONDS = 2.0
# A worker that has neither said anything nor shows in the process table after this is gone.
BIRTH_SECONDS = 3.0


@dataclass(frozen=True)
class Identity:
    """A process, told apart from a later one with the same number by when it began."""

    pid: int
    start_time: float


class RunProcess:
    """A handle on the worker of one run folder, be it ours or one that outlived its window."""

    def __init__(
        self, folder: Path, identity: Identity | None = None, module: str | None = None
    ) -> None:
        self.folder = folder
        self.identity = identity
        self._module = module
        self._born_at = 0.0

    def start(self, kind: str) -> None:
        """Start the worker of a verb, its output in worker.log, and let it go."""
        process = QProcess()
        process.setProgram(sys.executable)
        process.setArguments(["-m", self._module or f"workers.{kind}", str(self.folder)])
        process.setWorkingDirectory(str(REPOSITORY))
        process.setProcessEnvironment(worker_environment())
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.setStandardInputFile(QProcess.nullDevice())
        log = str(self.folder / run_folder.LOG)
        process.setStandardOutputFile(log, QProcess.OpenModeFlag.Append)
        self.identity = None
        self._born_at = time.monotonic()
        if not process.startDetached():
            raise StudioError(
                "The worker could not be started.", f"Python at {sys.executable} did not run."
            )

    def is_alive(self) -> bool:
        """Whether the worker works. Reads the lock only once the worker is known to hold it."""
        if self.identity is not None:
            return run_folder.is_alive(self.folder)
        if time.monotonic() - self._born_at < BIRTH_SECONDS:
            return True
        return self._find_by_folder() is not None

    def ask_stop(self) -> None:
        """Ask for a checkpoint and an end."""
        run_folder.ask(self.folder, run_folder.Request.STOP)

    def kill(self) -> bool:
        """End the process and its group now; False when there was none of ours left to end."""
        process = _find(self.identity) if self.identity else self._find_by_folder()
        if process is None:
            return False
        kill_group(process)
        return True

    def _find_by_folder(self) -> psutil.Process | None:
        """The worker by its command line, for the seconds before it has said who it is."""
        wanted = str(self.folder)
        for process in psutil.process_iter(["cmdline", "status"]):
            arguments = process.info["cmdline"] or []
            if wanted in arguments and "-m" in arguments and not _is_over(process):
                return process
        return None


def worker_environment() -> QProcessEnvironment:
    """Our environment, offline unless it says otherwise, with this program's modules in reach.

    It names the models' own code that may run.
    """
    environment = QProcessEnvironment.systemEnvironment()
    known = environment.value("PYTHONPATH", "")
    path = os.pathsep.join(part for part in (str(REPOSITORY), known) if part)
    environment.insert("PYTHONPATH", path)
    environment.insert("HF_HUB_OFFLINE", environment.value("HF_HUB_OFFLINE", "1"))
    environment.insert(ALLOWED, ",".join(sorted(trusting.allowed())))
    environment.insert("TOKENIZERS_PARALLELISM", "false")
    environment.insert("PYTHONUNBUFFERED", "1")
    environment.remove("PYTHONDONTWRITEBYTECODE")
    return environment


def kill_group(process: psutil.Process) -> None:
    """Kill a worker with its children; never the group that we are in ourselves."""
    family = [process, *_children(process)]
    with suppress(ProcessLookupError, PermissionError):  # it may end by itself meanwhile
        group = os.getpgid(process.pid)
        if group != os.getpgid(0):
            os.killpg(group, signal.SIGKILL)
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(family, timeout=2.0)


def _children(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


def _find(identity: Identity) -> psutil.Process | None:
    try:
        process = psutil.Process(identity.pid)
        began = process.create_time()
    except psutil.NoSuchProcess:
        return None
    if abs(began - identity.start_time) > SAME_START_SECONDS or _is_over(process):
        return None
    return process


def _is_over(process: psutil.Process) -> bool:
    """Whether it ended. A zombie has: where nobody reaps, it stays in the table."""
    try:
        return process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return True
