"""The queue: one run at a time, in an order that the user can change."""

import json
import time

from sqlalchemy import Connection, func, select, update

from studio.errors import StudioError
from studio.project import schema
from studio.runs.run_record import RunRecord, load_record
from studio.runs.state import LIVE, RunState

runs = schema.runs


def waiting(connection: Connection) -> list[int]:
    """Queued runs, the next one first."""
    rows = connection.scalars(
        select(runs.c.id)
        .where(runs.c.state == RunState.QUEUED.value, runs.c.trashed_at.is_(None))
        .order_by(runs.c.queue_position.is_(None), runs.c.queue_position, runs.c.id)
    )
    return list(rows)


def live(connection: Connection) -> list[int]:
    """Runs that a process works on, as far as their rows say."""
    states = [state.value for state in LIVE]
    return list(connection.scalars(select(runs.c.id).where(runs.c.state.in_(states))))


def put(connection: Connection, run_id: int) -> None:
    """At the end of the queue, whatever the run was before."""
    last = connection.scalar(select(func.max(runs.c.queue_position))) or 0
    _set(connection, run_id, state=RunState.QUEUED.value, queue_position=last + 1)


def requeue(connection: Connection, run_id: int) -> None:
    """Back into the queue, as if its process had not said anything yet."""
    record = load_record(connection, run_id)
    forgotten = ("started", "last_word", "reason", "traceback", "paused")
    summary = {name: value for name, value in record.summary.items() if name not in forgotten}
    put(connection, run_id)
    _set(
        connection,
        run_id,
        summary=json.dumps(summary),
        message=None,
        reason=None,
        ended_at=None,
    )


def waits_for(connection: Connection, run_id: int) -> str:
    """What a queued run waits for, in words; empty when it does not wait.

    One run works at a time on a device, so this is the run that works now, or the one before it.
    """
    order = waiting(connection)
    if run_id not in order:
        return ""
    before = order[: order.index(run_id)]
    busy = [load_record(connection, one) for one in live(connection)]
    if not busy and not before:
        return "starts next"
    if not before:
        return f"waits for {_doing(busy[0])}"
    last = load_record(connection, before[-1])
    count = len(before) + len(busy)
    others = "" if count == 1 else f", {count} runs before it"
    return f"waits for {last.name}{others}"


def _doing(record: RunRecord) -> str:
    if record.state == RunState.PAUSED:
        return f"{record.name}, which is paused"
    if record.kind == "train" and record.total_steps:
        return f"{record.name}, at step {record.step:,} of {record.total_steps:,}"
    return record.name


def move(connection: Connection, run_id: int, position: int) -> None:
    """Move a queued run so that `position` (0 is next) runs wait before it."""
    order = waiting(connection)
    if run_id not in order:
        raise StudioError(f"Run {run_id} is not waiting.")
    order.remove(run_id)
    order.insert(max(0, min(position, len(order))), run_id)
    for place, waiting_id in enumerate(order, start=1):
        _set(connection, waiting_id, queue_position=place)


def mark_started(connection: Connection, run_id: int) -> None:
    """Its process was started; nothing is known of it yet."""
    _set(
        connection,
        run_id,
        state=RunState.RUNNING.value,
        queue_position=None,
        started_at=time.time(),
        ended_at=None,
        message=None,
        reason=None,
    )


def set_state(connection: Connection, run_id: int, state: RunState, message: str) -> None:
    """Write the state that was decided; the time of an end too, where no event gave one."""
    values: dict[str, object] = {"state": state.value}
    if message:
        values["message"] = message
    if state.is_over:
        values["queue_position"] = None
        if load_record(connection, run_id).ended_at is None:
            values["ended_at"] = time.time()
    _set(connection, run_id, **values)


def _set(connection: Connection, run_id: int, **values: object) -> None:
    connection.execute(update(runs).where(runs.c.id == run_id).values(**values))
