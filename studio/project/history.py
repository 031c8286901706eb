"""The list of edits: one step each, undone and redone in order, the oldest forgotten at a cap."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlalchemy.engine import Connection

from studio.project.creation import now
from studio.project.insertion import insert_row
from studio.project.records import HistoryStep
from studio.project.schema import history_changes, history_steps
from studio.project.undo import replay, start_recording, stop_recording

CAP_BYTES = 512 * 1024 * 1024
CHANGE_OVERHEAD = 48  # bytes of a change beside its old row

# Every edit runs these: they are put together once.
_STEP = bindparam("step")
_SIZE = func.coalesce(func.sum(func.length(history_changes.c.old)), 0)
_MEASURE = select(func.count(), _SIZE).where(history_changes.c.step_id == _STEP)
_TABLES = select(history_changes.c.table_name).where(history_changes.c.step_id == _STEP).distinct()
_FORGET_STEP = delete(history_steps).where(history_steps.c.id == _STEP)
_FORGET_UNDONE = delete(history_steps).where(history_steps.c.undone == 1)
_TELL_SIZE = (
    update(history_steps)
    .where(history_steps.c.id == _STEP)
    .values(changes=bindparam("number"), bytes=bindparam("size"))
)


def record_step(
    connection: Connection, title: str, function: Callable[..., Any], *args: Any, **named: Any
) -> tuple[Any, HistoryStep | None, frozenset[str]]:
    """Run an edit as one step; without a change there is no step and redo stays possible."""
    values = {"title": title, "made_at": now()}
    step_id = insert_row(connection, history_steps, values)
    start_recording(connection, step_id)
    answer = function(connection, *args, **named)
    stop_recording(connection)
    changes, size = connection.execute(_MEASURE, {"step": step_id}).one()
    if changes == 0:
        connection.execute(_FORGET_STEP, {"step": step_id})
        return answer, None, frozenset()
    connection.execute(_FORGET_UNDONE)
    size += changes * CHANGE_OVERHEAD
    connection.execute(_TELL_SIZE, {"step": step_id, "number": changes, "size": size})
    step = HistoryStep(step_id, title, values["made_at"], False, changes)
    return answer, step, touched_tables(connection, step_id)


def undo(connection: Connection) -> tuple[HistoryStep, frozenset[str]] | None:
    """Take back the newest step that stands; None at the beginning of history."""
    standing = history_steps.c.undone == 0
    newest = select(history_steps).where(standing).order_by(history_steps.c.id.desc()).limit(1)
    return _walk(connection, connection.execute(newest).one_or_none(), undone=True)


def redo(connection: Connection) -> tuple[HistoryStep, frozenset[str]] | None:
    """Do again the oldest step that was undone; None when there is none."""
    undone = history_steps.c.undone == 1
    oldest = select(history_steps).where(undone).order_by(history_steps.c.id).limit(1)
    return _walk(connection, connection.execute(oldest).one_or_none(), undone=False)


def steps(connection: Connection, limit: int = 200) -> list[HistoryStep]:
    """Newest first, the undone ones too."""
    query = select(history_steps).order_by(history_steps.c.id.desc()).limit(limit)
    return [_step(row) for row in connection.execute(query)]


def touched_tables(connection: Connection, step_id: int) -> frozenset[str]:
    return frozenset(connection.scalars(_TABLES, {"step": step_id}))


def forget_oldest(connection: Connection, cap: int = CAP_BYTES) -> int:
    """Drop the oldest steps until the history is within the cap; the newest always stays."""
    columns = history_steps.c
    kept = func.sum(columns.bytes).over(order_by=columns.id.desc())
    sizes = select(columns.id, kept.label("kept")).subquery()
    newest = select(func.max(columns.id)).scalar_subquery()
    too_old = select(sizes.c.id).where(sizes.c.kept > cap, sizes.c.id != newest)
    return connection.execute(delete(history_steps).where(columns.id.in_(too_old))).rowcount


def _walk(
    connection: Connection, row: Row[*tuple[Any, ...]] | None, *, undone: bool
) -> tuple[HistoryStep, frozenset[str]] | None:
    if row is None:
        return None
    replay(connection, row.id)
    this = history_steps.c.id == row.id
    connection.execute(update(history_steps).where(this).values(undone=int(undone)))
    step = HistoryStep(row.id, row.title, row.made_at, undone, row.changes)
    return step, touched_tables(connection, row.id)


def _step(row: Row[*tuple[Any, ...]]) -> HistoryStep:
    return HistoryStep(row.id, row.title, row.made_at, bool(row.undone), row.changes)
