"""The queue: one run at a time, in an order that the user can change."""

import time

from sqlalchemy import Connection, func, select, update

from studio.errors import StudioError
from studio.project import schema
from studio.runs.run_record import load_record
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
