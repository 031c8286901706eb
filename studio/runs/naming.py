"""The name of a run, which people may change; its number stays."""

from sqlalchemy import Connection, update

from studio.project import schema
from studio.project.records import RunRow


def rename(connection: Connection, run_id: int, name: str) -> None:
    """Give a run another name."""
    runs = schema.runs
    connection.execute(update(runs).where(runs.c.id == run_id).values(name=name))


def numbered(row: RunRow) -> str:
    """Run 3 · labels fixed; a name that begins with the number already stays as it is."""
    number = f"Run {row.id}"
    if not row.name or row.name == number:
        return number
    return row.name if row.name.startswith(f"{number} ") else f"{number} · {row.name}"


def in_words(row: RunRow) -> str:
    """A run inside a sentence: run 3."""
    return f"run {row.id}"
