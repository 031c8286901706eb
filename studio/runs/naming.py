"""The name of a run, which people may change; its number stays."""

from sqlalchemy import Connection, update

from studio.project import schema


def rename(connection: Connection, run_id: int, name: str) -> None:
    """Give a run another name."""
    runs = schema.runs
    connection.execute(update(runs).where(runs.c.id == run_id).values(name=name))
