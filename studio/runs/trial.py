"""Trying a run: a long-lived process in which its base and its tuned model answer a text."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.runs.line_process import LineProcess

DIED = (
    "The answering process ended without a word. The model may need more memory than is free: "
    "close other programs, or choose NF4 in the recipe."
)
NOT_STARTED = f"The answering process could not be started. Python at {sys.executable} did not run."


@dataclass(frozen=True)
class Question:
    """What to ask which run; `generation` holds the options of generation by their short names."""

    run_folder: Path
    caption: str
    instruction: str = ""
    checkpoint: str = "best"
    generation: Mapping[str, Any] | None = None
    arms: tuple[str, ...] = ("base", "tuned")


@dataclass(frozen=True)
class TrialAnswer:
    """An arm's answer so far; `probabilities` instead of words where a classifier answers."""

    arm: str
    text: str
    done: bool
    seconds: float
    tokens: int
    stopped: bool = False
    probabilities: Mapping[str, float] = field(default_factory=dict)

    @property
    def tokens_per_second(self) -> float | None:
        """How fast it writes; None before that can be told."""
        return self.tokens / self.seconds if self.seconds > 0 and self.tokens else None


class Trial(QObject):
    """Holds the process, which is started by the first question. Only the newest is answered."""

    answered = Signal(object)  # TrialAnswer
    said = Signal(str)  # what it is doing, such as loading
    failed = Signal(str)  # a sentence
    ended = Signal(bool)  # every arm has answered; True when it was stopped

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = LineProcess("workers.answer", self)
        self._process.started.connect(self._send_open)
        self._process.came.connect(self._give)
        self._process.died.connect(self._note_death)
        self._number = 0
        self._open = b""
        self._closed = False

    @property
    def is_busy(self) -> bool:
        """Whether a question waits for its answers."""
        return bool(self._open)

    def ask(self, question: Question) -> None:
        """Ask; what was asked before is ended."""
        if self._closed:
            return
        self._process.end_if_outdated()
        self._number += 1
        self._open = _line(self._number, question)
        if self._process.runs:
            self._process.write(self._open)
        elif not self._process.exists:
            self.said.emit("Starting…")
            self._process.start()

    def stop(self) -> None:
        """End the answer that is being written; what is written of it stays."""
        if not self._open:
            return
        if self._process.runs:
            self._process.write(b'{"verb": "stop"}\n')
        else:
            self._open = b""
            self.ended.emit(True)

    def close(self) -> None:
        """End the process, and with it free the memory of its model."""
        self._closed = True
        self.release()

    def release(self) -> None:
        """End the process until the next question."""
        self._open = b""
        self._process.end()

    def _send_open(self) -> None:
        if self._open:
            self._process.write(self._open)

    def _give(self, line: dict[str, Any]) -> None:
        if line.get("id") != self._number or not self._open:
            return
        if "said" in line:
            self.said.emit(str(line["said"]))
        elif "error" in line:
            self._open = b""
            self.failed.emit(str(line["error"]))
        elif line.get("ended"):
            self._open = b""
            self.ended.emit(bool(line.get("stopped")))
        elif "arm" in line:
            self.answered.emit(read_trial_answer(line))

    def _note_death(self, ran: bool) -> None:
        if self._open:
            self._open = b""
            self.failed.emit(DIED if ran else NOT_STARTED)


def read_trial_answer(line: Mapping[str, Any]) -> TrialAnswer:
    """A record of one line about an arm."""
    return TrialAnswer(
        arm=str(line["arm"]),
        text=str(line.get("text", "")),
        done=bool(line.get("done")),
        seconds=float(line.get("seconds", 0.0)),
        tokens=int(line.get("tokens", 0)),
        stopped=bool(line.get("stopped")),
        probabilities={str(name): float(value) for name, value in _shares(line).items()},
    )


def _shares(line: Mapping[str, Any]) -> Mapping[str, Any]:
    return line.get("probabilities") or {}


def _line(number: int, question: Question) -> bytes:
    request = {
        "id": number,
        "verb": "answer",
        "run_folder": str(question.run_folder),
        "checkpoint": question.checkpoint,
        "instruction": question.instruction,
        "caption": question.caption,
        "generation": None if question.generation is None else dict(question.generation),
        "arms": list(question.arms),
    }
    return json.dumps(request, ensure_ascii=False).encode() + b"\n"
