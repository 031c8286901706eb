"""Writes the tables of a new project, and says what a project's schema must look like."""

import re
import sqlite3
import time
from functools import cache

from sqlalchemy import create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from studio.project.schema import APPLICATION_ID, VERSION, labels, metadata

SEARCH_INDEX = (
    "CREATE VIRTUAL TABLE captions_fts USING fts5("
    "text, content='captions', content_rowid='id', tokenize='trigram')"
)
FIRST_LABELS = (
    ("dangerous", "dangerous", "triangle", "1"),
    ("safe", "safe", "circle", "2"),
    ("unsure", "unsure", "diamond", "3"),
)


def create_schema(connection: Connection) -> None:
    """All tables of the present version, the search index, and the marks of our files."""
    metadata.create_all(connection)
    connection.exec_driver_sql(SEARCH_INDEX)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def fill_new_project(connection: Connection) -> None:
    """The labels that every new project begins with."""
    rows = [
        {"name": name, "colour": colour, "shape": shape, "key": key, "position": position}
        for position, (name, colour, shape, key) in enumerate(FIRST_LABELS)
    ]
    connection.execute(labels.insert(), rows)


def now() -> float:
    """Seconds since 1970; the order of edits never depends on it."""
    return time.time()


@cache
def expected_schema() -> frozenset[tuple[str, str, str]]:
    """The fingerprint of the present version: kind, name and definition of everything."""
    raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    with engine.connect() as connection:
        create_schema(connection)
        connection.commit()
    fingerprint = schema_of(raw)
    raw.close()
    return fingerprint


def schema_of(raw: sqlite3.Connection) -> frozenset[tuple[str, str, str]]:
    """What a file declares, with spacing and quotes made equal."""
    columns = "CAST(type AS BLOB), CAST(name AS BLOB), CAST(coalesce(sql, '') AS BLOB)"
    rows = raw.execute(f"SELECT {columns} FROM sqlite_schema").fetchall()  # noqa: S608 - constant
    return frozenset((_text(kind), _text(name), _plain(_text(sql))) for kind, name, sql in rows)


def _text(value: bytes) -> str:
    """A damaged file need not hold UTF-8."""
    return value.decode("utf-8", "replace")


def _plain(sql: str) -> str:
    return re.sub(r"\s*([(),])\s*", r"\1", " ".join(sql.split())).replace('"', "'")
