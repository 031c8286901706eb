"""Edits of the labels themselves: names, colours and keys."""

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Connection

from studio.errors import StudioError
from studio.project.insertion import insert_row
from studio.project.schema import labels

SHAPES = ("triangle", "circle", "square", "diamond", "pentagon", "star")
PLOT_COLOURS = 8


def add_label(
    connection: Connection, name: str, *, colour: str = "", shape: str = "", key: str = ""
) -> int:
    """A new label, with the next free colour, shape and digit unless they are given; its id."""
    name = _free_name(connection, name, None)
    count = int(connection.scalar(select(func.count()).select_from(labels)) or 0)
    position = int(connection.scalar(select(func.max(labels.c.position))) or 0) + 1
    used = set(connection.scalars(select(labels.c.key)))
    free = next((digit for digit in "123456789" if digit not in used), "")
    values = {
        "name": name,
        "colour": colour or f"plot-{count % PLOT_COLOURS + 1}",
        "shape": shape or SHAPES[count % len(SHAPES)],
        "key": _free_key(connection, key, None) if key else free,
        "position": position if count else 0,
    }
    return insert_row(connection, labels, values)


def rename_label(connection: Connection, label_id: int, name: str) -> int:
    """Give a label another name; its samples keep it."""
    return _change(connection, label_id, name=_free_name(connection, name, label_id))


def recolour_label(connection: Connection, label_id: int, colour: str) -> int:
    """Give a label another colour of the theme."""
    return _change(connection, label_id, colour=colour)


def set_label_key(connection: Connection, label_id: int, key: str) -> int:
    """Give a label another key, or none; a key of another label is refused."""
    return _change(connection, label_id, key=_free_key(connection, key, label_id))


def remove_label(connection: Connection, label_id: int) -> int:
    """Remove a label; its samples become unlabelled."""
    return connection.execute(delete(labels).where(labels.c.id == label_id)).rowcount


def _change(connection: Connection, label_id: int, **values: str) -> int:
    return connection.execute(update(labels).where(labels.c.id == label_id).values(values)).rowcount


def _free_name(connection: Connection, name: str, label_id: int | None) -> str:
    name = " ".join(name.split())
    if not name:
        raise StudioError("A label needs a name.")
    same = select(labels.c.id).where(func.lower(labels.c.name) == func.lower(name))
    if connection.scalar(same) not in (None, label_id):
        raise StudioError(f"There is a label named {name} already.", "Choose another name.")
    return name


def _free_key(connection: Connection, key: str, label_id: int | None) -> str:
    taken = select(labels.c.id, labels.c.name).where(labels.c.key == key)
    other = connection.execute(taken).first() if key else None
    if other is not None and other.id != label_id:
        raise StudioError(f"The key {key} gives the label {other.name}.", "Choose another key.")
    return key
