"""Reads what the left panel shows: views, labels, splits and origins with their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio.document import Document
from studio.project import queries
from studio.project.records import Counts, LabelRow, ViewRow
from studio.ui.samples.filter_panel import FilterGroup, FilterRow
from studio.ui.samples.query_text import clause

LOW_CONFIDENCE = "conf:<0.6"
SUSPECTED = "suspect:yes"
UNREVIEWED = "reviewed:no"
SUGGESTED = "has:suggestion"
SPLIT_ICONS = {"train": "graduation-cap", "validation": "gauge", "test": "test-tube"}
ORIGIN_ICONS = {"human": "user", "import": "file-arrow-down", "run": "robot"}


@dataclass(frozen=True)
class PanelFacts:
    """Everything that is counted, read in one go on a thread of its own."""

    counts: Counts
    labels: tuple[LabelRow, ...]
    views: tuple[ViewRow, ...]
    view_counts: dict[str, int]
    values: dict[str, list[str]]
    missing_sources: int
    is_example: bool


def read_facts(document: Document) -> PanelFacts:
    """Counts of the whole project and of every view."""
    from studio.runs import example  # draws with Pillow, which no window needs before

    return document.query(_read, example.is_example(document))


def _read(connection: Any, is_example: bool) -> PanelFacts:
    views = tuple(queries.view_rows(connection))
    asked = [LOW_CONFIDENCE, SUSPECTED, SUGGESTED, *(view.query for view in views)]
    sources = queries.source_rows(connection)
    return PanelFacts(
        counts=queries.counts(connection),
        labels=tuple(queries.label_rows(connection)),
        views=views,
        view_counts={query: queries.count(connection, query) for query in asked},
        values=queries.search_values(connection),
        missing_sources=sum(not source.found for source in sources),
        is_example=is_example,
    )


def groups(facts: PanelFacts) -> list[FilterGroup]:
    """The panel's rows, from top to bottom."""
    return [
        FilterGroup("Views", tuple(_views(facts))),
        FilterGroup("Label", tuple(_labels(facts.counts, facts.labels))),
        FilterGroup("Split", tuple(_splits(facts.counts))),
        FilterGroup("Caption origin", tuple(_origins(facts.counts))),
    ]


def _views(facts: PanelFacts) -> list[FilterRow]:
    counts, found = facts.counts, facts.view_counts
    fixed = [
        FilterRow("All samples", "image", count=counts.total, query=""),
        FilterRow(
            "Unreviewed", "circle-half", count=counts.total - counts.reviewed, query=UNREVIEWED
        ),
        FilterRow("Low confidence", "target", count=found[LOW_CONFIDENCE], query=LOW_CONFIDENCE),
        FilterRow("Suspected labels", "flag", count=found[SUSPECTED], query=SUSPECTED),
    ]
    if found[SUGGESTED]:
        fixed.append(FilterRow("Suggestions", "robot", count=found[SUGGESTED], query=SUGGESTED))
    own = [
        FilterRow(
            view.name,
            "bookmark-simple",
            count=found.get(view.query),
            query=view.query,
            view_id=view.id,
        )
        for view in facts.views
    ]
    return [*fixed, *own]


def _labels(counts: Counts, labels: Sequence[LabelRow]) -> list[FilterRow]:
    rows = [
        FilterRow(
            label.name,
            shape=label.shape,
            colour=label.colour,
            count=counts.label.get(label.name, 0),
            clause=clause("label", label.name),
            bar=True,
        )
        for label in labels
    ]
    none = FilterRow(
        "unlabelled",
        shape="dashed",
        count=counts.label.get(None, 0),
        clause="label:none",
        bar=True,
    )
    return [*rows, none]


def _splits(counts: Counts) -> list[FilterRow]:
    rows = [
        FilterRow(
            name, icon, count=counts.split.get(name, 0), clause=clause("split", name), bar=True
        )
        for name, icon in SPLIT_ICONS.items()
    ]
    if counts.split.get(None):
        rows.append(
            FilterRow("no split", "minus", count=counts.split[None], clause="split:none", bar=True)
        )
    return rows


def _origins(counts: Counts) -> list[FilterRow]:
    return [
        FilterRow(name, icon, count=counts.origin.get(name, 0), clause=f"origin:{name}", bar=True)
        for name, icon in ORIGIN_ICONS.items()
    ]
