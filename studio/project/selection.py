"""The samples that an edit acts on: a list of ids, or a query, as a condition in SQL."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select

from studio.project.query_language import condition
from studio.project.schema import samples


def listed(ids: Iterable[int]) -> Select[Any]:
    """The ids as a table; a list of any length is one parameter."""
    values = json.dumps([int(value) for value in ids])
    return select(func.json_each(values).table_valued("value", name="listed").c.value)


def matching(query: str) -> Select[Any]:
    """The ids of the samples of a query."""
    return select(samples.c.id).where(condition(query))
