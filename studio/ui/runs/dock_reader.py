"""Reads in the background what takes long: suspects, and the best and worst samples."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from studio.document import Document
from studio.project import queries
from studio.project.records import EvaluationRow, SampleRow, SuspectRow
from studio.runs import verdict
from studio.runs.verdict import Verdict
from studio.ui import background
from studio.ui.runs.arms_panel import ArmsShown
from studio.ui.runs.details import Extreme
from studio.ui.runs.measuring import read_arms
from studio.ui.runs.reading import RunDetail
from studio.ui.runs.suspect_row import SuspectValues
from studio.ui.runs.verdict_panel import LISTED, SuspectsShown

# So many of the worst and of the best are listed.
EXTREMES = (12, 6)
Found = tuple[int, SuspectsShown | None, list[Extreme], ArmsShown]


class DockReader(QObject):
    """Answers arrive on the window's thread; those for another run than the last are dropped."""

    suspects_arrived = Signal(object)  # SuspectsShown | None
    extremes_arrived = Signal(object)  # list[Extreme]
    arms_arrived = Signal(object)  # ArmsShown

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._wanted = -1
        self._verdict: tuple[object, Verdict | None] = (None, None)

    def read(self, detail: RunDetail) -> None:
        """Read a run's arms, extremes and suspects; without these, those of the newest that has."""
        self._wanted = detail.row.id
        background.run(read_all, self._document, detail, done=self._take, owner=self)

    def verdict(self, run_id: int, evaluations: Sequence[EvaluationRow]) -> Verdict | None:
        """The verdict, worked out again only after an evaluation."""
        mark = (run_id, len(evaluations), evaluations[-1] if evaluations else None)
        if self._verdict[0] != mark:
            self._verdict = (mark, verdict.describe(self._document, run_id))
        return self._verdict[1]

    def _take(self, found: Found) -> None:
        run_id, suspects, extremes, arms = found
        if run_id == self._wanted:
            self.suspects_arrived.emit(suspects)
            self.extremes_arrived.emit(extremes)
            self.arms_arrived.emit(arms)


def read_all(document: Document, detail: RunDetail) -> Found:
    """All of it, for one run."""
    run_id = detail.row.id
    arms = read_arms(document, detail)
    return run_id, read_suspects(document, run_id), read_extremes(document, run_id), arms


def read_suspects(document: Document, run_id: int) -> SuspectsShown | None:
    """The suspects of a run, or of the newest run that has any."""
    runs = document.query(queries.run_rows, "train")
    order = sorted(runs, key=lambda row: (row.id != run_id, -row.id))
    for row in order:
        suspects = document.query(queries.suspects, row.id)
        if suspects:
            return _shown(document, row.id, row.name, suspects)
    return None


def _shown(document: Document, run_id: int, name: str, suspects: list[SuspectRow]) -> SuspectsShown:
    first = [row for row in suspects if row.flagged][:LISTED]
    ids = [row.sample_id for row in first]
    samples = {row.id: row for row in document.query(queries.sample_rows, ids)}
    listed = [_values(row, samples[row.sample_id]) for row in first if row.sample_id in samples]
    return SuspectsShown(run_id, name, suspects, listed)


def _values(suspect: SuspectRow, sample: SampleRow) -> SuspectValues:
    return SuspectValues(
        sample_id=sample.id,
        caption=sample.caption,
        label=sample.label or "unlabelled",
        label_colour=sample.label_colour,
        label_shape=sample.label_shape,
        reason=suspect.reason,
        confidence=suspect.confidence,
        image_path=sample.image_path if not sample.image_problem else None,
        image_sha256=sample.image_sha256,
    )


def read_extremes(document: Document, run_id: int) -> list[Extreme]:
    """The validation samples with the largest losses, then those with the smallest."""
    rows = document.query(queries.measurements, run_id, "evaluation")
    rows = [row for row in rows if row.split == "validation" and row.loss is not None]
    if not rows:
        return []
    said = {row.sample_id: row for row in document.query(queries.predictions, run_id, "validation")}
    best = document.query(queries.best_evaluation, run_id)
    epochs = {row.epoch for row in rows}
    epoch = best.epoch if best and best.epoch in epochs else max(epochs)
    ordered = sorted((row for row in rows if row.epoch == epoch), key=lambda row: -(row.loss or 0))
    worst, good = ordered[: EXTREMES[0]], ordered[EXTREMES[0] :][-EXTREMES[1] :]
    chosen = [*worst, *good]
    samples = {
        row.id: row
        for row in document.query(queries.sample_rows, [row.sample_id for row in chosen])
    }
    return [
        Extreme(
            row.sample_id,
            samples[row.sample_id].key,
            samples[row.sample_id].caption,
            samples[row.sample_id].label or "",
            said[row.sample_id].label if row.sample_id in said else "",
            row.loss or 0.0,
        )
        for row in chosen
        if row.sample_id in samples
    ]
