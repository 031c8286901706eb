"""Edits of captions; every text that is replaced stays as a revision."""

import re

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from studio.errors import StudioError
from studio.project.creation import now
from studio.project.insertion import insert_row
from studio.project.query_language import contains
from studio.project.schema import ORIGINS, caption_revisions, captions
from studio.project.selection import listed, matching

LONGEST_CAPTION = 1_000_000  # characters


def write_caption(
    connection: Connection,
    sample_id: int,
    text: str,
    origin: str = "human",
    *,
    run_id: int | None = None,
) -> int:
    """Replace the caption that is trained on, or write the first one; its id."""
    _check(text, origin)
    of_sample = select(captions).where(captions.c.sample_id == sample_id)
    first = connection.execute(of_sample.order_by(captions.c.position, captions.c.id)).first()
    if first is None:
        return add_caption(connection, sample_id, text, origin, run_id=run_id)
    if (first.text, first.origin) != (text, origin):
        revise(connection, [(first.id, text)], origin, run_id)
    return first.id


def add_caption(
    connection: Connection,
    sample_id: int,
    text: str,
    origin: str = "human",
    *,
    run_id: int | None = None,
) -> int:
    """Write one more caption behind the others; its id."""
    _check(text, origin)
    last = select(func.max(captions.c.position)).where(captions.c.sample_id == sample_id)
    position = connection.scalar(last)
    values = {
        "sample_id": sample_id,
        "position": 0 if position is None else position + 1,
        "text": text,
        "origin": origin,
        "run_id": run_id,
        "revision": 1,
        "written_at": now(),
    }
    return insert_row(connection, captions, values)


def remove_caption(connection: Connection, caption_id: int) -> int:
    """Remove a caption; those behind it move up. 0 when it is gone already."""
    gone = connection.execute(select(captions).where(captions.c.id == caption_id)).one_or_none()
    if gone is None:
        return 0
    connection.execute(delete(captions).where(captions.c.id == caption_id))
    behind = (captions.c.sample_id == gone.sample_id) & (captions.c.position > gone.position)
    moved = update(captions).where(behind).values(position=captions.c.position - 1)
    connection.execute(moved)
    return 1


def promote_caption(connection: Connection, caption_id: int) -> int:
    """Make a caption the one that is trained on; those before it move back."""
    chosen = connection.execute(select(captions).where(captions.c.id == caption_id)).one_or_none()
    if chosen is None or chosen.position == 0:
        return 0
    before = (captions.c.sample_id == chosen.sample_id) & (captions.c.position < chosen.position)
    connection.execute(update(captions).where(before).values(position=captions.c.position + 1))
    connection.execute(update(captions).where(captions.c.id == caption_id).values(position=0))
    return 1


def replace_in_captions(
    connection: Connection, query: str, find: str, replace: str, *, match_case: bool = False
) -> int:
    """Replace a text in the first captions of a query's samples; the number of captions changed."""
    if not find:
        raise StudioError("There is nothing to find.", "Type the text to replace.")
    _check(replace, "human")
    where = (captions.c.sample_id.in_(matching(query)), captions.c.position == 0)
    found = select(captions.c.id, captions.c.text).where(*where)
    if find.isascii() or match_case:  # case folding of other scripts may change the length
        found = found.where(captions.c.id.in_(contains(find)))
    pattern = re.compile(re.escape(find), 0 if match_case else re.IGNORECASE)
    changed: list[tuple[int, str]] = []
    for caption_id, text in connection.execute(found):
        new = pattern.sub(lambda _match: replace, text)
        if new != text:
            _check(new, "human")
            changed.append((caption_id, new))
    revise(connection, changed, "human", None)
    return len(changed)


def revise(
    connection: Connection, texts: list[tuple[int, str]], origin: str, run_id: int | None
) -> None:
    """Put the present texts aside as revisions and write the new ones."""
    if not texts:
        return
    columns = captions.c
    present = select(
        columns.id, columns.revision, columns.text, columns.origin, columns.written_at
    ).where(columns.id.in_(listed(caption_id for caption_id, _ in texts)))
    names = ["caption_id", "revision", "text", "origin", "written_at"]
    connection.execute(insert(caption_revisions).from_select(names, present))
    at = now()
    connection.exec_driver_sql(
        "UPDATE captions SET text = ?, origin = ?, run_id = ?, revision = revision + 1,"
        " written_at = ? WHERE id = ?",
        [(text, origin, run_id, at, caption_id) for caption_id, text in texts],
    )


def _check(text: str, origin: str) -> None:
    if origin not in ORIGINS:
        raise StudioError(f"A caption cannot come from “{origin}”.")
    if len(text) > LONGEST_CAPTION:
        raise StudioError(f"This caption is too long: {len(text):,} characters.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise StudioError("This caption holds half a character that cannot be saved.") from None
