"""Two language models side by side: how likely each finds the same answers, sample by sample."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from studio.document import Document
from studio.project import queries
from studio.runs.bootstrap import RESAMPLES, SEED, Interval
from studio.runs.ingest import journal_events
from studio.runs.keeping import best_step
from workers.contract.events import PerplexityMeasured

METRIC = "perplexity"
ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class PerplexityComparison:
    """The answers that both runs measured; a lower perplexity is better.

    `interval` is of the mean, second less first. `differences` are (sample, first, second), the
    largest gain of the second run first; `lower` and `higher` count those that it changed.
    """

    interval: Interval
    differences: tuple[tuple[int, float, float], ...]
    lower: int
    higher: int

    @property
    def shared(self) -> int:
        """How many answers both measured."""
        return len(self.differences)


def compare_perplexities(
    document: Document, run_a: int, run_b: int, split: str = "validation"
) -> PerplexityComparison | None:
    """The second run against the first; None where they share no measured answer."""
    first, second = (sample_perplexities(document, run, split) for run in (run_a, run_b))
    shared = sorted(first.keys() & second.keys())
    if not shared:
        return None
    rows = [(one, first[one], second[one]) for one in shared]
    rows.sort(key=lambda row: (row[2] - row[1], row[0]))
    values = np.array([row[1:] for row in rows])
    return PerplexityComparison(
        interval=_interval(values),
        differences=tuple(rows),
        lower=int((values[:, 1] < values[:, 0]).sum()),
        higher=int((values[:, 1] > values[:, 0]).sum()),
    )


def sample_perplexities(
    document: Document, run_id: int, split: str = "validation"
) -> Mapping[int, float]:
    """Each answer's perplexity at a run's best checkpoint, as its journal has it."""
    if not document.query(queries.perplexities, run_id, split):
        return {}
    best = document.query(best_step, run_id)
    found: dict[int, PerplexityMeasured] = {}
    for event in _measured(document, run_id):
        if event.split == split and (event.step or best is None):
            found[event.step] = event
    if not found:
        return {}
    chosen = found.get(best) if best is not None else None
    chosen = chosen or found[max(found)]
    return dict(zip(chosen.sample_ids, chosen.perplexities, strict=True))


def _measured(document: Document, run_id: int) -> list[PerplexityMeasured]:
    events = journal_events(document, run_id)
    return [event for event in events if isinstance(event, PerplexityMeasured)]


def _interval(values: np.ndarray) -> Interval:
    """The mean of each run, and the 95 % interval of their difference over paired resamples."""
    random = np.random.default_rng(SEED)
    change = values[:, 1] - values[:, 0]
    drawn = [
        change[random.integers(0, len(change), (ROWS_AT_ONCE, len(change)))].mean(axis=1)
        for _ in range(RESAMPLES // ROWS_AT_ONCE)
    ]
    low, high = np.percentile(np.concatenate(drawn), (2.5, 97.5))
    first, second = values.mean(axis=0)
    return Interval(METRIC, float(first), float(second), float(low), float(high))
