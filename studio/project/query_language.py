"""Turns a query of the query bar into a condition on samples, and completes what is typed."""

import json
import re
from collections.abc import Mapping, Sequence
from operator import eq, ge, gt, le, lt
from typing import Any, assert_never

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    table,
    true,
)

from studio.project.query_syntax import (
    FIELDS,
    OPERATORS,
    And,
    Node,
    Not,
    Or,
    QueryError,
    Term,
    Word,
    parse,
)
from studio.project.schema import (
    answers,
    boxes,
    captions,
    images,
    labels,
    predictions,
    runs,
    samples,
    sources,
    suspects,
)
from studio.project.undecided import of_run, undecided

SHORTEST_INDEXED = 3  # the search index knows runs of three characters
COMPARISONS = dict[str, Any](zip(OPERATORS, (le, ge, lt, gt, eq), strict=True))
RUN = re.compile(r"(?:run\s*)?(\d{1,18})", re.IGNORECASE | re.ASCII)
WORD_AT_CURSOR = re.compile(r'(?:[A-Za-z]+:(?:"[^"]*"?)?)?[^\s()"]*$')

__all__ = ["FIELDS", "QueryError", "complete", "condition", "parse", "quote_value", "word_at"]


def condition(text: str) -> ColumnElement[bool]:
    """The condition on `samples` that a query stands for; QueryError where it cannot be read."""
    tree = parse(text)
    return true() if tree is None else _condition(tree)


def newest_run(*, kind: str = "predictions") -> ColumnElement[int]:
    """The newest train run that has predictions, or suspects; trashed ones do not count."""
    of = predictions.c.run_id if kind == "predictions" else suspects.c.run_id
    known = exists().where(of == runs.c.id)
    here = runs.c.trashed_at.is_(None)
    newest = select(func.max(runs.c.id)).where(runs.c.kind == "train", here, known)
    return newest.scalar_subquery()


def contains(text: str) -> Select[Any]:
    """The ids of captions that contain the text, by the index where it is long enough."""
    if len(text) < SHORTEST_INDEXED:
        return select(captions.c.id).where(captions.c.text.contains(text, autoescape=True))
    phrase = '"' + text.replace('"', '""') + '"'
    index = table("captions_fts", column("rowid"), column("captions_fts", String))
    matches = literal_column("captions_fts").op("MATCH")(bindparam(None, phrase, String))
    return select(index.c.rowid).where(matches)


def quote_value(value: str) -> str:
    """A value as it is written behind a field: quoted only where it must be."""
    if re.fullmatch(r'[^\s()"\\]+', value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def word_at(text: str, cursor: int) -> tuple[int, int]:
    """Where the word that is being typed starts and ends: what a completion replaces."""
    before = text[:cursor]
    match = WORD_AT_CURSOR.search(before)
    return (match.start() if match else cursor), cursor


def complete(text: str, cursor: int, values: Mapping[str, Sequence[str]]) -> list[str]:
    """What the word at the cursor may become; `values` are the known ones, by field."""
    start, end = word_at(text, cursor)
    typed = text[start:end]
    name, colon, begun = typed.partition(":")
    name = name.lower()
    if not colon:
        words = [f"{field}:" for field in FIELDS] + ["AND", "OR", "NOT"]
        return [word for word in words if typed and word.lower().startswith(name) and word != typed]
    if name not in FIELDS:
        return []
    known = [*FIELDS[name], *values.get(name, ())]
    begun = begun.lstrip('"').lower()
    found = [value for value in dict.fromkeys(known) if value.lower().startswith(begun)]
    return [f"{name}:{quote_value(value)}" for value in found if f"{name}:{value}" != typed]


def _condition(node: Node) -> ColumnElement[bool]:
    match node:
        case Word(text):
            return _caption(text)
        case Term():
            return _term(node)
        case Not(part):
            return not_(_condition(part))
        case And(parts):
            return and_(*(_condition(part) for part in parts))
        case Or(parts):
            return or_(*(_condition(part) for part in parts))
        case _:
            assert_never(node)


def _term(term: Term) -> ColumnElement[bool]:  # noqa: C901 - one line a field
    value = term.value
    match term.field:
        case "label":
            return _label(value)
        case "split":
            return func.coalesce(samples.c.split, "none") == value
        case "reviewed":
            return samples.c.reviewed == int(value == "yes")
        case "origin":
            return _has_first_caption(captions.c.origin == value)
        case "caption":
            return _caption(value)
        case "answer":
            return samples.c.answer.contains(value, autoescape=True)
        case "path":
            return _in_images(images.c.path.contains(value, autoescape=True))
        case "key":
            return samples.c.key.contains(value, autoescape=True)
        case "sample":
            return _samples(term)
        case "scene":
            return func.coalesce(samples.c.scene, "") == value
        case "source":
            named = select(sources.c.id).where(_same(sources.c.name, value))
            return _in_images(images.c.source_id.in_(named))
        case "predicted":
            return _predicted(_same(predictions.c.label, value), newest_run())
        case "wrong":
            return _wrong(value)
        case "conf":
            return _confidence(term.operator, float(value))
        case "suspect":
            return _yes(value, _suspect())
        case "suggested":
            return _suggested(value)
        case "has":
            return _has(value)
        case other:
            raise ValueError(f"no condition for the field {other}")


def _label(value: str) -> ColumnElement[bool]:
    named = samples.c.label_id.in_(select(labels.c.id).where(_same(labels.c.name, value)))
    named = func.coalesce(named, False)
    if value.lower() != "none":
        return named
    return or_(samples.c.label_id.is_(None), named)


def _same(where: ColumnElement[Any], value: str) -> ColumnElement[bool]:
    return func.lower(where) == func.lower(value)


def _caption(text: str) -> ColumnElement[bool]:
    found = select(captions.c.sample_id).where(captions.c.id.in_(contains(text)))
    return samples.c.id.in_(found)


def _has_first_caption(test: ColumnElement[bool]) -> ColumnElement[bool]:
    return samples.c.id.in_(select(captions.c.sample_id).where(captions.c.position == 0, test))


def _in_images(test: ColumnElement[bool]) -> ColumnElement[bool]:
    return func.coalesce(samples.c.image_id.in_(select(images.c.id).where(test)), False)


def _samples(term: Term) -> ColumnElement[bool]:
    """Ids first; a number that is no sample's id, and any other word, is taken as a key."""
    if term.quoted:
        return samples.c.key == term.value
    words = [word for word in term.value.split(",") if word]
    numbers = [int(word) for word in words if re.fullmatch(r"\d{1,18}", word, re.ASCII)]
    given = func.json_each(json.dumps(words)).table_valued("value", name="given_keys")
    ids = func.json_each(json.dumps(numbers)).table_valued("value", name="given_ids")
    other = samples.alias("other")
    is_id = exists().where(other.c.id == cast(given.c.value, Integer))
    keys = select(given.c.value).where(not_(is_id))
    return or_(samples.c.id.in_(select(ids.c.value)), samples.c.key.in_(keys))


def _predicted(test: ColumnElement[bool], run: ColumnElement[int]) -> ColumnElement[bool]:
    found = select(predictions.c.sample_id).where(predictions.c.run_id == run, test)
    return samples.c.id.in_(found)


def _wrong(value: str) -> ColumnElement[bool]:
    """Predicted otherwise than labelled now: by the newest run, or by a run's number or name."""
    run: ColumnElement[int] = newest_run()
    if value.lower() not in ("yes", "no"):
        number = RUN.fullmatch(value)
        named = _same(runs.c.name, value)
        if number is not None:
            named = or_(runs.c.id == int(number.group(1)), named)
        run = select(func.max(runs.c.id)).where(named).scalar_subquery()
    other = samples.alias("judged")
    agrees = predictions.c.label == labels.c.name
    judged = (
        select(other.c.id)
        .join(predictions, predictions.c.sample_id == other.c.id)
        .join(labels, labels.c.id == other.c.label_id)
        .where(predictions.c.run_id == run, agrees if value.lower() == "no" else not_(agrees))
    )
    return samples.c.id.in_(judged)


def _suggested(value: str) -> ColumnElement[bool]:
    """By a run's number or name: of the run that wrote, or of the one whose weights did."""
    number = RUN.fullmatch(value)
    trained = runs.alias("trained")
    named = select(trained.c.id).where(_same(trained.c.name, value))
    by = or_(runs.c.id.in_(named), runs.c.parent_id.in_(named))
    if number is not None:
        by = or_(of_run(int(number.group(1))), by)
    return samples.c.id.in_(undecided(by).with_only_columns(answers.c.sample_id))


def _confidence(operator: str, limit: float) -> ColumnElement[bool]:
    sure = func.coalesce(predictions.c.given_confidence, predictions.c.confidence)
    return _predicted(COMPARISONS[operator](sure, limit), newest_run())


def _suspect() -> ColumnElement[bool]:
    run = newest_run(kind="suspects")
    flagged = (suspects.c.run_id == run) & (suspects.c.flagged == 1)
    return samples.c.id.in_(select(suspects.c.sample_id).where(flagged))


def _has(value: str) -> ColumnElement[bool]:
    match value:
        case "image":
            return samples.c.image_id.is_not(None)
        case "caption":
            return _has_first_caption(captions.c.text != "")
        case "label":
            return samples.c.label_id.is_not(None)
        case "problem":
            return _in_images(images.c.problem.is_not(None))
        case "boxes":
            return samples.c.id.in_(select(boxes.c.sample_id))
        case "prediction":
            return _predicted(true(), newest_run())
        case "scene":
            return samples.c.scene.is_not(None)
        case "answer":
            return samples.c.answer != ""
        case "suggestion":
            return samples.c.id.in_(undecided().with_only_columns(answers.c.sample_id))
        case other:
            raise ValueError(f"no condition for has:{other}")


def _yes(value: str, test: ColumnElement[bool]) -> ColumnElement[bool]:
    return test if value == "yes" else not_(test)
