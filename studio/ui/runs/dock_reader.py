"""Reads in the background what takes long: suspects, and the best and worst samples."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from studio.document import Document
from studio.project import queries
from studio.project.records import EvaluationRow, SampleRow, SuspectRow
from studio.runs import lineage, verdict
from studio.runs.caption_scores import CaptionRanking, rank_captions
from studio.runs.verdict import Verdict
from studio.ui import background
from studio.ui.runs.answers_dock import AnswersShown, tree_rows
from studio.ui.runs.arms_panel import ArmsShown
from studio.ui.runs.extremes import Extreme, read_extremes, read_unlikely
from studio.ui.runs.measuring import read_arms
from studio.ui.runs.reading import RunDetail, read_verdict
from studio.ui.runs.suspect_row import SuspectValues
from studio.ui.runs.verdict_panel import LISTED, SuspectsShown

Found = tuple[int, SuspectsShown | None, list[Extreme], ArmsShown, CaptionRanking | None]


class DockReader(QObject):
    """Answers arrive on the window's thread; those for another run than the last are dropped."""

    suspects_arrived = Signal(object)  # SuspectsShown | None
    extremes_arrived = Signal(object, bool)  # list[Extreme], whether they answer in words
    arms_arrived = Signal(object)  # ArmsShown
    captions_arrived = Signal(object)  # CaptionRanking | None

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._wanted, self._of_words = -1, False
        self._verdict: tuple[object, Verdict | None] = (None, None)

    def read(self, detail: RunDetail) -> None:
        """Read a run's arms, extremes and suspects; without these, those of the newest that has."""
        self._wanted, self._of_words = detail.row.id, detail.answers_freely
        background.run(read_all, self._document, detail, done=self._take, owner=self)

    def verdict(self, run_id: int, evaluations: Sequence[EvaluationRow]) -> Verdict | None:
        """The verdict, worked out again only after an evaluation."""
        mark = (run_id, len(evaluations), evaluations[-1] if evaluations else None)
        if self._verdict[0] != mark:
            self._verdict = (mark, verdict.describe(self._document, run_id))
        return self._verdict[1]

    def _take(self, found: Found) -> None:
        run_id, suspects, extremes, arms, captions = found
        if run_id == self._wanted:
            self.suspects_arrived.emit(suspects)
            self.extremes_arrived.emit(extremes, self._of_words)
            self.arms_arrived.emit(arms)
            self.captions_arrived.emit(captions)


def read_all(document: Document, detail: RunDetail) -> Found:
    """All of it, for one run; whose answers are free has no labels to suspect."""
    run_id = detail.row.id
    arms = read_arms(document, detail)
    if not detail.answers_freely:
        extremes = read_extremes(document, run_id)
        return (
            run_id,
            read_suspects(document, run_id),
            extremes,
            _with_lineage(document, detail, arms),
            None,
        )
    unlikely = read_unlikely(document, run_id)
    shown = _with_lineage(document, detail, arms, unlikely)
    ranking = rank_captions(document, run_id) if detail.writes_captions else None
    return run_id, None, unlikely, shown, ranking


def _with_lineage(
    document: Document, detail: RunDetail, arms: ArmsShown, unlikely: Sequence[Extreme] = ()
) -> ArmsShown:
    """The arms with what the dock shows of a language model."""
    if not arms.asks_words:
        return arms
    family = lineage.family(document, detail.row.id)
    ids = [one.run_id for one in family if one.run_id is not None]
    verdicts = {run_id: read_verdict(document, run_id) for run_id in ids}
    rows = tree_rows(family, verdicts, detail.row.id)
    return replace(arms, answers=AnswersShown(rows, tuple(unlikely)))


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
