"""Between the Evaluation tab and the runs: which arms there are, and how another is measured."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from studio.document import Document
from studio.runs import arms
from studio.runs.controller import RunController
from studio.runs.perplexity import describe_perplexity
from studio.ui.runs.arms_panel import OVER, ArmsPanel, ArmsShown, SplitArms
from studio.ui.runs.reading import RunDetail
from studio.ui.runs.shots_dialog import ShotsDialog

SPLITS = ("validation", "test", "train")
Try = Callable[..., bool]


class Measuring(QObject):
    """Starts measurements of the run on the page."""

    worst_wanted = Signal(str)  # a query

    def __init__(
        self,
        document: Document,
        controller: RunController,
        panel: ArmsPanel,
        owner: QWidget,
        attempt: Try,
    ) -> None:
        super().__init__(owner)
        self._document, self._controller, self._panel = document, controller, panel
        self._owner, self._attempt = owner, attempt
        self._run_id: int | None = None
        panel.tuned_wanted.connect(lambda writes: self.measure(writes=writes))
        panel.zero_shot_wanted.connect(lambda writes: self.measure(untrained=True, writes=writes))
        panel.few_shot_wanted.connect(self.choose_shots)
        panel.worst_wanted.connect(lambda ids: self.worst_wanted.emit(worst_query(ids)))

    def follow(self, detail: RunDetail) -> None:
        """Another run is on the page."""
        self._run_id = detail.row.id

    def measure(
        self, *, untrained: bool = False, shots: Sequence[int] = (), writes: bool = False
    ) -> None:
        """Queue one arm."""
        if self._run_id is not None:
            self._attempt(
                lambda run_id: self._controller.evaluate(
                    run_id, untrained=untrained, shots=shots, writes=writes
                ),
                self._run_id,
            )

    def choose_shots(self, writes: bool) -> None:
        """Ask which samples are shown, then queue the few-shot arm."""
        if self._run_id is None:
            return
        dialog = ShotsDialog(self._document, self._run_id, self._owner)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.measure(untrained=True, shots=dialog.shots(), writes=writes)


def read_arms(document: Document, detail: RunDetail) -> ArmsShown:
    """Every arm of a run on each split that was measured."""
    known = {row.split for _, rows in detail.others for row in rows}
    splits = []
    for split in SPLITS:
        found = arms.arms(document, detail.row.id, split)
        if split == SPLITS[0] or split in known or any(arm.is_measured for arm in found):
            splits.append(SplitArms(split, found, arms.majority_line(found)))
    return ArmsShown(
        splits=tuple(splits),
        asks_words=detail.job.options.task.writes,
        sees=detail.job.options.vision is not None,
        labels=not detail.answers_freely,
        why_not=why_not(document, detail),
        perplexity=describe_perplexity(document, detail.row.id),
    )


def why_not(document: Document, detail: RunDetail) -> str:
    """Why no arm can be measured now; empty when one can."""
    if not document.writable:
        return document.read_only_reason
    if detail.row.state not in (*OVER, "failed", "lost"):
        return "Arms are measured once the run has ended."
    if all(point.removed for point in detail.checkpoints):
        return "This run has no checkpoint to measure."
    return ""


def worst_query(ids: Sequence[int]) -> str:
    """The samples of these ids as a query."""
    return f"sample:{','.join(str(one) for one in ids)}" if ids else "sample:0"
