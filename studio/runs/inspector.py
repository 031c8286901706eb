"""A long-lived inspector process: asked while a form is edited, answered about the newest ask."""

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QTimer, Signal

from studio.errors import StudioError
from studio.runs.inspector_answers import (
    InspectedModule,
    InspectorAnswer,
    InspectorProblem,
    TemplateAnswer,
    TemplateSample,
    TokenAnswer,
    read_inspection,
    read_template,
    read_tokens,
)
from studio.runs.line_process import LineProcess, new_process, read_line
from workers.contract.options import TrainingOptions

# A process that dies on each question would be started for ever.
MOST_RESTARTS = 3
# Edits that come faster than this are asked about once.
SETTLE_MILLISECONDS = 60
MODULE = "workers.inspector"
INSPECT, TEMPLATE, TOKENS = "inspect", "template", "tokens:"
NO_ANSWER = "The inspector ended without an answer."

__all__ = [
    "InspectedModule",
    "Inspector",
    "InspectorAnswer",
    "InspectorProblem",
    "TemplateAnswer",
    "TemplateSample",
    "TokenAnswer",
    "ask_and_wait",
]


class Inspector(QObject):
    """Holds the process. Only the newest question of each kind is ever answered."""

    answered = Signal(object)  # InspectorAnswer
    tokens_answered = Signal(object)  # TokenAnswer
    template_answered = Signal(object)  # TemplateAnswer
    warmed = Signal()  # the process has loaded what it needs: answers come at once from now on

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = LineProcess(MODULE, self)
        self._process.started.connect(self._send_open)
        self._process.came.connect(self._give)
        self._process.died.connect(self._note_death)
        self._number = 0
        self._newest: dict[str, int] = {}
        self._open: dict[int, tuple[str, bytes]] = {}
        self._deaths = 0
        self._closed = False
        self.is_warm = False
        self._waiting: dict[str, dict[str, Any]] = {}
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MILLISECONDS)
        self._timer.timeout.connect(self._send_waiting)

    def ask(
        self,
        options: TrainingOptions,
        *,
        lengths: tuple[int, int] | None = None,
        labels: int = 2,
    ) -> None:
        """Ask what these options train; a later question makes this one's answer outdated."""
        self._waiting[INSPECT] = inspect_request(options, lengths, labels)
        self._timer.start()

    def ask_tokens(self, texts: list[str], base_model: str = "minilm", topic: str = "") -> None:
        """Ask for the tokens of some texts; `topic` keeps apart who asks, and is in the answer."""
        request = {"verb": "tokens", "texts": texts, "base_model": base_model}
        self._waiting[f"{TOKENS}{topic}"] = request
        self._timer.start()

    def ask_template(
        self,
        options: TrainingOptions,
        samples: Sequence[TemplateSample],
        labels: Sequence[str],
        chosen: int | None = None,
    ) -> None:
        """Ask how these samples become prompts and answers, and for one of them token by token.

        Without `chosen`, that is the first one that would be cut, else the first of all.
        """
        self._waiting[TEMPLATE] = {
            "verb": TEMPLATE,
            "options": options.model_dump(mode="json"),
            "labels": list(labels),
            "samples": [sample.as_json() for sample in samples],
            "chosen": chosen,
        }
        self._timer.start()

    def warm_up(self) -> None:
        """Start the process, so that the first answer comes sooner."""
        if not self._closed and not self._process.exists:
            self._process.start()

    def close(self) -> None:
        """End the process."""
        self._closed = True
        self._timer.stop()
        self._process.end()

    def _send_waiting(self) -> None:
        self._process.end_if_outdated()
        for kind, request in self._waiting.items():
            self._number += 1
            self._newest[kind] = self._number
            self._open = {key: one for key, one in self._open.items() if one[0] != kind}
            line = json.dumps({"id": self._number, **request}).encode() + b"\n"
            self._open[self._number] = (kind, line)
            self._write(line)
        self._waiting = {}

    def _write(self, line: bytes) -> None:
        """Write it now, or once the process runs: then all that is open is written."""
        if self._closed:
            return
        if self._process.runs:
            self._process.write(line)
        elif not self._process.exists:
            self._process.start()

    def _send_open(self) -> None:
        for _, line in list(self._open.values()):
            self._process.write(line)

    def _give(self, answer: dict[str, Any]) -> None:
        if answer.get("ready"):
            self.is_warm = True
            self.warmed.emit()
        number = answer.get("id")
        kind, _ = self._open.pop(number, ("", b"")) if isinstance(number, int) else ("", b"")
        if not kind or self._newest.get(kind) != number:
            return
        self._deaths = 0
        self._emit(kind, answer)

    def _emit(self, kind: str, answer: dict[str, Any]) -> None:
        if kind.startswith(TOKENS):
            self.tokens_answered.emit(read_tokens(answer, kind.removeprefix(TOKENS)))
        elif kind == TEMPLATE:
            self.template_answered.emit(read_template(answer))
        else:
            self.answered.emit(read_inspection(answer))

    def _note_death(self) -> None:
        """Start again and ask what is open; after some deaths, say that it is no use."""
        self.is_warm = False
        if self._closed or not self._open:
            return
        self._deaths += 1
        if self._deaths <= MOST_RESTARTS:
            self._process.start()
            return
        kinds = {kind for kind, _ in self._open.values()}
        self._open = {}
        self._deaths = 0
        for kind in kinds:
            self._emit(kind, {"error": NO_ANSWER})


def ask_and_wait(options: TrainingOptions, *, timeout: float = 120.0) -> InspectorAnswer:
    """Ask one question of a process of its own, without an event loop."""
    process = new_process(MODULE, None, "--once")
    process.start()
    request = {"id": 1, **inspect_request(options, None, 2)}
    process.write(QByteArray(json.dumps(request).encode() + b"\n"))
    process.closeWriteChannel()
    if not process.waitForFinished(int(timeout * 1000)):
        process.kill()
        process.waitForFinished(2000)
        raise StudioError(f"The inspector gave no answer within {timeout:.0f} s.")
    for line in bytes(process.readAllStandardOutput().data()).splitlines():
        answer = read_line(line)
        if answer is not None and answer.get("id") == 1:
            return read_inspection(answer)
    trace = bytes(process.readAllStandardError().data()).decode("utf-8", "replace").strip()
    last = trace.splitlines()[-1] if trace else "nothing was said"
    raise StudioError(NO_ANSWER, f"Its last line: {last}")


def inspect_request(
    options: TrainingOptions, lengths: tuple[int, int] | None, labels: int
) -> dict[str, Any]:
    """The request for one inspection, but for its number."""
    request: dict[str, Any] = {
        "verb": "inspect",
        "options": options.model_dump(mode="json"),
        "labels": labels,
    }
    return request | ({"lengths": list(lengths)} if lengths else {})
