"""Which samples the grid walks over: a query in an order, its first page read at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio.document import Document
from studio.errors import StudioError
from studio.project import queries
from studio.project.query_language import QueryError
from studio.ui.samples import query_text

FIRST = 600  # ids that are read before the window paints; the rest follows from a thread


@dataclass(frozen=True)
class Asked:
    """What is browsed; with `suspects_of`, only what that run suspects."""

    query: str = ""
    order: str = "key"
    suspects_of: int | None = None


@dataclass(frozen=True)
class Wrong:
    """Where a query cannot be read, and in words why."""

    position: int
    length: int
    words: str


def problem_of(document: Document, query: str) -> Wrong | None:
    """None when the query can be asked."""
    try:
        document.query(queries.sample_ids, query, limit=1)
    except QueryError as error:
        return Wrong(error.position, error.length, error.message)
    except StudioError as error:
        return Wrong(0, len(query), error.message)
    return None


def first_ids(document: Document, asked: Asked) -> list[int]:
    """The first of them, whatever the project's size."""
    return document.query(
        queries.sample_ids, asked.query, asked.order, asked.suspects_of, limit=FIRST
    )


def all_ids(document: Document, asked: Asked) -> list[int]:
    """All of them."""
    return document.query(queries.sample_ids, asked.query, asked.order, asked.suspects_of)


def without_a_clause(document: Document, query: str) -> tuple[str, str, int]:
    """The clause whose removal finds most, the query that is left, and how many it finds."""
    return document.query(_without, query_text.without_each(query))


def _without(connection: Any, parts: Sequence[tuple[str, str]]) -> tuple[str, str, int]:
    found = [(part, left, queries.count(connection, left)) for part, left in parts]
    return max(found, key=lambda each: each[2], default=("", "", 0))
