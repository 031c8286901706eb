"""Between the Try it tab and the answering process, which nothing but a question starts."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject

from studio.document import Document
from studio.errors import StudioError
from studio.numbers import format_of
from studio.project import queries
from studio.runs import keeping
from studio.runs.trial import Question, Trial, TrialAnswer
from studio.ui import background
from studio.ui.runs.reading import RunDetail
from studio.ui.runs.try_panel import TryPanel, TrySample
from workers.contract.options import GenerationOptions

NO_CHECKPOINT = "This run has no checkpoint to ask yet."


@dataclass(frozen=True)
class Samples:
    """The validation samples of a run, to be tried one by one."""

    run_id: int
    ids: tuple[int, ...]


class Trying(QObject):
    """Follows the run on the page; the process is started by the first question."""

    def __init__(self, document: Document, panel: TryPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._panel = document, panel
        self._detail: RunDetail | None = None
        self._samples = Samples(-1, ())
        self._place = -1
        self.trial = Trial(self)
        panel.asked.connect(self.ask)
        panel.stop_wanted.connect(self.trial.stop)
        panel.sample_wanted.connect(self.step)
        self.trial.said.connect(panel.show_doing)
        self.trial.failed.connect(panel.show_error)
        self.trial.answered.connect(self._show)
        self.trial.ended.connect(self._end)

    def follow(self, detail: RunDetail) -> None:
        """Another run is on the page, or the same one has gone on."""
        before, self._detail = self._detail, detail
        if before is None or before.row.id != detail.row.id:
            self.trial.release()
            options = detail.job.options
            writes = options.task.writes
            own = (options.generation or GenerationOptions()) if writes else None
            asked = options.prompt.instruction if options.prompt else ""
            labels = self._document.query(queries.label_rows)
            self._panel.show_run(own, asked, {row.name: row.colour for row in labels})
            self._place = -1
            self._panel.show_sample(None)
        if not self.trial.is_busy:
            known = any(not point.removed for point in detail.checkpoints)
            self._panel.show_refusal("" if known else NO_CHECKPOINT)

    def step(self, places: int) -> None:
        """Take the next validation sample of the run, or the one before."""
        if self._detail is None:
            return
        run_id = self._detail.row.id
        if self._samples.run_id != run_id:
            rows = self._document.query(queries.run_samples, run_id, "validation")
            ids = tuple(row.sample_id for row in rows)
            self._samples = Samples(run_id, ids)
        ids = self._samples.ids
        if not ids:
            self._panel.show_idle("This run has no validation samples to take.")
            return
        self._place = (max(self._place, 0) + places) % len(ids) if self._place >= 0 else 0
        for row in self._document.query(queries.sample_rows, [ids[self._place]]):
            place = format_of(self._place + 1, len(ids))
            truth = row.answer if self._detail.answers_freely else row.label or ""
            self._panel.show_sample(TrySample(row.caption, row.instruction, right(truth), place))

    def ask(self) -> None:
        """Ask the base model and the best checkpoint what is in the fields."""
        detail = self._detail
        if detail is None or not self._panel.text.toPlainText().strip():
            self._panel.show_idle()
            return
        question = self._question(detail)
        self._panel.show_doing("Starting…")
        background.run(
            keeping.restore_checkpoint,
            self._document,
            detail.row.id,
            done=lambda folder: self._ask_now(detail.row.id, question(folder)),
            failed=self._fail,
            owner=self,
        )

    def _ask_now(self, run_id: int, question: Question) -> None:
        if self._detail is not None and self._detail.row.id == run_id:
            self.trial.ask(question)

    def _question(self, detail: RunDetail) -> Callable[..., Question]:
        panel = self._panel
        best = next((point.step for point in detail.checkpoints if point.best), None)
        kept = [point.step for point in detail.checkpoints if not point.removed]
        checkpoint = "best" if best in kept else str(max(kept))
        caption, generation = panel.text.toPlainText(), panel.generation()
        instruction = panel.instruction.text() if generation is not None else ""
        return lambda folder: Question(folder, caption, instruction, checkpoint, generation)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self._panel.show_error(str(error))

    def _show(self, answer: TrialAnswer) -> None:
        asked = "The base model answers…" if answer.arm == "base" else "The tuned model answers…"
        self._panel.show_doing(asked)
        self._panel.show_answer(answer)

    def _end(self, stopped: bool) -> None:
        self._panel.show_idle("Stopped." if stopped else "Both have answered.")


def right(truth: str) -> str:
    """What the sample says is right, in words."""
    return f"Right: {' '.join(truth.split())}" if truth else ""
