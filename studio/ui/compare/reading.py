"""What the Compare page reads: two runs side by side, as frozen records."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from studio.document import Document
from studio.project import queries
from studio.project.records import (
    EvaluationRow,
    LabelRow,
    PerplexityRow,
    RunRow,
    RunSampleRow,
    SampleRow,
)
from studio.runs import comparison
from studio.runs.comparison import Comparison
from studio.runs.lineage import Ancestor
from studio.ui.run_colours import run_colours
from workers.contract.job import TrainingJob, read_job
from workers.contract.options import option_values

# What stays in sight around the differing options.
USUAL_OPTIONS = (
    "seed",
    "epochs",
    "optimizer.learning_rate",
    "adapter.rank",
    "micro_batch_size",
)
THUMBNAILS = 12


@dataclass(frozen=True)
class ComparedRun:
    """One side: the run, its colour, and the evaluations along its way."""

    row: RunRow
    colour: str
    recipe: str
    evaluations: list[EvaluationRow]
    best: EvaluationRow | None
    options: dict[str, object]
    perplexities: list[PerplexityRow] = field(default_factory=list)
    epochs_before: float = 0.0  # of the runs that it went on from


@dataclass(frozen=True)
class DataRow:
    """A line of the data table; empty texts where a side has nothing to say."""

    name: str
    first: str
    second: str
    label: LabelRow | None = None
    differs: bool = False


@dataclass(frozen=True)
class Compared:
    """All that the page shows."""

    first: ComparedRun
    second: ComparedRun
    comparison: Comparison
    data: list[DataRow]
    data_detail: str
    labels: list[LabelRow]
    samples: dict[int, SampleRow] = field(default_factory=dict)


def comparable_runs(document: Document) -> list[RunRow]:
    """Train runs that were measured, newest first."""
    rows = document.query(queries.run_rows, "train")
    return [row for row in rows if _is_measured(document, row.id)]


def _is_measured(document: Document, run_id: int) -> bool:
    best = document.query(queries.best_evaluation, run_id)
    return best is not None or bool(document.query(queries.perplexities, run_id, "validation"))


def read_compared(document: Document, run_a: int, run_b: int) -> Compared:
    """Compare two runs; StudioError says why they cannot be compared."""
    found = comparison.compare(document, run_a, run_b)
    colours = run_colours(document)
    first, second = (
        _run(document, one, colours, chain)
        for one, chain in zip((run_a, run_b), found.lineages, strict=True)
    )
    labels = document.query(queries.label_rows)
    rows = [document.query(queries.run_samples, one) for one in (run_a, run_b)]
    groups = (found.won, found.lost, found.neither)
    shown = [one for ids in groups for one in ids[:THUMBNAILS]]
    samples = {row.id: row for row in document.query(queries.sample_rows, shown)}
    data, detail = data_rows(rows[0], rows[1], labels)
    return Compared(first, second, found, data, detail, labels, samples)


def _run(
    document: Document, run_id: int, colours: dict[int, str], chain: Sequence[Ancestor]
) -> ComparedRun:
    row = document.query(queries.run, run_id)
    job = read_job(row.job)
    assert isinstance(job, TrainingJob)
    return ComparedRun(
        row=row,
        colour=colours.get(run_id, "plot-1"),
        recipe=job.recipe,
        evaluations=document.query(queries.evaluations, run_id),
        best=document.query(queries.best_evaluation, run_id),
        options=option_values(job.options),
        perplexities=_along(document, run_id, chain),
        epochs_before=chain[-1].cumulative_epochs - chain[-1].epochs if chain else 0.0,
    )


def _along(document: Document, run_id: int, chain: Sequence[Ancestor]) -> list[PerplexityRow]:
    """What a run measured; one that went on begins at its parent's last, not at the base model."""
    rows = document.query(queries.perplexities, run_id, "validation")
    if len(chain) < 2:
        return rows
    parent = chain[-2].run_id
    before = document.query(queries.perplexities, parent, "validation") if parent else []
    return [*(replace(row, step=0, epoch=0) for row in before[-1:]), *(r for r in rows if r.step)]


def data_rows(
    first: Sequence[RunSampleRow], second: Sequence[RunSampleRow], labels: Sequence[LabelRow]
) -> tuple[list[DataRow], str]:
    """Train samples by label, labels that changed, captions that differ, and the totals."""
    train_a, train_b = ({row.sample_id: row for row in side if row.split == "train"}
                        for side in (first, second))  # fmt: skip
    rows = []
    names = [label.name for label in labels]
    for label in labels:
        counts = [_count(side, label.name) for side in (train_a, train_b)]
        if any(counts):
            rows.append(_row(label.name, counts[0], counts[1], label))
    shared = train_a.keys() & train_b.keys()
    changed: dict[str, int] = {}
    for one in shared:
        before, after = train_a[one].label, train_b[one].label
        if before != after:
            text = f"{before} → {after}"
            changed[text] = changed.get(text, 0) + 1
    rows += [DataRow(text, "", f"{count:,}", differs=True) for text, count in changed.items()]
    edited = sum(train_a[one].text_sha256 != train_b[one].text_sha256 for one in shared)
    if edited:
        rows.append(DataRow("captions edited", "", f"{edited:,}", differs=True))
    rows.append(_row("samples", len(train_a), len(train_b), None))
    differing = sum(changed.values()) + len(train_a.keys() ^ train_b.keys())
    differing += sum(
        train_a[one].text_sha256 != train_b[one].text_sha256
        and train_a[one].label == train_b[one].label
        for one in shared
    )
    everything = len(train_a.keys() | train_b.keys())
    detail = f"{differing:,} of {everything:,} train samples differ"
    return rows, detail if differing else "the same train samples" if names else ""


def _count(side: dict[int, RunSampleRow], label: str) -> int:
    return sum(row.label == label for row in side.values())


def _row(name: str, first: int, second: int, label: LabelRow | None) -> DataRow:
    return DataRow(name, f"{first:,}", f"{second:,}", label, differs=first != second)


def lineage_rows(compared: Compared) -> list[tuple[str, str, str]]:
    """Where each run comes from, and how many epochs are behind it; nothing when from the base."""
    chains = compared.comparison.lineages
    if all(len(chain) < 2 for chain in chains):
        return []
    parents = [chain[-2].name if len(chain) > 1 else "" for chain in chains]
    epochs = [f"{chain[-1].cumulative_epochs:g}" if chain else "" for chain in chains]
    return [("Goes on from", *parents), ("Epochs in all", *epochs)]  # type: ignore[list-item]


def option_rows(compared: Compared, *, everything: bool) -> list[tuple[str, object, object, bool]]:
    """Options by name with both values and whether they differ."""
    first, second = compared.first.options, compared.second.options
    names = [*first, *(name for name in second if name not in first)]
    differing = [name for name in names if first.get(name) != second.get(name)]
    if not everything:
        names = [*differing, *(name for name in USUAL_OPTIONS if name not in differing)]
    return [
        (name, first.get(name), second.get(name), name in differing)
        for name in names
        if name in first or name in second
    ]
