"""Where a run comes from and what went on from it: parents, children, epochs behind each."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from studio.document import Document
from studio.project import schema
from studio.runs.run_record import RunRecord, load_record
from studio.runs.starting import epochs_at


@dataclass(frozen=True)
class Ancestor:
    """One run of a lineage.

    `run_id` is None when the run was deleted; only its name and its epochs are known then.
    `epochs` are the run's own, up to where the next of the chain started (of the last one: up to
    its end or where it is now); `cumulative_epochs` are those of all before it as well.
    `planned` is what its options ask for, `keeps_optimizer` whether it took its parent's over,
    `children` the runs that went on from it, `depth` 0 for the root.
    """

    run_id: int | None
    name: str
    epochs: float
    cumulative_epochs: float
    planned: int
    step: int
    state: str
    keeps_optimizer: bool
    trashed: bool
    children: tuple[int, ...]
    depth: int


def lineage(document: Document, run_id: int) -> tuple[Ancestor, ...]:
    """The chain from the root to this run, this run last. A run of its own is a chain of one."""
    return document.query(_chain, run_id)


def family(document: Document, run_id: int) -> tuple[Ancestor, ...]:
    """The whole tree that a run belongs to, each parent before its children, `depth` says where.

    Here `epochs` are each run's own up to its end, whoever went on from it earlier.
    """
    return document.query(_family, run_id)


def sentence(chain: tuple[Ancestor, ...]) -> str:
    """The chain in words, such as “Run 1 · 1 epoch → Run 2 · 1 epoch: 2 epochs in all”."""
    if len(chain) < 2:
        return ""
    parts = " → ".join(f"{one.name} · {_epochs(one.epochs)}" for one in chain)
    return f"{parts}: {_epochs(chain[-1].cumulative_epochs)} in all"


def _epochs(count: float) -> str:
    return f"{count:g} {'epoch' if count == 1 else 'epochs'}"


def _chain(connection: Connection, run_id: int) -> tuple[Ancestor, ...]:
    records = [load_record(connection, run_id)]
    while (parent_id := records[0].parent_run_id) is not None:
        records.insert(0, load_record(connection, parent_id))
    chain: list[Ancestor] = _deleted_parent(records[0])
    for record, following in zip(records, [*records[1:], None], strict=True):
        start = following.training.start if following else None
        reached = start.epochs if start else None
        chain.append(_ancestor(connection, record, len(chain), reached))
    return tuple(chain)


def _deleted_parent(record: RunRecord) -> list[Ancestor]:
    start = record.training.start
    if start is None:
        return []
    return [
        Ancestor(
            run_id=None,
            name=start.name,
            epochs=start.epochs,
            cumulative_epochs=start.epochs,
            planned=0,
            step=start.step,
            state="deleted",
            keeps_optimizer=False,
            trashed=False,
            children=(record.id,),
            depth=0,
        )
    ]


def _ancestor(
    connection: Connection, record: RunRecord, depth: int, reached: float | None = None
) -> Ancestor:
    job = record.training
    before = job.start.epochs if job.start else 0.0
    cumulative = epochs_at(record, record.step) if reached is None else reached
    return Ancestor(
        run_id=record.id,
        name=record.name,
        epochs=round(cumulative - before, 4),
        cumulative_epochs=cumulative,
        planned=job.options.epochs,
        step=record.step,
        state=record.state.value,
        keeps_optimizer=bool(job.start and job.start.keeps_optimizer),
        trashed=record.trashed,
        children=_children(connection, record.id),
        depth=depth,
    )


def _family(connection: Connection, run_id: int) -> tuple[Ancestor, ...]:
    root = load_record(connection, run_id)
    while root.parent_run_id is not None:
        root = load_record(connection, root.parent_run_id)
    rows = _deleted_parent(root)
    waiting = [(root.id, len(rows))]
    while waiting:
        current, depth = waiting.pop()
        one = _ancestor(connection, load_record(connection, current), depth)
        rows.append(one)
        waiting += [(child, depth + 1) for child in reversed(one.children)]
    return tuple(rows)


def _children(connection: Connection, run_id: int) -> tuple[int, ...]:
    runs = schema.runs
    rows = connection.execute(
        select(runs.c.id, runs.c.job)
        .where(runs.c.parent_id == run_id, runs.c.kind == "train", runs.c.trashed_at.is_(None))
        .order_by(runs.c.id)
    )
    return tuple(key for key, job in rows if json.loads(job).get("start"))
