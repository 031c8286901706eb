"""What a run's validation accuracy is worth, in a figure with its interval and in a sentence."""

import json
import math
import statistics
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from studio.document import Document
from studio.numbers import NO_BREAK, format_share
from studio.project import schema
from studio.runs.keeping import best_step
from studio.runs.run_record import RunRecord, load_record
from workers.contract.job import EvaluationJob, TrainingJob
from workers.contract.options import option_values
from workers.contract.recipes import Recipe, find_recipe

# Two-sided 95 % of a normal distribution.
Z = 1.959964
# A run of fewer has hardly begun, whatever its learning rate.
FEW_STEPS = 100


@dataclass(frozen=True)
class Verdict:
    """Shares are between 0 and 1; `low` and `high` bound the accuracy with 95 % confidence."""

    accuracy: float
    correct: int
    count: int
    low: float
    high: float
    majority_share: float
    majority_label: str
    seed_accuracy: float | None
    untrained_accuracy: float | None
    untrained_spread: float | None
    sentence: str
    advice: str = ""
    seed: str = ""  # the published experiment that `seed_accuracy` is of, such as S0a


def describe(document: Document, run_id: int) -> Verdict | None:
    """The verdict on a run's best checkpoint; None while nothing was measured."""
    return document.query(_describe, run_id)


def wilson_interval(correct: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; (0, 1) of nothing."""
    if not count:
        return 0.0, 1.0
    share = correct / count
    spread = Z * math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    middle, scale = share + Z**2 / (2 * count), 1 + Z**2 / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def _describe(connection: Connection, run_id: int) -> Verdict | None:
    record = load_record(connection, run_id)
    row = evaluation_of(connection, record, "validation")
    if row is None:
        return None
    low, high = wilson_interval(row["correct"], row["count"])
    owner = load_record(connection, record.owner_id)
    recipe = find_recipe(owner.recipe)
    mean, spread = _untrained(owner)
    majority = row["majority_count"] / row["count"] if row["count"] else 0.0
    verdict = Verdict(
        accuracy=row["accuracy"],
        correct=row["correct"],
        count=row["count"],
        low=low,
        high=high,
        majority_share=majority,
        majority_label=row["majority_label"],
        seed_accuracy=recipe.expected.accuracy if recipe else None,
        untrained_accuracy=mean,
        untrained_spread=spread,
        sentence="",
        seed=recipe.seed if recipe else "",
    )
    one_answer = _only_answer(row, owner.labels)
    if is_untrained_arm(record):
        return Verdict(**{**vars(verdict), "sentence": _untrained_words(verdict, one_answer)})
    sentence, advice = _words(verdict, one_answer, owner, recipe)
    return Verdict(**{**vars(verdict), "sentence": sentence, "advice": advice})


def evaluation_of(connection: Connection, record: RunRecord, split: str) -> RowMapping | None:
    """The split's evaluation at the best checkpoint, else the newest one."""
    table = schema.evaluations
    here = select(table).where(table.c.run_id == record.id, table.c.split == split)
    best = best_step(connection, record.id)
    row = connection.execute(here.where(table.c.step == best)).mappings().first()
    return row or connection.execute(here.order_by(table.c.step.desc())).mappings().first()


def _untrained(record: RunRecord) -> tuple[float | None, float | None]:
    baseline: dict[str, Any] = record.summary.get("baseline", {})
    values = [value for value in baseline.get("accuracies", []) if value is not None]
    if not values:
        return None, None
    return statistics.fmean(values), statistics.pstdev(values)


def _only_answer(row: RowMapping, labels: tuple[str, ...]) -> str | None:
    """The label that was predicted for every sample; None when there were two."""
    columns = [sum(column) for column in zip(*json.loads(row["confusion"]), strict=True)]
    predicted = [index for index, count in enumerate(columns) if count]
    if len(predicted) == 1 and predicted[0] < len(labels):
        return labels[predicted[0]]
    return None


def is_untrained_arm(record: RunRecord) -> bool:
    """Whether this run asked the base model alone."""
    job = record.job if record.kind == "evaluate" else None
    return isinstance(job, EvaluationJob) and job.untrained


def _untrained_words(verdict: Verdict, one_answer: str | None) -> str:
    """The base model alone beside the majority; of what it learned there is nothing to say."""
    sentence = f"Untrained: {_beside_majority(verdict)}."
    if one_answer is not None:
        sentence += f" It predicted {one_answer} for all {verdict.count:,}."
    return f"{sentence} Interval {_interval(verdict)}."


def _beside_majority(verdict: Verdict) -> str:
    always = f"always answering “{verdict.majority_label}”"
    points = round((verdict.accuracy - verdict.majority_share) * 100)
    if points == 0:
        return f"{_percent(verdict.accuracy)}, the same as {always}"
    distance = f"{abs(points)} {_plural(abs(points))} {'over' if points > 0 else 'under'}"
    return f"{distance} {always} ({_percent(verdict.majority_share)})"


def _words(
    verdict: Verdict, one_answer: str | None, record: RunRecord, recipe: Recipe | None
) -> tuple[str, str]:
    points = round((verdict.accuracy - verdict.majority_share) * 100)
    always = f"always answering “{verdict.majority_label}”"
    if verdict.low <= verdict.majority_share and points <= 2:
        return _no_better(verdict, always, points, one_answer, record)
    start = _beside_majority(verdict)
    sentence = f"{start}{_beside_seed(verdict)}. Interval {_interval(verdict)}."
    if verdict.untrained_accuracy is not None and verdict.untrained_spread is not None:
        mean, spread = verdict.untrained_accuracy, verdict.untrained_spread
        if record.is_language_model:
            sentence += f" Zero-shot: {_percent(mean)}."
        else:
            shown = f"{mean * 100:.0f}{NO_BREAK}±{NO_BREAK}{format_share(spread, 0)}"
            sentence += f" Untrained head: {shown}."
    return sentence, _far_from_seed(verdict, record, recipe)


def _no_better(
    verdict: Verdict, always: str, points: int, one_answer: str | None, record: RunRecord
) -> tuple[str, str]:
    figure = _percent(verdict.accuracy)
    if points == 0:
        sentence = f"{figure}: the same as {always}."
    elif points > 0:
        sentence = f"{figure}: level with {always} ({_percent(verdict.majority_share)})."
    else:
        sentence = f"{figure}: no better than {always} ({_percent(verdict.majority_share)})."
    if one_answer is not None:
        sentence += f" It predicted {one_answer} for all {verdict.count:,}."
    return f"{sentence} Nothing was learned that validation shows.", _why_nothing(record)


def _why_nothing(record: RunRecord) -> str:
    """A likely cause of a run that learned nothing, said only where the figures carry it."""
    options = record.training.options
    prepared: dict[str, Any] = record.summary.get("prepared", {})
    train_count = prepared.get("train_count", 0)
    small = options.optimizer.learning_rate <= 3e-4 and record.total_steps < 1000
    if small and train_count:
        return (
            f"{record.total_steps:,} steps at learning rate {options.optimizer.learning_rate:g} "
            f"on {train_count:,} samples move the weights little. Try 1e-3, or more epochs."
        )
    if record.total_steps < FEW_STEPS:
        return f"{record.total_steps:,} steps are few. More epochs may help: continue this run."
    return "More epochs are unlikely to help; unbalanced or wrong labels might be why."


def _beside_seed(verdict: Verdict) -> str:
    seed = verdict.seed_accuracy
    if seed is None:
        return ""
    if verdict.low <= seed <= verdict.high:
        return f", level with seed {verdict.seed} ({_percent(seed)})"
    where = "above" if verdict.accuracy > seed else "below"
    return f", {where} seed {verdict.seed} ({_percent(seed)})"


def _far_from_seed(verdict: Verdict, record: RunRecord, recipe: Recipe | None) -> str:
    seed = verdict.seed_accuracy
    if recipe is None or seed is None or verdict.low <= seed <= verdict.high:
        return ""
    differing = options_differing(record.training, recipe)
    start = f"{verdict.correct:,} of {verdict.count:,}, seed {verdict.seed} says {_percent(seed)}."
    count = len(differing)
    if not count:
        return f"{start} No option differs from {verdict.seed}: the data do."
    differ = "option differs" if count == 1 else "options differ"
    return f"{start} {count} {differ} from {verdict.seed}."


def options_differing(job: TrainingJob, recipe: Recipe) -> list[str]:
    """Names of the options in which a job is not its recipe."""
    ours, theirs = option_values(job.options), option_values(recipe.training_options())
    return sorted(
        name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
    )


def _percent(share: float) -> str:
    return format_share(share, 0 if round(share * 1000) % 10 == 0 else 1)


def _interval(verdict: Verdict) -> str:
    return f"{verdict.low * 100:.0f}–{format_share(verdict.high, 0)}"


def _plural(points: int) -> str:
    return "point" if points == 1 else "points"
