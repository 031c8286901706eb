"""What a language model's perplexity is worth, beside that of the base model, in a sentence."""

import math
from dataclasses import dataclass

from sqlalchemy import Connection

from studio.document import Document
from studio.numbers import format_exponent, format_share
from studio.project.records import PerplexityRow
from studio.runs.arms import Arm, arms_of, perplexity_at
from studio.runs.keeping import best_step
from studio.runs.run_record import load_record

# Of a mean this many times the median, a few answers make most.
HEAVY_TAIL = 2.0


@dataclass(frozen=True)
class PerplexityVerdict:
    """Perplexity of the answers at the best checkpoint; None is not a finite number.

    `mean` is the mean of the per-sample perplexities, as seed S2 has it; `loss` that over all
    answer tokens. `zero_shot` and `few_shot` are means of the base model's arms, if measured.
    """

    mean: float | None
    median: float | None
    percentile_95: float | None
    pooled: float | None
    loss: float | None
    count: int
    tokens: int
    step: int
    epoch: int
    worst: tuple[tuple[int, float | None], ...]
    zero_shot: float | None
    few_shot: float | None
    sentence: str
    advice: str = ""


def describe_perplexity(
    document: Document, run_id: int, split: str = "validation"
) -> PerplexityVerdict | None:
    """The verdict on a run's best checkpoint, or on an evaluation; None without a measurement."""
    return document.query(_describe, run_id, split)


def format_perplexity(value: float | None) -> str:
    """4.90, 312, 1.4e6, or the word where it is not finite."""
    if value is None:
        return "not finite"
    if value < 100:
        return f"{value:.2f}"
    return f"{value:,.0f}" if value < 1e5 else format_exponent(value)


def _describe(connection: Connection, run_id: int, split: str) -> PerplexityVerdict | None:
    record = load_record(connection, run_id)
    row = perplexity_at(connection, run_id, split, best_step(connection, run_id))
    if row is None:
        return None
    known = arms_of(connection, record.owner_id, split)
    zero_shot = _mean_of(known, shots=False)
    few_shot = _mean_of(known, shots=True)
    is_base = record.kind == "evaluate" and any(
        arm.run_id == run_id and arm.untrained for arm in known
    )
    sentence = _sentence(row, None if is_base else zero_shot, None if is_base else few_shot)
    return PerplexityVerdict(
        mean=row.mean,
        median=row.median,
        percentile_95=row.percentile_95,
        pooled=row.pooled,
        loss=math.log(row.pooled) if row.pooled else None,
        count=row.count,
        tokens=row.tokens,
        step=row.step,
        epoch=row.epoch,
        worst=row.worst,
        zero_shot=zero_shot,
        few_shot=few_shot,
        sentence=sentence,
        advice=_advice(row, needs_zero_shot=zero_shot is None and not is_base),
    )


def _mean_of(known: tuple[Arm, ...], *, shots: bool) -> float | None:
    means = [
        arm.perplexity.mean
        for arm in known
        if arm.untrained
        and bool(arm.shots) == shots
        and arm.perplexity is not None
        and arm.perplexity.mean is not None
    ]
    return min(means, default=None)


def _sentence(row: PerplexityRow, zero_shot: float | None, few_shot: float | None) -> str:
    answers = "1 answer" if row.count == 1 else f"{row.count:,} answers"
    start = f"Perplexity {format_perplexity(row.mean)} over {answers}"
    start += f", median {format_perplexity(row.median)}"
    parts = [
        f"{name} {format_perplexity(value)}"
        for name, value in (("zero-shot", zero_shot), ("few-shot", few_shot))
        if value is not None
    ]
    if not parts:
        return f"{start}."
    return f"{start}; {', '.join(parts)}{_gain(row.mean, zero_shot)}."


def _gain(mean: float | None, zero_shot: float | None) -> str:
    if mean is None or not zero_shot:
        return ""
    share = mean / zero_shot - 1
    if abs(share) < 0.005:
        return ": training changed nothing that validation shows"
    return f": {format_share(abs(share), 0)} {'lower' if share < 0 else 'higher'} than zero-shot"


def _advice(row: PerplexityRow, *, needs_zero_shot: bool) -> str:
    if row.mean is None or (row.median and row.mean > HEAVY_TAIL * row.median):
        worst = format_perplexity(row.worst[0][1]) if row.worst else "not finite"
        return f"A few answers make most of the mean: the worst is at {worst}. Look at them first."
    if needs_zero_shot:
        return "Measure the base model too, to see what training gained."
    return ""
