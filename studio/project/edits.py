"""Every edit of a project: a function of a connection, run by `Document.edit` as one step.

What acts on many samples acts in SQL, on the query or on the ids, never on loaded rows.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, or_, update
from sqlalchemy.engine import Connection

from studio.errors import StudioError
from studio.project.answer_edits import write_answer, write_instruction
from studio.project.caption_edits import (
    add_caption,
    promote_caption,
    remove_caption,
    replace_in_captions,
    write_caption,
)
from studio.project.insertion import insert_row
from studio.project.label_edits import (
    add_label,
    recolour_label,
    remove_label,
    rename_label,
    set_label_key,
)
from studio.project.query_language import condition
from studio.project.records import NewBox
from studio.project.schema import SPLITS, boxes, samples, sources
from studio.project.selection import listed
from studio.project.setting_edits import (
    remove_recipe,
    remove_view,
    rename_recipe,
    rename_view,
    save_recipe,
    save_view,
)
from studio.project.split import split_samples
from studio.project.suggestions import (
    accept_suggestion,
    accept_suggestions,
    reject_suggestion,
    reject_suggestions,
)

__all__ = [
    "accept_suggestion",
    "accept_suggestions",
    "add_boxes",
    "add_caption",
    "add_label",
    "delete_samples",
    "promote_caption",
    "recolour_label",
    "reject_suggestion",
    "reject_suggestions",
    "relabel_query",
    "relink_source",
    "remove_boxes",
    "remove_caption",
    "remove_label",
    "remove_recipe",
    "remove_view",
    "rename_label",
    "rename_recipe",
    "rename_view",
    "replace_in_captions",
    "review_query",
    "save_recipe",
    "save_view",
    "set_label",
    "set_label_key",
    "set_reviewed",
    "set_scene",
    "set_split",
    "set_split_query",
    "split_samples",
    "write_answer",
    "write_caption",
    "write_instruction",
]


def set_label(connection: Connection, ids: Iterable[int], label_id: int | None) -> int:
    """Label samples, or take their label away; the number of those that changed."""
    return _set(connection, samples.c.id.in_(listed(ids)), "label_id", label_id)


def set_split(connection: Connection, ids: Iterable[int], split: str | None) -> int:
    """Put samples into train, validation, test, or none of them."""
    return _set(connection, samples.c.id.in_(listed(ids)), "split", _known_split(split))


def set_reviewed(connection: Connection, ids: Iterable[int], reviewed: bool) -> int:
    """Mark samples as looked at by a person, or take the mark away."""
    return _set(connection, samples.c.id.in_(listed(ids)), "reviewed", int(reviewed))


def set_scene(connection: Connection, ids: Iterable[int], scene: str | None) -> int:
    """Say which samples show one scene: a split never parts them."""
    return _set(connection, samples.c.id.in_(listed(ids)), "scene", scene or None)


def relabel_query(connection: Connection, query: str, label_id: int | None) -> int:
    """Label every sample of a query."""
    return _set(connection, condition(query), "label_id", label_id)


def set_split_query(connection: Connection, query: str, split: str | None) -> int:
    """Put every sample of a query into one split."""
    return _set(connection, condition(query), "split", _known_split(split))


def review_query(connection: Connection, query: str, reviewed: bool = True) -> int:
    """Mark every sample of a query as reviewed, or not."""
    return _set(connection, condition(query), "reviewed", int(reviewed))


def delete_samples(connection: Connection, ids: Iterable[int]) -> int:
    """Remove samples with their captions and boxes; image files on disk stay."""
    return connection.execute(delete(samples).where(samples.c.id.in_(listed(ids)))).rowcount


def add_boxes(connection: Connection, sample_id: int, rectangles: Sequence[NewBox]) -> list[int]:
    """Draw boxes on a sample; their ids."""
    for box in rectangles:
        _check_box(box)
    rows = [
        {
            "sample_id": sample_id,
            "name": box.name,
            "x": float(box.x),
            "y": float(box.y),
            "width": float(box.width),
            "height": float(box.height),
            "origin": box.origin,
        }
        for box in rectangles
    ]
    return [insert_row(connection, boxes, row) for row in rows]


def remove_boxes(connection: Connection, ids: Iterable[int]) -> int:
    """Remove boxes by their ids."""
    return connection.execute(delete(boxes).where(boxes.c.id.in_(listed(ids)))).rowcount


def relink_source(connection: Connection, source_id: int, root: str) -> int:
    """Say where the images of a source lie now: a path relative to the project's folder."""
    there = sources.c.id == source_id
    return connection.execute(update(sources).where(there).values(root=str(root))).rowcount


def _set(
    connection: Connection,
    condition: ColumnElement[bool],
    column: str,
    value: str | int | None,
) -> int:
    """Give a column of samples a value where it has another one."""
    there = samples.c[column]
    other = there.is_not(None) if value is None else or_(there.is_(None), there != value)
    return connection.execute(
        update(samples).where(condition, other).values({column: value})
    ).rowcount


def _known_split(split: str | None) -> str | None:
    if split is not None and split not in SPLITS:
        raise StudioError(f"There is no split named {split}.", "Use train, validation or test.")
    return split


def _check_box(box: NewBox) -> None:
    sides = (box.x, box.y, box.width, box.height)
    inside = all(0.0 <= side <= 1.0 for side in sides)
    if not inside or box.x + box.width > 1.000001 or box.y + box.height > 1.000001:
        raise StudioError(f"The box “{box.name}” lies outside its image.", "Nothing was changed.")
