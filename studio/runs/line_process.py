"""A long-lived worker that is asked, and answers, by lines of JSON."""

import json
import sys
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QProcess, Signal

from studio.runs import trusting
from studio.runs.process import REPOSITORY, worker_environment

END_MILLISECONDS = 2000


class LineProcess(QObject):
    """Holds one process at a time; one that ends may be started again."""

    started = Signal()
    came = Signal(object)  # dict[str, Any]
    died = Signal(bool)  # unasked; False when it never ran

    def __init__(self, module: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._module = module
        self._process: QProcess | None = None
        self._buffer = b""
        self._allowed: frozenset[str] = frozenset()

    @property
    def exists(self) -> bool:
        """Whether it runs or is about to."""
        return self._process is not None

    @property
    def runs(self) -> bool:
        """Whether it can be written to."""
        process = self._process
        return process is not None and process.state() == QProcess.ProcessState.Running

    def start(self) -> None:
        """Start it; `started` tells when it can be written to."""
        self._allowed = trusting.allowed()
        process = new_process(self._module, self)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.started.connect(self.started)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(lambda: self._note_end(ran=True))
        process.errorOccurred.connect(self._note_error)
        self._process, self._buffer = process, b""
        process.start()

    def end_if_outdated(self) -> None:
        """End it when other models' own code may run now than when it started."""
        if self._process is not None and self._allowed != trusting.allowed():
            self.end()

    def write(self, line: bytes) -> None:
        """Write a line to it; it must run."""
        assert self._process is not None, "the process was not started"
        self._process.write(QByteArray(line))

    def end(self) -> None:
        """End it, and with it free its memory; its end is no news."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.closeWriteChannel()
            process.kill()
            process.waitForFinished(END_MILLISECONDS)
            process.deleteLater()

    def _read(self) -> None:
        if self._process is None:
            return
        self._buffer += bytes(self._process.readAllStandardOutput().data())
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            answer = read_line(line)
            if answer is not None:
                self.came.emit(answer)

    def _note_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._note_end(ran=False)

    def _note_end(self, *, ran: bool) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
            self.died.emit(ran)


def new_process(module: str, parent: QObject | None = None, *arguments: str) -> QProcess:
    """A process that will run a worker's module, not started yet."""
    process = QProcess(parent)
    process.setProgram(sys.executable)
    process.setArguments(["-m", module, *arguments])
    process.setWorkingDirectory(str(REPOSITORY))
    process.setProcessEnvironment(worker_environment())
    return process


def read_line(line: bytes) -> dict[str, Any] | None:
    """The object on a line; None for what is none, such as a library's own words."""
    try:
        answer = json.loads(line)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
