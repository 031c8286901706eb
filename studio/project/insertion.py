"""Adds one row and tells its id."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import Insert


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """The id of the new row."""
    key = connection.execute(_insert(table), dict(values)).inserted_primary_key
    if key is None:
        raise RuntimeError(f"the row of {table.name} got no id")
    return int(key[0])


@cache
def _insert(table: Table) -> Insert:
    return insert(table)
