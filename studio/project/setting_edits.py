"""Edits of what is kept beside the samples: saved queries and recipes."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Connection

from studio.errors import StudioError
from studio.project.creation import now
from studio.project.insertion import insert_row
from studio.project.query_language import parse
from studio.project.schema import recipes, views


def save_view(connection: Connection, name: str, query: str) -> int:
    """Keep a query under a name, replacing the one of that name; its id."""
    name = _named(name)
    parse(query)
    known = connection.scalar(select(views.c.id).where(views.c.name == name))
    if known is not None:
        connection.execute(update(views).where(views.c.id == known).values(query=query))
        return int(known)
    last = connection.scalar(select(func.max(views.c.position)))
    values = {"name": name, "query": query, "position": 0 if last is None else last + 1}
    return insert_row(connection, views, values)


def rename_view(connection: Connection, view_id: int, name: str) -> int:
    """Give a saved query another name."""
    name = _named(name)
    if connection.scalar(select(views.c.id).where(views.c.name == name)) not in (None, view_id):
        raise StudioError(f"There is a view named {name} already.", "Choose another name.")
    return connection.execute(update(views).where(views.c.id == view_id).values(name=name)).rowcount


def remove_view(connection: Connection, view_id: int) -> int:
    """Forget a saved query."""
    return connection.execute(delete(views).where(views.c.id == view_id)).rowcount


def save_recipe(
    connection: Connection, name: str, based_on: str, options: Mapping[str, Any] | str
) -> int:
    """Keep options under a name, replacing the recipe of that name; its id."""
    name = _named(name)
    text = options if isinstance(options, str) else json.dumps(options, ensure_ascii=False)
    values = {"name": name, "based_on": based_on, "options": text, "changed_at": now()}
    known = connection.scalar(select(recipes.c.id).where(recipes.c.name == name))
    if known is not None:
        connection.execute(update(recipes).where(recipes.c.id == known).values(values))
        return int(known)
    return insert_row(connection, recipes, values)


def rename_recipe(connection: Connection, recipe_id: int, name: str) -> int:
    """Give a recipe of the project another name."""
    name = _named(name)
    same = select(recipes.c.id).where(recipes.c.name == name)
    if connection.scalar(same) not in (None, recipe_id):
        raise StudioError(f"There is a recipe named {name} already.", "Choose another name.")
    renamed = update(recipes).where(recipes.c.id == recipe_id).values(name=name, changed_at=now())
    return connection.execute(renamed).rowcount


def remove_recipe(connection: Connection, recipe_id: int) -> int:
    """Remove a recipe; runs that were made with it keep their options."""
    return connection.execute(delete(recipes).where(recipes.c.id == recipe_id)).rowcount


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise StudioError("A name is needed.")
    return name
