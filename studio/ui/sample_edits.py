"""The edits that Samples and Review share, each with the sentence the history shows for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio.document import Document
from studio.numbers import format_count
from studio.project import edits, queries
from studio.project.records import LabelRow, PredictionRow
from studio.ui.widgets.opinion_bars import Opinion

ALIASES = {"X": "dangerous", "P": "safe", "U": "unsure"}
CLEAR_KEY = "0"


@dataclass(frozen=True)
class Chosen:
    """What an edit is about: some samples by id, or all that a query finds."""

    ids: tuple[int, ...] = ()
    query: str | None = None  # not None: the whole query, whatever it holds when the edit is made
    count: int = 0
    key: str = ""  # the name of the sample when it is one

    @property
    def words(self) -> str:
        if self.count == 1 and self.key:
            return self.key
        return f"{format_count(self.count)} {'sample' if self.count == 1 else 'samples'}"


def set_label(document: Document, chosen: Chosen, label: LabelRow | None) -> None:
    """Gives a label, or takes it away."""
    name = label.name if label else "unlabelled"
    label_id: Any = label.id if label else None
    if chosen.query is not None:
        title = f"Relabel {chosen.words} {name}"
        document.edit(title, edits.relabel_query, chosen.query, label_id)
        return
    verb = "Label" if chosen.count == 1 else "Relabel"
    document.edit(f"{verb} {chosen.words} {name}", edits.set_label, list(chosen.ids), label_id)


def set_split(document: Document, chosen: Chosen, split: str | None) -> None:
    title = f"Put {chosen.words} into {split or 'no split'}"
    if chosen.query is not None:
        document.edit(title, edits.set_split_query, chosen.query, split)
    else:
        document.edit(title, edits.set_split, list(chosen.ids), split)


def set_reviewed(document: Document, chosen: Chosen, reviewed: bool) -> None:
    title = f"Mark {chosen.words} {'reviewed' if reviewed else 'not reviewed'}"
    if chosen.query is not None:
        document.edit(title, edits.review_query, chosen.query, reviewed)
    else:
        document.edit(title, edits.set_reviewed, list(chosen.ids), reviewed)


def write_caption(document: Document, sample_id: int, key: str, text: str) -> None:
    document.edit(f"Caption of {key}", edits.write_caption, sample_id, text)


def decide(document: Document, chosen: Chosen, label: LabelRow | None) -> None:
    """A decision of the review deck: label and reviewed mark in one step."""
    name = label.name if label else "unlabelled"
    document.edit(f"Label {chosen.words} {name}", _label_and_review, list(chosen.ids), label)


def _label_and_review(connection: Any, ids: list[int], label: LabelRow | None) -> None:
    label_id: Any = label.id if label else None
    edits.set_label(connection, ids, label_id)
    edits.set_reviewed(connection, ids, True)


def label_for_key(labels: Sequence[LabelRow], key: str) -> LabelRow | None:
    """The label that a key gives: its own key first, then the old aliases."""
    for label in labels:
        if label.key and label.key.upper() == key.upper():
            return label
    name = ALIASES.get(key.upper())
    return next((label for label in labels if label.name == name), None)


def opinions(predictions: Sequence[PredictionRow], labels: Sequence[LabelRow]) -> list[Opinion]:
    """Each run's probabilities in the order and colours of the labels."""
    colours = {label.name: label.colour for label in labels}
    order = {label.name: at for at, label in enumerate(labels)}
    found: list[Opinion] = []
    for each in predictions:
        names = sorted(each.probabilities, key=lambda name: order.get(name, len(order)))
        parts = tuple((name, colours.get(name, ""), each.probabilities[name]) for name in names)
        found.append(Opinion(each.run_name, parts))
    return found


def labels_of(document: Document) -> list[LabelRow]:
    return document.query(queries.label_rows)
