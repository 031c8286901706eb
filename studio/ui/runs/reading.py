"""What the Runs page reads from a project, as frozen records."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from studio.document import Document
from studio.numbers import format_count, format_of
from studio.project import queries
from studio.project.records import CheckpointRow, EvaluationRow, LabelRow, PerplexityRow, RunRow
from studio.runs import lineage, naming, overfitting, queue
from studio.ui.runs import words
from studio.ui.runs.run_card import CardValues
from studio.ui.runs.run_head import HeadValues
from studio.ui.runs.run_list import ListValues
from studio.ui.widgets.curve_style import Reference, curve_colour
from workers.contract.job import TrainingJob, read_job
from workers.contract.options import AnswerKind
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
    perplexities: list[PerplexityRow] = field(default_factory=list)
    overfitting: str = ""
    lineage: str = ""

    @property
    def answers_freely(self) -> bool:
        """Whether answers are words that are no labels, so that nothing is accurate."""
        prompt = self.job.options.prompt
        return prompt is not None and prompt.answer != AnswerKind.LABEL

    @property
    def writes_captions(self) -> bool:
        """Whether answers are captions of pictures, which are scored."""
        prompt = self.job.options.prompt
        return prompt is not None and prompt.answer == AnswerKind.CAPTION

    @property
    def measured(self) -> tuple[object, ...]:
        """What changes whenever something was measured, of this run or of an arm of it."""
        arms = [(other.id, other.state, len(rows)) for other, rows in self.others]
        return (len(self.evaluations), len(self.perplexities), self.last, tuple(arms))

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
    """Every train run that is listed, newest first, each with its verdict in words."""

    rows: list[RunRow]
    verdicts: dict[int, str]
    colours: dict[int, str]
    trashed: list[RunRow]
    waiting: dict[int, str] = field(default_factory=dict)

    def row(self, run_id: int) -> RunRow | None:
        """The listed run of this number."""
        return next((row for row in self.rows if row.id == run_id), None)

    def live(self) -> RunRow | None:
        """The run that is training now."""
        return next((row for row in self.rows if row.state in words.LIVE), None)


def read_overview(document: Document, known: dict[int, tuple[str, str]]) -> Overview:
    """The list; `known` keeps verdicts of runs that are over from one reading to the next."""
    everything = document.query(queries.run_rows, kind="train", trashed=None)
    rows = [row for row in everything if row.trashed_at is None]
    verdicts: dict[int, str] = {}
    waiting: dict[int, str] = {}
    for row in rows:
        over = row.state not in (*words.LIVE, "queued")
        mark = f"{row.state} {row.ended_at}"
        if over and row.id in known and known[row.id][0] == mark:
            verdicts[row.id] = known[row.id][1]
        elif over:
            verdicts[row.id] = read_verdict(document, row.id)
            known[row.id] = (mark, verdicts[row.id])
        elif row.state == "queued":
            waiting[row.id] = document.query(queue.waits_for, row.id)
    ids = sorted(row.id for row in everything)
    colours = {run_id: curve_colour(place) for place, run_id in enumerate(ids)}
    trashed = [row for row in everything if row.trashed_at is not None]
    return Overview(rows, verdicts, colours, trashed, waiting)


def read_verdict(document: Document, run_id: int) -> str:
    """What came out of a run in a few words; empty before anything was measured."""
    best = document.query(queries.best_evaluation, run_id)
    found = [] if best else document.query(queries.perplexities, run_id, "validation")
    finite = [row for row in found if row.mean is not None]
    lowest = min(finite, key=lambda row: row.mean or 0.0, default=None)
    return words.verdict_words(best, lowest)


def read_detail(document: Document, run_id: int, colour: str) -> RunDetail:
    """One run, with the evaluations that were made of it later."""
    row = document.query(queries.run, run_id)
    job = read_job(row.job)
    assert isinstance(job, TrainingJob)
    rising = overfitting.overfitting(document, run_id)
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
        perplexities=document.query(queries.perplexities, run_id, "validation"),
        overfitting=rising.sentence if rising else "",
        lineage=lineage.sentence(lineage.lineage(document, run_id)) if job.start else "",
    )


def read_labels(document: Document) -> list[LabelRow]:
    """The labels with their looks."""
    return document.query(queries.label_rows)


def list_values(overview: Overview, pace: words.Pace, shown: tuple[int, ...]) -> ListValues:
    """The cards of the left column."""
    running, queued, finished = [], [], []
    for row in overview.rows:
        if row.state in words.LIVE:
            running.append(_live_card(row, overview, pace))
        elif row.state == "queued":
            queued.append(row)
        else:
            finished.append(_finished_card(row, overview, shown))
    queued.sort(key=lambda row: (row.queue_position is None, row.queue_position, row.id))
    waiting = [
        CardValues(
            row.id,
            naming.numbered(row),
            f"{overview.waiting.get(row.id, 'waits')} · {_recipe_words(row)}",
            side="next" if place == 0 else "then",
            queued=True,
        )
        for place, row in enumerate(queued)
    ]
    return ListValues(running, waiting, under_parents(finished, overview), len(overview.trashed))


def under_parents(cards: list[CardValues], overview: Overview) -> list[CardValues]:
    """Runs that went on from another one below it, indented; the others keep their order."""
    listed = {card.run_id for card in cards}
    parents = {row.id: row.parent_id for row in overview.rows if row.parent_id in listed}
    found: list[CardValues] = []

    def add(parent: int | None, depth: int) -> None:
        for card in cards:
            if parents.get(card.run_id) == parent and not (parent and card.run_id == parent):
                found.append(replace(card, depth=depth))
                add(card.run_id, depth + 1)

    add(None, 0)
    return found


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
        words.finished_words(row, overview.verdicts.get(row.id, ""), _epochs(row)),
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
