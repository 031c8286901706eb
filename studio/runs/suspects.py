"""Suspected wrong labels: the samples a run found hardest to believe, each with its reason."""

import itertools
import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from studio.document import Document
from studio.project import schema
from studio.runs.run_record import load_record
from workers.contract.events import Phase

# Of a project in which one label in twelve is wrong, this share holds nearly all of them.
FLAGGED_SHARE = 0.12
NEVER_LEARNED_BELOW = 0.3
LEARNED_FROM = 0.5


@dataclass(frozen=True)
class Suspicion:
    """How much one sample's label is doubted; a lower score is more suspect."""

    sample_id: int
    score: float
    confidence: float
    variability: float
    suggested: str | None
    reason: str


@dataclass(frozen=True)
class Dynamics:
    """What training said of one sample, epoch by epoch, before each update by it."""

    sample_id: int
    confidences: tuple[float, ...]
    margins: tuple[float, ...]
    probabilities: tuple[tuple[float, ...], ...] = ()


def rank(document: Document, run_id: int) -> int:
    """Rank the train samples of a run by their mean margin, write them, return how many."""
    return document.record(rank_rows, run_id, run_id=run_id, tables=("suspects",))


def rank_rows(connection: Connection, run_id: int) -> int:
    """The same, inside a transaction."""
    dynamics = load_dynamics(connection, run_id)
    labels = labels_of_run(connection, run_id)
    order = label_order(connection, run_id)
    twins = twins_of(connection, run_id, nearest_known(connection))
    found = [
        judge(one, labels.get(one.sample_id), order, twins.get(one.sample_id)) for one in dynamics
    ]
    write(connection, run_id, found)
    return len(found)


def judge(
    one: Dynamics, label: str | None, order: Sequence[str], twin_label: str | None
) -> Suspicion:
    """One sample's suspicion: the mean margin over the epochs, and why."""
    mean = statistics.fmean(one.confidences)
    spread = statistics.pstdev(one.confidences)
    suggested = _suggested(one, label, order)
    return Suspicion(
        sample_id=one.sample_id,
        score=statistics.fmean(one.margins),
        confidence=mean,
        variability=spread,
        suggested=suggested,
        reason=reason_of(one, twin_label),
    )


def reason_of(one: Dynamics, twin_label: str | None) -> str:
    """The plainest reason that holds, in the words of the Review page."""
    if max(one.confidences) < NEVER_LEARNED_BELOW:
        return "never learned: confidence stayed under .3"
    if twin_label is not None:
        return f"twin says {twin_label}"
    forgotten = forgotten_times(one.margins)
    if forgotten:
        return f"forgotten {forgotten} times" if forgotten > 1 else "forgotten once"
    if max(one.confidences) < LEARNED_FROM:
        return f"never learned: confidence stayed under {_under(max(one.confidences))}"
    right = [epoch for epoch, margin in enumerate(one.margins) if margin > 0]
    return "learned last" if not right or right[0] * 2 >= len(one.margins) else "learned slowly"


def reason_of_ranking(confidence: float, twin_label: str | None) -> str:
    """The reason when nothing was trained: judged by the captions around it."""
    if twin_label is not None:
        return f"twin says {twin_label}"
    if confidence < LEARNED_FROM:
        return "captions like it are labelled otherwise"
    return "fits the captions like it"


def forgotten_times(margins: Sequence[float]) -> int:
    """How often a sample that was right in one epoch was wrong in the next."""
    pairs = itertools.pairwise(margins)
    return sum(1 for before, after in pairs if before > 0 >= after)


def write(connection: Connection, run_id: int, found: Sequence[Suspicion]) -> None:
    """Replace the run's suspects by these, ranked; the most suspect share is flagged."""
    table = schema.suspects
    connection.execute(delete(table).where(table.c.run_id == run_id))
    ordered = sorted(found, key=lambda one: (one.score, one.sample_id))
    flagged = round(FLAGGED_SHARE * len(ordered))
    rows = [
        {
            "run_id": run_id,
            "sample_id": one.sample_id,
            "rank": rank,
            "score": one.score,
            "confidence": one.confidence,
            "variability": one.variability,
            "suggested": one.suggested,
            "reason": one.reason,
            "flagged": int(rank <= flagged),
        }
        for rank, one in enumerate(ordered, start=1)
    ]
    if rows:
        connection.execute(table.insert(), rows)


def load_dynamics(connection: Connection, run_id: int) -> list[Dynamics]:
    """Every train sample's training-mode figures, oldest epoch first."""
    table = schema.measurements
    rows = connection.execute(
        select(table.c.sample_id, table.c.confidence, table.c.margin, table.c.probabilities)
        .where(table.c.run_id == run_id, table.c.phase == Phase.TRAINING.value)
        .where(table.c.confidence.is_not(None), table.c.margin.is_not(None))
        .order_by(table.c.sample_id, table.c.epoch)
    )
    gathered: dict[int, list[tuple[float, float, str | None]]] = {}
    for sample_id, confidence, margin, probabilities in rows:
        gathered.setdefault(sample_id, []).append((confidence, margin, probabilities))
    return [
        Dynamics(
            sample_id,
            tuple(epoch[0] for epoch in epochs),
            tuple(epoch[1] for epoch in epochs),
            tuple(tuple(json.loads(epoch[2])) for epoch in epochs if epoch[2]),
        )
        for sample_id, epochs in gathered.items()
    ]


def labels_of_run(connection: Connection, run_id: int) -> dict[int, str]:
    """The label that each sample had in the run's snapshot."""
    table = schema.run_samples
    rows = connection.execute(
        select(table.c.sample_id, table.c.label).where(table.c.run_id == run_id)
    )
    return {sample_id: label for sample_id, label in rows if label is not None}


def label_order(connection: Connection, run_id: int) -> tuple[str, ...]:
    """The run's labels in the order of its probabilities."""
    return load_record(connection, run_id).labels


def nearest_known(connection: Connection) -> dict[int, tuple[int, ...]]:
    """The nearest captions of the newest instant ranking; empty when there was none."""
    table = schema.neighbours
    newest = connection.scalar(select(table.c.run_id).order_by(table.c.run_id.desc()).limit(1))
    if newest is None:
        return {}
    near: dict[int, list[int]] = {}
    rows = connection.execute(
        select(table.c.sample_id, table.c.neighbour_id)
        .where(table.c.run_id == newest)
        .order_by(table.c.sample_id, table.c.position)
    )
    for sample_id, neighbour in rows:
        near.setdefault(sample_id, []).append(neighbour)
    return {sample_id: tuple(ids) for sample_id, ids in near.items()}


def twins_of(
    connection: Connection, run_id: int, near: Mapping[int, Sequence[int]]
) -> dict[int, str]:
    """For samples whose identical or nearest captions agree on another label: that label."""
    table = schema.run_samples
    rows = connection.execute(
        select(table.c.sample_id, table.c.label, table.c.text_sha256).where(
            table.c.run_id == run_id, table.c.label.is_not(None)
        )
    ).all()
    labels = {sample_id: label for sample_id, label, _ in rows}
    by_text: dict[str, Counter[str]] = {}
    for _, label, digest in rows:
        by_text.setdefault(digest, Counter())[label] += 1
    twins: dict[int, str] = {}
    for sample_id, label, digest in rows:
        others = by_text[digest]
        common = others.most_common(1)[0][0]
        if len(others) > 1 and others[common] >= others[label] and common != label:
            twins[sample_id] = common
        said = {labels[other] for other in near.get(sample_id, ()) if other in labels}
        if len(said) == 1 and label not in said:
            twins.setdefault(sample_id, said.pop())
    return twins


def _suggested(one: Dynamics, label: str | None, order: Sequence[str]) -> str | None:
    """The label with the highest mean probability, when that is not the given one."""
    if one.probabilities and all(len(shares) == len(order) for shares in one.probabilities):
        sums = [sum(shares[index] for shares in one.probabilities) for index in range(len(order))]
        likeliest = order[sums.index(max(sums))]
        return likeliest if likeliest != label else None
    others = [name for name in order if name != label]
    doubted = statistics.fmean(one.margins) < 0
    return others[0] if doubted and len(others) == 1 else None


def _under(confidence: float) -> str:
    """The next tenth above a confidence, such as .5."""
    tenth = int(confidence * 10) + 1
    return f".{tenth}"
