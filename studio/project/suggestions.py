"""Captions that runs suggest: what they wrote, and what people decided on it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    insert,
    literal,
    select,
    true,
)
from sqlalchemy.engine import Connection

from studio.errors import StudioError
from studio.project.caption_edits import add_caption, revise, write_caption
from studio.project.creation import now
from studio.project.query_language import condition
from studio.project.records import SuggestionRow
from studio.project.schema import answers, captions, decisions, runs, samples
from studio.project.selection import listed
from studio.project.undecided import of_run, undecided

_SAYS = func.trim(answers.c.text) != ""
_trained = runs.alias("trained")
_OWNER = func.coalesce(_trained.c.id, runs.c.id)  # the training whose weights wrote
_OWNER_NAME = func.coalesce(_trained.c.name, runs.c.name)
_OF_SAMPLE = (
    undecided(answers.c.sample_id == bindparam("sample"))
    .outerjoin(_trained, _trained.c.id == runs.c.parent_id)
    .with_only_columns(
        answers.c.run_id,
        answers.c.sample_id,
        answers.c.text,
        answers.c.step,
        _OWNER,
        _OWNER_NAME,
        runs.c.parent_id,
    )
    .order_by(_SAYS.desc(), answers.c.run_id.desc())
)


def suggested_to(sample_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a run suggests a caption for the sample of a statement."""
    return undecided(answers.c.sample_id == sample_id).exists()


def suggesting() -> Select[*tuple[Any, ...]]:
    """The names of runs that suggest captions, the newest first."""
    named = select(_OWNER_NAME).outerjoin(_trained, _trained.c.id == runs.c.parent_id)
    writing = (runs.c.kind == "caption") & runs.c.trashed_at.is_(None)
    return named.where(writing).group_by(_OWNER_NAME).order_by(func.max(runs.c.id).desc())


class OpenCounts(NamedTuple):
    """Samples that have an open suggestion, and those of them that have one with words."""

    samples: int
    acceptable: int


class OpenArm(NamedTuple):
    """A run that suggests: for how many samples, and for how many with words."""

    run_id: int
    name: str
    samples: int
    acceptable: int


def suggesting_arms(
    connection: Connection, query: str = "", ids: Iterable[int] | None = None
) -> list[OpenArm]:
    """The runs with open suggestions for these samples, the newest first."""
    number = func.count()
    counted = (
        _open_among(_chosen(query, ids))
        .outerjoin(_trained, _trained.c.id == runs.c.parent_id)
        .with_only_columns(answers.c.run_id, _OWNER_NAME, number, number.filter(_SAYS))
        .group_by(answers.c.run_id)
        .order_by(answers.c.run_id.desc())
    )
    return [OpenArm(*row) for row in connection.execute(counted)]


def open_suggestions(connection: Connection, sample_id: int) -> list[SuggestionRow]:
    """What runs suggest for a sample and nobody has decided on: with words, then the newest."""
    found = connection.execute(_OF_SAMPLE, {"sample": sample_id})
    return [SuggestionRow(*row[:6], tuned=row[6] is not None) for row in found]


def count_suggestions(
    connection: Connection, query: str = "", ids: Iterable[int] | None = None
) -> OpenCounts:
    """How many samples of a query, or of these, have a suggestion that is open."""
    chosen = _chosen(query, ids)
    number = func.count(answers.c.sample_id.distinct())
    counted = _open_among(chosen).with_only_columns(number, number.filter(_SAYS))
    return OpenCounts(*connection.execute(counted).one())


def captions_written(connection: Connection, run_id: int) -> list[tuple[str, str]]:
    """The key and the text of each caption that a run wrote, decided on or not."""
    found = select(samples.c.key, answers.c.text).join(samples, samples.c.id == answers.c.sample_id)
    rows = connection.execute(found.where(answers.c.run_id == run_id).order_by(samples.c.key))
    return [(row.key, row.text) for row in rows]


def accept_suggestion(
    connection: Connection, sample_id: int, run_id: int, text: str | None = None
) -> int:
    """Write a suggested caption, or the `text` that a person made of it, as the sample's; its id.

    The caption that was there stays as a revision. What other runs suggest is passed over.
    StudioError when the suggestion was decided on already, or says nothing.
    """
    found = {row.run_id: row for row in open_suggestions(connection, sample_id)}
    if run_id not in found:
        raise StudioError("This suggestion has been decided on already.", "Nothing was changed.")
    row, wanted = found[run_id], found[run_id].text if text is None else text
    if not wanted.strip():
        raise StudioError(
            "This suggestion is empty: there is nothing to accept.", "Reject it, or write your own."
        )
    this = samples.c.id == sample_id
    _decide(connection, this, "accepted" if text is None else "edited", run_id)
    _decide(connection, this, "passed")
    if text is None:
        return write_caption(connection, sample_id, row.text, "run", run_id=row.trained_id)
    return write_caption(connection, sample_id, wanted)


def reject_suggestion(connection: Connection, sample_id: int, run_id: int) -> int:
    """Mark a suggestion as not wanted; 0 when it was decided on already."""
    return _decide(connection, samples.c.id == sample_id, "rejected", run_id)


def accept_suggestions(
    connection: Connection,
    query: str = "",
    ids: Iterable[int] | None = None,
    *,
    run_id: int | None = None,
) -> int:
    """Accept a suggestion of every sample of a query, or of these; how many were.

    It is the newest with words, or that of the run; empty ones stay open, and those of other runs
    are passed over.
    """
    taken = connection.execute(_newest_with_words(_chosen(query, ids), run_id)).all()
    if not taken:
        return 0
    at = now()
    values = [(row.sample_id, row.run_id, "accepted", at) for row in taken]
    connection.exec_driver_sql(
        "INSERT INTO decisions (sample_id, run_id, verdict, decided_at) VALUES (?,?,?,?)", values
    )
    _decide(connection, samples.c.id.in_(listed(row.sample_id for row in taken)), "passed")
    first = [row for row in taken if row.caption_id is None]
    for row in first:
        add_caption(connection, row.sample_id, row.text, "run", run_id=row.trained_id)
    for trained_id in {row.trained_id for row in taken}:
        texts = [
            (row.caption_id, row.text)
            for row in taken
            if row.trained_id == trained_id and row.caption_id is not None
        ]
        revise(connection, texts, "run", trained_id)
    return len(taken)


def reject_suggestions(
    connection: Connection,
    query: str = "",
    ids: Iterable[int] | None = None,
    *,
    run_id: int | None = None,
) -> int:
    """Reject all suggestions of a query's samples, or of these; or only those of a run."""
    return _decide(connection, _chosen(query, ids), "rejected", run_id)


def _chosen(query: str, ids: Iterable[int] | None) -> ColumnElement[bool]:
    return condition(query) if ids is None else samples.c.id.in_(listed(ids))


def _open_among(chosen: ColumnElement[bool], run_id: int | None = None) -> Select[*tuple[Any, ...]]:
    """Open suggestions of these samples; those of a run that wrote, or whose weights did."""
    by = true() if run_id is None else of_run(run_id)
    return undecided(answers.c.sample_id.in_(select(samples.c.id).where(chosen)), by)


def _newest_with_words(chosen: ColumnElement[bool], run_id: int | None) -> Select[*tuple[Any, ...]]:
    """One row a sample: what is suggested, by whom, and the caption that it would replace."""
    newest = func.row_number().over(
        partition_by=answers.c.sample_id, order_by=answers.c.run_id.desc()
    )
    ranked = (
        _open_among(chosen, run_id)
        .outerjoin(_trained, _trained.c.id == runs.c.parent_id)
        .where(_SAYS)
        .add_columns(
            answers.c.text,
            _OWNER.label("trained_id"),
            newest.label("place"),
        )
        .subquery()
    )
    first = and_(captions.c.sample_id == ranked.c.sample_id, captions.c.position == 0)
    columns = (ranked.c[name] for name in ("sample_id", "run_id", "trained_id", "text"))
    return (
        select(*columns, captions.c.id.label("caption_id"))
        .outerjoin(captions, first)
        .where(ranked.c.place == 1)
        .order_by(ranked.c.sample_id)
    )


def _decide(
    connection: Connection,
    chosen: ColumnElement[bool],
    verdict: str,
    run_id: int | None = None,
) -> int:
    """Close what is open of these samples, or a run's part of it, with one verdict."""
    found = _open_among(chosen, run_id).add_columns(literal(verdict), literal(now()))
    names = ["sample_id", "run_id", "verdict", "decided_at"]
    return connection.execute(insert(decisions).from_select(names, found)).rowcount
