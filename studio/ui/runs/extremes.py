"""The samples that a run does worst on, and those that it does best on."""

from dataclasses import dataclass

from studio.document import Document
from studio.project import queries
from studio.project.records import SampleRow
from studio.runs.answer_comparison import sample_perplexities
from studio.runs.arms import arms

# So many of the worst and of the best are listed.
EXTREMES = (12, 6)


@dataclass(frozen=True)
class Extreme:
    """A validation sample and how badly the run did on it.

    Of a run that answers in words, `label` is the right answer, `said` what the run wrote where
    that was measured, and `loss` the perplexity.
    """

    sample_id: int
    key: str
    caption: str
    label: str
    said: str
    loss: float


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
    samples = _samples(document, [row.sample_id for row in chosen])
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


def read_unlikely(document: Document, run_id: int) -> list[Extreme]:
    """The answers with the highest perplexities, then those with the lowest."""
    found = sample_perplexities(document, run_id)
    ordered = sorted(found, key=lambda sample_id: -found[sample_id])
    chosen = [*ordered[: EXTREMES[0]], *ordered[EXTREMES[0] :][-EXTREMES[1] :]]
    samples, wrote = _samples(document, chosen), _written(document, run_id)
    return [
        Extreme(
            one,
            samples[one].key,
            samples[one].caption,
            samples[one].answer,
            wrote.get(one, ""),
            found[one],
        )
        for one in chosen
        if one in samples
    ]


def _written(document: Document, run_id: int) -> dict[int, str]:
    """What the tuned model wrote last on the validation split, by sample."""
    tuned = [arm for arm in arms(document, run_id) if not arm.untrained and not arm.shots]
    for owner in dict.fromkeys([*(arm.run_id for arm in reversed(tuned)), run_id]):
        rows = document.query(queries.answers, owner, "validation")
        if rows:
            return {row.sample_id: row.text for row in rows}
    return {}


def _samples(document: Document, ids: list[int]) -> dict[int, SampleRow]:
    return {row.id: row for row in document.query(queries.sample_rows, ids)}
