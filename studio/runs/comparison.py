"""Two runs side by side: what differs in options and data, what was won and lost, how surely."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from studio.document import Document
from studio.errors import StudioError
from studio.project import schema
from studio.runs.answer_comparison import METRIC as PERPLEXITY
from studio.runs.answer_comparison import (
    PerplexityComparison,
    compare_perplexities,
    sample_perplexities,
)
from studio.runs.bootstrap import Interval, Outcome, intervals
from studio.runs.lineage import Ancestor, lineage
from studio.runs.run_record import load_record
from studio.runs.verdict import Verdict, describe
from workers.contract.options import option_values

LOSS, ACCURACY = "validation/loss", "validation/accuracy"
CURVES = (LOSS, ACCURACY, "validation/perplexity", "validation/f1/macro", "train/loss")


@dataclass(frozen=True)
class RunCurve:
    """One metric of one run over its steps."""

    run_id: int
    name: str
    steps: np.ndarray
    epochs: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class OptionDifference:
    """One option in which the runs differ; None where it does not exist."""

    name: str
    first: Any
    second: Any


@dataclass(frozen=True)
class DataDifference:
    """How the runs' snapshots differ, as sample ids."""

    only_first: tuple[int, ...]
    only_second: tuple[int, ...]
    relabelled: tuple[int, ...]
    rewritten: tuple[int, ...]
    moved: tuple[int, ...]

    @property
    def is_none(self) -> bool:
        """Whether both trained and measured on the same."""
        return not any(
            (self.only_first, self.only_second, self.relabelled, self.rewritten, self.moved)
        )


@dataclass(frozen=True)
class Comparison:
    """`won`: wrong in the first, right in the second. Judged by the labels as they are now.

    Of free-text answers no label is right: there `won` are those that the second run finds
    likelier, `lost` the others, and `intervals` holds the perplexity alone. `lineages` are each
    run's chain from its root; a chain of one started from the base model.
    """

    first: Verdict | None
    second: Verdict | None
    curves: tuple[RunCurve, ...]
    options: tuple[OptionDifference, ...]
    data: DataDifference
    shared: int
    won: tuple[int, ...]
    lost: tuple[int, ...]
    both: tuple[int, ...]
    neither: tuple[int, ...]
    intervals: tuple[Interval, ...]
    sentence: str
    notice: str
    perplexity: PerplexityComparison | None = None
    lineages: tuple[tuple[Ancestor, ...], tuple[Ancestor, ...]] = ((), ())

    @property
    def correct(self) -> tuple[int, int]:
        """How many of the shared samples each run has right, by the labels as they are now."""
        return len(self.both) + len(self.lost), len(self.both) + len(self.won)


@dataclass(frozen=True)
class Judged:
    """A prediction beside the label that counts."""

    truth: str
    predicted: str
    shares: Mapping[str, float]


def compare(document: Document, run_a: int, run_b: int) -> Comparison:
    """The second run against the first, on the validation samples that both predicted."""
    first, second = (document.query(_judged, run_id) for run_id in (run_a, run_b))
    perplexity = compare_perplexities(document, run_a, run_b)
    if perplexity is not None and not first and not second:
        return _compare_answers(document, run_a, run_b, perplexity)
    if not first or not second:
        missing = run_b if first else run_a
        raise StudioError(f"Run {missing} has no predictions to compare yet.")
    shared = sorted(first.keys() & second.keys())
    if not shared:
        raise StudioError("These runs were validated on different samples: none is shared.")
    right = [
        (first[one].predicted == first[one].truth, second[one].predicted == second[one].truth)
        for one in shared
    ]
    won, lost, both, neither = (
        tuple(one for one, seen in zip(shared, right, strict=True) if seen == wanted)
        for wanted in ((False, True), (True, False), (True, True), (False, False))
    )
    found = intervals(
        Outcome(
            truths=[first[one].truth for one in shared],
            first=[first[one].predicted for one in shared],
            second=[second[one].predicted for one in shared],
            first_shares=[first[one].shares for one in shared],
            second_shares=[second[one].shares for one in shared],
        )
    )
    options = document.query(_option_differences, run_a, run_b)
    data = document.query(_data_differences, run_a, run_b)
    chains = (lineage(document, run_a), lineage(document, run_b))
    largest = max(len(first), len(second))
    return Comparison(
        first=describe(document, run_a),
        second=describe(document, run_b),
        curves=tuple(document.query(_curves, run_a) + document.query(_curves, run_b)),
        options=options,
        data=data,
        shared=len(shared),
        won=won,
        lost=lost,
        both=both,
        neither=neither,
        intervals=found,
        sentence=_likely_cause(found[0], options, data, chains),
        notice=_notice(len(shared), largest),
        perplexity=perplexity,
        lineages=chains,
    )


def _compare_answers(
    document: Document, run_a: int, run_b: int, perplexity: PerplexityComparison
) -> Comparison:
    """The same of runs that learned answers in words."""
    options = document.query(_option_differences, run_a, run_b)
    data = document.query(_data_differences, run_a, run_b)
    chains = (lineage(document, run_a), lineage(document, run_b))
    rows = perplexity.differences
    measured = [len(sample_perplexities(document, run_id)) for run_id in (run_a, run_b)]
    return Comparison(
        first=None,
        second=None,
        curves=tuple(document.query(_curves, run_a) + document.query(_curves, run_b)),
        options=options,
        data=data,
        shared=perplexity.shared,
        won=tuple(one for one, first, second in rows if second < first),
        lost=tuple(one for one, first, second in rows if second > first),
        both=(),
        neither=(),
        intervals=(perplexity.interval,),
        sentence=_likely_cause(perplexity.interval, options, data, chains),
        notice=_notice(perplexity.shared, max(measured)),
        perplexity=perplexity,
        lineages=chains,
    )


def _notice(shared: int, largest: int) -> str:
    if shared == largest:
        return ""
    return (
        f"These runs were validated on different samples: {shared:,} of {largest:,} are shared. "
        f"Comparing those {shared:,}."
    )


def _likely_cause(
    measured: Interval,
    options: tuple[OptionDifference, ...],
    data: DataDifference,
    lineages: tuple[tuple[Ancestor, ...], tuple[Ancestor, ...]],
) -> str:
    """A sentence that never claims more than the differences show."""
    if measured.may_be_chance:
        return f"The difference in {measured.metric} may be chance: its interval includes zero."
    rose = measured.difference > 0
    better = "better" if rose != (measured.metric == PERPLEXITY) else "worse"
    first, second = (chain[-1].cumulative_epochs if chain else 0.0 for chain in lineages)
    if first != second and any(len(chain) > 1 for chain in lineages):
        also = "" if not options and data.is_none else "; options or data differ as well"
        return f"The second run is {better} after {second:g} epochs in all, not {first:g}{also}."
    if options and data.is_none:
        names = ", ".join(one.name for one in options)
        return f"The second run is {better}; only options differ: {names}."
    if not options and not data.is_none:
        count = len(data.relabelled)
        if count and not (data.only_first or data.only_second or data.rewritten or data.moved):
            return f"The second run is {better}; only {count:,} labels differ."
        return f"The second run is {better}; only the data differ."
    if not options:
        return f"The second run is {better}; neither options nor data differ."
    return f"The second run is {better}; options and data both differ, so neither is the cause yet."


def _judged(connection: Connection, run_id: int) -> dict[int, Judged]:
    table, samples, labels = schema.predictions, schema.samples, schema.labels
    rows = connection.execute(
        select(table.c.sample_id, table.c.label, table.c.probabilities, labels.c.name)
        .join(samples, samples.c.id == table.c.sample_id)
        .join(labels, labels.c.id == samples.c.label_id)
        .where(table.c.run_id == run_id, table.c.split == "validation")
    )
    return {
        sample_id: Judged(truth, predicted, json.loads(shares))
        for sample_id, predicted, shares, truth in rows
    }


def _option_differences(
    connection: Connection, run_a: int, run_b: int
) -> tuple[OptionDifference, ...]:
    first, second = (
        option_values(load_record(connection, run_id).training.options) for run_id in (run_a, run_b)
    )
    names = [*first, *(name for name in second if name not in first)]
    return tuple(
        OptionDifference(name, first.get(name), second.get(name))
        for name in names
        if first.get(name) != second.get(name)
    )


def _data_differences(connection: Connection, run_a: int, run_b: int) -> DataDifference:
    first, second = (_snapshot(connection, run_id) for run_id in (run_a, run_b))
    shared = sorted(first.keys() & second.keys())
    moved, relabelled, rewritten = (
        tuple(one for one in shared if first[one][place] != second[one][place])
        for place in range(3)
    )
    return DataDifference(
        only_first=tuple(sorted(first.keys() - second.keys())),
        only_second=tuple(sorted(second.keys() - first.keys())),
        relabelled=relabelled,
        rewritten=rewritten,
        moved=moved,
    )


def _snapshot(connection: Connection, run_id: int) -> dict[int, tuple[str, str | None, str]]:
    table = schema.run_samples
    rows = connection.execute(
        select(table.c.sample_id, table.c.split, table.c.label, table.c.text_sha256).where(
            table.c.run_id == run_id
        )
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _curves(connection: Connection, run_id: int) -> list[RunCurve]:
    names, metrics = schema.metric_names, schema.metrics
    found: list[RunCurve] = []
    for name in CURVES:
        rows = connection.execute(
            select(metrics.c.step, metrics.c.epoch, metrics.c.value)
            .join(names, names.c.id == metrics.c.name_id)
            .where(metrics.c.run_id == run_id, names.c.name == name)
            .order_by(metrics.c.step)
        ).all()
        if rows:
            values = [[np.nan if value is None else value for value in row] for row in rows]
            table = np.array(values, dtype=np.float64)
            found.append(RunCurve(run_id, name, table[:, 0], table[:, 1], table[:, 2]))
    return found
