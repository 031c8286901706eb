"""Over-fitting in words: validation loss that only rises any more."""

from dataclasses import dataclass

from sqlalchemy import Connection

from studio.document import Document
from studio.numbers import format_three_digits
from studio.project import queries

# A single rise is noise.
FEWEST = 2


@dataclass(frozen=True)
class Overfitting:
    """Validation loss rose in the last `evaluations`; it was lowest at `best_step`.

    Of free-text answers it is the perplexity that rose; the base model's own does not count.
    """

    evaluations: int
    best_step: int
    best_epoch: int
    lowest: float
    last: float
    sentence: str


@dataclass(frozen=True)
class LossPoint:
    """The loss, or the perplexity, of one evaluation."""

    step: int
    epoch: int
    loss: float


def overfitting(document: Document, run_id: int, split: str = "validation") -> Overfitting | None:
    """What a training's evaluations say of over-fitting; None while the loss does not only rise."""
    if points := document.query(losses, run_id, split):
        return judge(points)
    return judge(document.query(perplexities, run_id, split), "perplexity")


def judge(points: list[LossPoint], name: str = "loss") -> Overfitting | None:
    """The same of evaluations in the order of their steps."""
    rises = 0
    for before, after in zip(points[-2::-1], points[:0:-1], strict=True):
        if after.loss <= before.loss:
            break
        rises += 1
    if rises < FEWEST:
        return None
    best = min(points, key=lambda point: point.loss)
    lowest, last = format_three_digits(best.loss), format_three_digits(points[-1].loss)
    sentence = (
        f"Validation {name} rose in the last {rises} evaluations: it over-fits since epoch "
        f"{best.epoch:,}, where it was best ({lowest}, now {last})."
    )
    return Overfitting(
        rises, best.step, best.epoch, lowest=best.loss, last=points[-1].loss, sentence=sentence
    )


def losses(connection: Connection, run_id: int, split: str = "validation") -> list[LossPoint]:
    """The loss at each evaluation; none of free-text answers."""
    return [
        LossPoint(row.step, row.epoch, row.loss)
        for row in queries.evaluations(connection, run_id, split)
        if row.loss is not None
    ]


def perplexities(connection: Connection, run_id: int, split: str = "validation") -> list[LossPoint]:
    """The mean perplexity at each evaluation, which decides which checkpoint is best."""
    return [
        LossPoint(row.step, row.epoch, row.mean)
        for row in queries.perplexities(connection, run_id, split)
        if row.mean is not None and row.step
    ]
