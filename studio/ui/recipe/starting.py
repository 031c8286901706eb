"""What a training starts from: the base model, or a run that ended; plain values, no widgets."""

from dataclasses import dataclass

from studio.document import Document
from studio.errors import StudioError
from studio.project import run_queries
from studio.project.records import RunRow
from studio.runs import naming
from studio.runs.lineage import Ancestor, family, lineage
from studio.runs.run_record import load_record
from studio.runs.starting import is_same_base, start_problem
from studio.ui.widgets.lineage_tree import LineageRow
from workers.contract import catalogue
from workers.contract.options import TrainingOptions

START = "start"  # the problems of the choice go by this name
ENDED = ("finished", "stopped")


@dataclass(frozen=True)
class StartRun:
    """A run of the menu; `reason` says why it cannot be chosen, `short` in few words."""

    run_id: int
    title: str
    reason: str = ""
    short: str = ""


@dataclass(frozen=True)
class StartLook:
    """What is known of the choice: the menu, what speaks against it, the tree it stands in."""

    runs: tuple[StartRun, ...] = ()
    problem: str = ""
    tree: tuple[Ancestor, ...] = ()
    chain: tuple[Ancestor, ...] = ()


def look_at_starts(document: Document, options: TrainingOptions, chosen: int | None) -> StartLook:
    """The runs to go on from, and what choosing this one would mean."""
    rows = document.query(run_queries.run_rows, "train")
    ended = [row for row in rows if row.state in ENDED and row.step > 0]
    runs = [_in_menu(document, row, options) for row in sorted(ended, key=lambda row: -row.id)]
    runs.sort(key=lambda run: bool(run.reason))
    look = StartLook(runs=tuple(runs))
    shown = chosen if chosen is not None else _newest(runs)
    if shown is None or all(row.id != shown for row in rows):
        return look
    problem = start_problem(document, shown, options) if chosen is not None else ""
    return StartLook(look.runs, problem, family(document, shown), lineage(document, shown))


def lineage_rows(
    look: StartLook, options: TrainingOptions, chosen: int | None, keeps_optimizer: bool
) -> tuple[LineageRow, ...]:
    """The tree with the base model as its root and this recipe where it would grow."""
    base = catalogue.find_entry(options.base_model)
    root = base.title.split(",")[0] if base else options.base_model
    rows = [LineageRow(0, root, "base model", kind="base")]
    new = _new_row(look, options, chosen, keeps_optimizer)
    for one in look.tree:
        rows.append(_row_of(one, chosen))
    place = _place_below(look.tree, chosen)
    rows.insert(place, new)
    return tuple(rows)


def epochs_words(count: float) -> str:
    """1 epoch, 2.5 epochs."""
    return f"{count:g}\u00a0{'epoch' if count == 1 else 'epochs'}"


def _in_menu(document: Document, row: RunRow, options: TrainingOptions) -> StartRun:
    title = naming.numbered(row)
    try:
        job = document.query(load_record, row.id).training
    except (StudioError, ValueError):
        return StartRun(row.id, title, "Its job can no longer be read.", "not readable")
    wanted = catalogue.refer_to(options.base_model, options.revision)
    if is_same_base(job.base_model, wanted):
        return StartRun(row.id, title)
    words = f"It trained {job.base_model.title}; what it learned fits no other base model."
    return StartRun(row.id, title, words, "other base model")


def _newest(runs: list[StartRun]) -> int | None:
    return max((run.run_id for run in runs if not run.reason), default=None)


def _row_of(one: Ancestor, chosen: int | None) -> LineageRow:
    details = [epochs_words(one.epochs)]
    if one.keeps_optimizer:
        details.append("optimizer kept")
    if one.state not in ("finished", "deleted"):
        details.append(one.state)
    if one.run_id is None or one.trashed:
        details.append("deleted" if one.run_id is None else "in the trash")
    can_start = one.run_id is not None and not one.trashed and one.state in ENDED
    return LineageRow(
        one.depth + 1,
        one.name,
        " · ".join(details),
        f"{epochs_words(one.cumulative_epochs)} in all",
        "run" if one.run_id is not None and not one.trashed else "gone",
        one.run_id if can_start else None,
        chosen is not None and one.run_id == chosen,
    )


def _new_row(
    look: StartLook, options: TrainingOptions, chosen: int | None, keeps_optimizer: bool
) -> LineageRow:
    parent = look.chain[-1] if chosen is not None and look.chain else None
    before = parent.cumulative_epochs if parent else 0.0
    depth = next((one.depth for one in look.tree if one.run_id == chosen), -1) + 2 if parent else 1
    words = epochs_words(options.epochs)
    if parent:
        words += ", optimizer kept" if keeps_optimizer else ", optimizer restarted"
    total = f"{epochs_words(before + options.epochs)} in all"
    return LineageRow(depth, "This recipe", words, total, "new")


def _place_below(tree: tuple[Ancestor, ...], chosen: int | None) -> int:
    """Where the new row goes: after the parent's other children, or last below the base model."""
    place = next((at for at, one in enumerate(tree) if one.run_id == chosen), None)
    if chosen is None or place is None:
        return len(tree) + 1
    end = place + 1
    while end < len(tree) and tree[end].depth > tree[place].depth:
        end += 1
    return end + 1
