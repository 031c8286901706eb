"""Records the inverse of every edit as rows, by TEMP triggers, and replays it.

The triggers are made from the metadata at each open, so the file itself never holds one. A replay
runs with recording on: the same triggers write its own inverse, so redo is the same walk as undo.
"""

import json
import math
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import REAL, Column, Integer, Table, bindparam, delete, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import Delete, Insert, Update

from studio.errors import StudioError
from studio.project.schema import EDITED_TABLES, history_changes

LONGEST_OLD_ROW = 16 * 1024 * 1024  # characters of JSON; a caption is refused long before
LARGEST_INTEGER = 2**63
_TABLES = {table.name: table for table in EDITED_TABLES}


@dataclass(frozen=True)
class RowChange:
    """One recorded change: what to do to take it back."""

    table: Table
    operation: str
    row_id: int
    old: dict[str, str | int | float | None]

    @property
    def kind(self) -> tuple[str, str, tuple[str, ...]]:
        """Changes of one kind are replayed by one statement."""
        return self.table.name, self.operation, tuple(self.old)


def install_triggers(raw: sqlite3.Connection) -> None:
    """Make this connection record edits and keep the search index in step."""
    raw.execute("CREATE TEMP TABLE recording (step_id INTEGER NOT NULL) STRICT")
    for table in EDITED_TABLES:
        for statement in _triggers_of(table):
            raw.execute(statement)
    for statement in SEARCH_TRIGGERS:
        raw.execute(statement)


def start_recording(connection: Connection, step_id: int) -> None:
    """From here on, within this transaction, changes of edited tables belong to the step."""
    connection.exec_driver_sql("INSERT INTO temp.recording VALUES (?)", (step_id,))


def stop_recording(connection: Connection) -> None:
    connection.exec_driver_sql("DELETE FROM temp.recording")


def replay(connection: Connection, step_id: int) -> int:
    """Take back what the step recorded, recording the inverse; all of it, or StudioError."""
    changes = list(_read_changes(connection, step_id))
    connection.execute(delete(history_changes).where(history_changes.c.step_id == step_id))
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    start_recording(connection, step_id)
    for _, group in groupby(changes, key=lambda change: change.kind):
        _take_back(connection, list(group))
    stop_recording(connection)
    return len(changes)


SEARCH_TRIGGERS = (
    """CREATE TEMP TRIGGER search_insert AFTER INSERT ON main.captions BEGIN
    INSERT INTO captions_fts(rowid, text) VALUES (NEW.id, NEW.text); END""",
    """CREATE TEMP TRIGGER search_delete AFTER DELETE ON main.captions BEGIN
    INSERT INTO captions_fts(captions_fts, rowid, text) VALUES ('delete', OLD.id, OLD.text); END""",
    """CREATE TEMP TRIGGER search_update AFTER UPDATE OF text ON main.captions
    WHEN OLD.text IS NOT NEW.text BEGIN
    INSERT INTO captions_fts(captions_fts, rowid, text) VALUES ('delete', OLD.id, OLD.text);
    INSERT INTO captions_fts(rowid, text) VALUES (NEW.id, NEW.text); END""",
)


def _triggers_of(table: Table) -> Iterator[str]:
    name = table.name
    columns = [column for column in table.c if not column.primary_key]
    finite = _refuse_infinite(columns)
    changed = " OR ".join(f"OLD.{column.name} IS NOT NEW.{column.name}" for column in columns)
    whole = " || ',' || ".join(_member(column) for column in columns)
    parts = " || ".join(
        f"CASE WHEN OLD.{column.name} IS NOT NEW.{column.name}"
        f" THEN ',' || {_member(column)} ELSE '' END"
        for column in columns
    )
    yield (
        f"CREATE TEMP TRIGGER record_insert_{name} AFTER INSERT ON main.{name} BEGIN {finite}"
        f"{_write(name, 'I', 'NEW.id', 'NULL')} END"
    )
    yield (
        f"CREATE TEMP TRIGGER record_delete_{name} AFTER DELETE ON main.{name} BEGIN "
        f"{_write(name, 'D', 'OLD.id', _object(whole))} END"
    )
    yield (
        f"CREATE TEMP TRIGGER record_update_{name} AFTER UPDATE ON main.{name}"
        f" WHEN {changed} BEGIN {finite}"
        f"{_write(name, 'U', 'OLD.id', _object(f'substr({parts}, 2)'))} END"
    )
    yield (
        f"CREATE TEMP TRIGGER keep_id_{name} BEFORE UPDATE OF id ON main.{name}"
        " WHEN OLD.id IS NOT NEW.id BEGIN SELECT RAISE(ABORT, 'an id never changes'); END"
    )


def _write(table: str, operation: str, row_id: str, old: str) -> str:
    return (
        "INSERT INTO history_changes (step_id, table_name, operation, row_id, old)"  # noqa: S608
        f" SELECT step_id, '{table}', '{operation}', {row_id}, {old} FROM temp.recording;"
    )


def _object(members: str) -> str:
    return "'{' || " + members + " || '}'"


def _member(column: Column[Any]) -> str:
    """The SQL that writes one member of the JSON; SQLite's own JSON keeps 15 digits of a real.

    17 would be enough in theory, but SQLite rounds the last one wrongly for extreme exponents.
    """
    value = f"OLD.{column.name}"
    if isinstance(column.type, REAL):
        number = f"CASE WHEN {value} IS NULL THEN 'null' ELSE printf('%!.20g', {value}) END"
        return f"'\"{column.name}\":' || {number}"
    return f"'\"{column.name}\":' || json_quote({value})"


def _refuse_infinite(columns: list[Column[Any]]) -> str:
    reals = [column.name for column in columns if isinstance(column.type, REAL)]
    if not reals:
        return ""
    tests = " OR ".join(f"abs(NEW.{name}) = 9e999" for name in reals)
    return f"SELECT RAISE(ABORT, 'a number is not finite') WHERE {tests}; "


def _read_changes(connection: Connection, step_id: int) -> Iterator[RowChange]:
    mine = history_changes.c.step_id == step_id
    longest = connection.scalar(select(func.max(func.length(history_changes.c.old))).where(mine))
    if longest is not None and longest > LONGEST_OLD_ROW:
        raise unreadable("a row in it is too long")
    columns = history_changes.c
    query = select(columns.table_name, columns.operation, columns.row_id, columns.old)
    rows = connection.execute(query.where(mine).order_by(columns.id.desc()))
    for table_name, operation, row_id, old in rows.all():
        yield _decode(table_name, operation, row_id, old)


def _decode(table_name: str, operation: str, row_id: int, old: str | None) -> RowChange:
    """A change as recorded by the triggers; anything else is refused."""
    table = _TABLES.get(table_name)
    if table is None or operation not in ("I", "U", "D"):
        raise unreadable("it names what no edit touches")
    if operation == "I":
        return RowChange(table, operation, row_id, {})
    try:
        values = json.loads(old or "")
    except (ValueError, RecursionError) as error:
        raise unreadable("a row in it is not readable") from error
    if not isinstance(values, dict) or not values:
        raise unreadable("a row in it is empty")
    columns = [column for column in table.c if not column.primary_key]
    known = {column.name: column for column in columns}
    if not set(values) <= set(known) or (operation == "D" and len(values) != len(known)):
        raise unreadable("a row in it has other columns")
    if not all(_fits(known[name], value) for name, value in values.items()):
        raise unreadable("a value in it is of another kind")
    return RowChange(table, operation, row_id, values)


def _fits(column: Column[Any], value: object) -> bool:
    if value is None:
        return bool(column.nullable)
    if isinstance(value, bool):
        return False
    if isinstance(column.type, Integer):
        return isinstance(value, int) and -LARGEST_INTEGER <= value < LARGEST_INTEGER
    if isinstance(column.type, REAL):
        return isinstance(value, float) and math.isfinite(value)
    return isinstance(value, str)


def _take_back(connection: Connection, changes: list[RowChange]) -> None:
    first = changes[0]
    if first.operation == "D":
        rows = [{"id": change.row_id, **change.old} for change in changes]
        rows = _without_gone_runs(connection, rows) if "run_id" in first.old else rows
    else:
        rows = [
            {
                "row_id": change.row_id,
                **{f"old_{name}": value for name, value in change.old.items()},
            }
            for change in changes
        ]
    done = connection.execute(_inverse(first), rows).rowcount
    if done != len(changes):
        raise unreadable(f"{len(changes) - done} rows of it were changed by another program")


def _inverse(change: RowChange) -> Insert | Update | Delete:
    table = change.table
    match change.operation:
        case "I":
            return table.delete().where(table.c.id == bindparam("row_id"))
        case "U":
            values = {name: bindparam(f"old_{name}") for name in change.old}
            return table.update().where(table.c.id == bindparam("row_id")).values(values)
        case _:
            return table.insert()


def _without_gone_runs(
    connection: Connection, rows: list[dict[str, str | int | float | None]]
) -> list[dict[str, str | int | float | None]]:
    """Runs are no part of undo: a caption that comes back forgets a run deleted meanwhile."""
    known = {row[0] for row in connection.exec_driver_sql("SELECT id FROM runs")}
    return [row if row["run_id"] in known else {**row, "run_id": None} for row in rows]


def unreadable(reason: str) -> StudioError:
    """The refusal of a step; the transaction that raises it is rolled back."""
    return StudioError(f"This step cannot be undone or redone: {reason}.", "Nothing was changed.")
