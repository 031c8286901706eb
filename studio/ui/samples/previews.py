"""What an act on the query would come to, before it is made."""

from typing import Any

from studio.document import Document
from studio.numbers import format_count
from studio.project import queries
from studio.project.query_language import quote_value
from studio.ui.samples.query_text import join
from studio.ui.samples.replace_strip import SHOWN, Preview, Replacement, change_of
from studio.ui.samples.split_strip import SplitWish

LOOKED_AT = 2000  # captions read for a preview in one go


def replacement(document: Document, query: str, wanted: Replacement) -> Preview:
    """How many captions of the query would change, and the first of them."""
    if not wanted.find.strip():
        return Preview(0, ())
    return document.query(_replacement, query, wanted)


def _replacement(connection: Any, query: str, wanted: Replacement) -> Preview:
    holding = join([*([f"({query})"] if query else []), f"caption:{quote_value(wanted.find)}"])
    ids = queries.sample_ids(connection, holding)
    count, changes = 0, []
    for start in range(0, len(ids), LOOKED_AT):
        for row in queries.sample_rows(connection, ids[start : start + LOOKED_AT]):
            change = change_of(row.key, row.caption, wanted)
            count += change is not None
            if change is not None and len(changes) < SHOWN:
                changes.append(change)
    return Preview(count, tuple(changes))


def split(document: Document, query: str, wish: SplitWish) -> str:
    """The numbers that a split comes to: the validation part is rounded up."""
    counts = document.query(queries.counts, query)
    free = counts.total - counts.label.get(None, 0)
    validation = -(-round(wish.share * free * 1e6) // 10**6)
    words = (
        f"{format_count(free - validation)} train, {format_count(validation)} validation "
        f"of {format_count(free)} labelled samples. Samples of the test split stay there."
    )
    unlabelled = counts.label.get(None, 0)
    return words + (f" {format_count(unlabelled)} unlabelled are left out." if unlabelled else "")
