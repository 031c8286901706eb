"""What the Runs page reads from a project, as frozen records."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.document import Document
from studio.numbers import format_count, format_of
from studio.project import queries
from studio.project.records import CheckpointRow, EvaluationRow, LabelRow, RunRow
from studio.runs import naming
from studio.ui.runs import words
from studio.ui.runs.run_card import CardValues
from studio.ui.runs.run_head import HeadValues
from studio.ui.runs.run_list import ListValues
from studio.ui.widgets.curve_style import Reference, curve_colour
from workers.contract.job import TrainingJob, read_job
from workers.contract.recipes import find_recipe


@dataclass(frozen=True)
class RunDetail:
    """All about one train run but its curves."""

    row: RunRow
    job: TrainingJob
    colour: str
    evaluations: list[EvaluationRow]
    best: EvaluationRow | None
    checkpoints: list[CheckpointRow]
    others: list[tuple[RunRow, list[EvaluationRow]]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """How many epochs it was to train."""
        return self.job.options.epochs

    @property
    def steps_per_epoch(self) -> int:
        """Steps in an epoch, 0 before the data were loaded."""
        return int(self.summary.get("prepared", {}).get("steps_per_epoch", 0))

    @property
    def last(self) -> EvaluationRow | None:
        """The newest evaluation."""
        return self.evaluations[-1] if self.evaluations else None


@dataclass(frozen=True)
class Overview:
    """Every train run that is listed, newest first, each with its best evaluation."""

    rows: list[RunRow]
    best: dict[int, EvaluationRow | None]
    colours: dict[int, str]
    trashed: list[RunRow]

    def row(self, run_id: int) -> RunRow | None:
        """The listed run of this number."""
        return next((row for row in self.rows if row.id == run_id), None)

    def live(self) -> RunRow | None:
        """The run that is training now."""
        return next((row for row in self.rows if row.state in words.LIVE), None)


def read_overview(
    document: Document, known: dict[int, tuple[str, EvaluationRow | None]]
) -> Overview:
    """The list; `known` keeps verdicts of runs that are over from one reading to the next."""
    everything = document.query(queries.run_rows, kind="train", trashed=None)
    rows = [row for row in everything if row.trashed_at is None]
    best: dict[int, EvaluationRow | None] = {}
    for row in rows:
        over = row.state not in (*words.LIVE, "queued")
        mark = f"{row.state} {row.ended_at}"
        if over and row.id in known and known[row.id][0] == mark:
            best[row.id] = known[row.id][1]
        elif over:
            best[row.id] = document.query(queries.best_evaluation, row.id)
            known[row.id] = (mark, best[row.id])
    ids = sorted(row.id for row in everything)
    colours = {run_id: curve_colour(place) for place, run_id in enumerate(ids)}
    trashed = [row for row in everything if row.trashed_at is not None]
    return Overview(rows, best, colours, trashed)


def read_detail(document: Document, run_id: int, colour: str) -> RunDetail:
    """One run, with the evaluations that were made of it later."""
    row = document.query(queries.run, run_id)
    job = read_job(row.job)
    assert isinstance(job, TrainingJob)
    others = [
        (other, document.query(queries.evaluations, other.id, None))
        for other in document.query(queries.run_rows, kind="evaluate")
        if other.parent_id == run_id
    ]
    return RunDetail(
        row=row,
        job=job,
        colour=colour,
        evaluations=document.query(queries.evaluations, run_id),
        best=document.query(queries.best_evaluation, run_id),
        checkpoints=document.query(queries.checkpoints, run_id),
        others=others,
        summary=json.loads(row.summary),
    )


def read_labels(document: Document) -> list[LabelRow]:
    """The labels with their looks."""
    return document.query(queries.label_rows)


def list_values(overview: Overview, pace: words.Pace, shown: tuple[int, ...]) -> ListValues:
    """The cards of the left column."""
    running, queue, finished = [], [], []
    for row in overview.rows:
        if row.state in words.LIVE:
            running.append(_live_card(row, overview, pace))
        elif row.state == "queued":
            queue.append(row)
        else:
            finished.append(_finished_card(row, overview, shown))
    queue.sort(key=lambda row: (row.queue_position is None, row.queue_position, row.id))
    waiting = [
        CardValues(
            row.id,
            naming.numbered(row),
            _recipe_words(row),
            side="next" if place == 0 else "then",
            queued=True,
        )
        for place, row in enumerate(queue)
    ]
    return ListValues(running, waiting, finished, len(overview.trashed))


def head_values(detail: RunDetail, pace: words.Pace, *, writable: bool) -> HeadValues:
    """The head of the run on the page."""
    row, epochs = detail.row, detail.epochs
    live = row.state in words.LIVE
    epoch = min(int(row.epoch) + 1, epochs)
    within = row.epoch - int(row.epoch) if row.epoch < epochs else 1.0
    total = row.total_steps
    return HeadValues(
        name=row.name,
        state=row.state,
        chip=words.CHIPS.get(row.state, "neutral"),
        detail=_head_detail(detail),
        epoch=f"epoch {epoch}",
        epoch_share=within,
        step=f"step {format_of(row.step, total)}" if total else "",
        all_epochs=f"all {epochs}",
        share=row.step / total if total else 0.0,
        ready=words.ready_words(pace.seconds_left(row)),
        live=live and writable,
        paused=row.state == "paused",
        can_resume=row.state in ("stopped", "failed", "lost")
        and any(not point.removed for point in detail.checkpoints)
        and writable,
        can_rename=writable,
        can_delete=writable and not live,
    )


def _head_detail(detail: RunDetail) -> str:
    prepared = detail.summary.get("prepared", {})
    trainable = f"{format_count(prepared['trainable'])} trainable · " if prepared else ""
    number = naming.in_words(detail.row)
    known = "" if detail.row.name.lower().startswith(number) else f"{number} · "
    return f"{known}{trainable}random seed {detail.job.options.seed}"


def _live_card(row: RunRow, overview: Overview, pace: words.Pace) -> CardValues:
    share = row.step / row.total_steps if row.total_steps else 0.0
    detail = words.progress_words(row, _epochs(row), pace.seconds_left(row))
    return CardValues(row.id, naming.numbered(row), detail, overview.colours[row.id], share=share)


def _finished_card(row: RunRow, overview: Overview, shown: tuple[int, ...]) -> CardValues:
    troubled = row.state in ("failed", "lost")
    return CardValues(
        row.id,
        naming.numbered(row),
        words.finished_words(row, overview.best.get(row.id), _epochs(row)),
        overview.colours[row.id],
        side="shown" if row.id in shown else "",
        side_tone="text_2",
        icon="warning-circle" if troubled else "",
    )


def _epochs(row: RunRow) -> int:
    return int(json.loads(row.job).get("options", {}).get("epochs", 0))


def _recipe_words(row: RunRow) -> str:
    options = json.loads(row.job).get("options", {})
    adapter = options.get("adapter") or {}
    rank = f" · rank {adapter['rank']}" if adapter else ""
    base_model = Path(str(options.get("base_model", ""))).name
    return f"{base_model}{rank} · {options.get('epochs', 0)} epochs"


def references(detail: RunDetail) -> list[Reference]:
    """The lines that accuracy is read against: the majority's share and the seed's figure."""
    found = []
    last = detail.last
    if last is not None and last.count:
        found.append(Reference("majority", last.majority_count / last.count))
    recipe = find_recipe(detail.job.recipe)
    if recipe is not None and recipe.expected.accuracy is not None:
        name = f"seed {recipe.seed}"
        found.append(Reference(name, recipe.expected.accuracy, "text_3", (1, 2)))
    return found
