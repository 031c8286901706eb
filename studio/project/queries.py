"""Every question about a project: a function of a connection, run by `Document.query`."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.engine import Connection

from studio.errors import StudioError
from studio.project.query_language import condition, newest_run
from studio.project.records import (
    BoxRow,
    CaptionRow,
    Counts,
    LabelRow,
    RecipeRow,
    RevisionRow,
    SampleDetail,
    SourceRow,
    TrainingSample,
    ViewRow,
)
from studio.project.run_queries import (
    answers,
    attention_maps,
    best_evaluation,
    blob,
    checkpoints,
    curve,
    evaluations,
    measurements,
    metric_names,
    neighbours,
    perplexities,
    predictions,
    predictions_of_sample,
    run,
    run_rows,
    run_samples,
    suspects,
)
from studio.project.sample_rows import sample_rows
from studio.project.schema import (
    ORIGINS,
    SPLITS,
    boxes,
    caption_revisions,
    captions,
    history_changes,
    history_steps,
    images,
    labels,
    recipes,
    runs,
    samples,
    sources,
    views,
)
from studio.project.schema import predictions as prediction_table
from studio.project.schema import suspects as suspect_table
from studio.project.selection import listed
from studio.project.store import project_folder
from studio.project.suggestions import (
    captions_written,
    count_suggestions,
    open_suggestions,
    suggesting,
    suggesting_arms,
)

__all__ = [
    "ORDERS",
    "answers",
    "attention_maps",
    "best_evaluation",
    "blob",
    "boxes_of",
    "captions_written",
    "checkpoints",
    "count",
    "count_suggestions",
    "counts",
    "curve",
    "evaluations",
    "label_rows",
    "measurements",
    "metric_names",
    "neighbours",
    "open_suggestions",
    "perplexities",
    "predictions",
    "predictions_of_sample",
    "recipe_rows",
    "run",
    "run_rows",
    "run_samples",
    "sample_detail",
    "sample_ids",
    "sample_rows",
    "search_values",
    "source_rows",
    "suggesting_arms",
    "suspects",
    "training_samples",
    "view_rows",
]

ORDERS = ("key", "confidence", "suspect", "label", "length", "newest")

# What a key press waits for is put together once: SQLAlchemy takes longer for that than SQLite.
_SAMPLE = bindparam("sample")
_BOXES = (
    select(*(boxes.c[name] for name in ("id", "name", "x", "y", "width", "height", "origin")))
    .where(boxes.c.sample_id == _SAMPLE)
    .order_by(boxes.c.id)
)
_CAPTIONS = (
    select(captions)
    .where(captions.c.sample_id == _SAMPLE)
    .order_by(captions.c.position, captions.c.id)
)
_OLDER_CAPTIONS = (
    select(caption_revisions)
    .join(captions, captions.c.id == caption_revisions.c.caption_id)
    .where(captions.c.sample_id == _SAMPLE)
    .order_by(caption_revisions.c.revision.desc())
)


def sample_ids(
    connection: Connection,
    query: str = "",
    order: str = "key",
    suspects_of: int | None = None,
    *,
    limit: int | None = None,
) -> list[int]:
    """The samples of a query in an order; with `suspects_of`, those flagged by that run."""
    chosen = _ordered(select(samples.c.id), order, suspects_of).where(condition(query))
    if suspects_of is not None:
        chosen = chosen.where(suspect_table.c.flagged == 1)
    rows = chosen.limit(limit).subquery()
    # One string takes a tenth of the time that rows take.
    joined = connection.scalar(select(func.group_concat(rows.c.id)))
    return json.loads(f"[{joined or ''}]")


def count(connection: Connection, query: str = "") -> int:
    """How many samples a query has."""
    return int(
        connection.scalar(select(func.count()).select_from(samples).where(condition(query))) or 0
    )


def has_only_answers(connection: Connection) -> bool:
    """Whether some sample has an answer, and none a label."""
    labelled = select(samples.c.id).where(samples.c.label_id.is_not(None)).limit(1)
    answered = select(samples.c.id).where(samples.c.answer != "").limit(1)
    return connection.scalar(answered) is not None and connection.scalar(labelled) is None


def has_only_captions(connection: Connection) -> bool:
    """Whether some sample has a picture and a caption, and none a label or an answer."""
    told = select(samples.c.id).where((samples.c.label_id.is_not(None)) | (samples.c.answer != ""))
    pictured = (
        select(samples.c.id)
        .join(captions, captions.c.sample_id == samples.c.id)
        .where(samples.c.image_id.is_not(None))
    )
    return (
        connection.scalar(pictured.limit(1)) is not None
        and connection.scalar(told.limit(1)) is None
    )


def counts(connection: Connection, query: str = "") -> Counts:
    """The samples of a query by label, split, origin of the caption, and how many are reviewed."""
    where = condition(query)
    names = {row.id: row.name for row in connection.execute(select(labels.c.id, labels.c.name))}
    columns = (samples.c.label_id, samples.c.split, samples.c.reviewed)
    by_label: dict[str | None, int] = dict.fromkeys([*names.values(), None], 0)
    by_split: dict[str | None, int] = dict.fromkeys([*SPLITS, None], 0)
    total = reviewed = 0
    grouped = select(*columns, func.count()).where(where).group_by(*columns)
    for label_id, split, is_reviewed, number in connection.execute(grouped):
        by_label[names.get(label_id)] += number
        by_split[split] += number
        total += number
        reviewed += number if is_reviewed else 0
    by_origin: dict[str, int] = dict.fromkeys(ORIGINS, 0)
    origins = select(captions.c.origin, func.count()).where(captions.c.position == 0)
    if query.strip():
        origins = origins.where(captions.c.sample_id.in_(select(samples.c.id).where(where)))
    for origin, number in connection.execute(origins.group_by(captions.c.origin)):
        by_origin[origin] = number
    return Counts(total, reviewed, by_label, by_split, by_origin)


def sample_detail(connection: Connection, sample_id: int) -> SampleDetail:
    """All that is known of a sample; StudioError when it is gone."""
    rows = sample_rows(connection, [sample_id])
    if not rows:
        raise StudioError("This sample is not in the project any more.")
    drawn = connection.execute(_BOXES, {"sample": sample_id})
    return SampleDetail(
        row=rows[0],
        captions=tuple(_captions(connection, sample_id)),
        boxes=tuple(BoxRow(*row) for row in drawn),
        predictions=tuple(predictions_of_sample(connection, sample_id)),
        suggestions=tuple(open_suggestions(connection, sample_id)) if rows[0].suggested else (),
    )


def boxes_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[BoxRow]]:
    """The boxes of these samples, in the order they were drawn; none for a sample without."""
    names = ("id", "name", "x", "y", "width", "height", "origin")
    query = select(boxes.c.sample_id, *(boxes.c[name] for name in names))
    found: dict[int, list[BoxRow]] = {}
    chosen = query.where(boxes.c.sample_id.in_(listed(ids))).order_by(boxes.c.id)
    for sample_id, *values in connection.execute(chosen):
        found.setdefault(sample_id, []).append(BoxRow(*values))
    return found


def label_rows(connection: Connection) -> list[LabelRow]:
    """The labels in their order, with the number of their samples."""
    number = select(func.count()).where(samples.c.label_id == labels.c.id).correlate(labels)
    columns = [labels.c[name] for name in ("id", "name", "colour", "shape", "key", "position")]
    query = select(*columns, number.scalar_subquery()).order_by(labels.c.position, labels.c.id)
    return [LabelRow(*row) for row in connection.execute(query)]


def view_rows(connection: Connection) -> list[ViewRow]:
    """The saved queries in their order."""
    query = select(views.c.id, views.c.name, views.c.query, views.c.position)
    return [ViewRow(*row) for row in connection.execute(query.order_by(views.c.position))]


def source_rows(connection: Connection) -> list[SourceRow]:
    """Where images came from, and whether that folder is still found."""
    folder = project_folder(connection)
    query = (
        select(sources, func.count(images.c.id), func.count(images.c.problem))
        .outerjoin(images, images.c.source_id == sources.c.id)
        .group_by(sources.c.id)
        .order_by(sources.c.id)
    )
    return [
        SourceRow(
            id=row.id,
            name=row.name,
            root=row.root,
            folder=folder / row.root,
            format=row.format,
            imported_at=row.imported_at,
            images=row[-2],
            problems=row[-1],
            found=(folder / row.root).exists(),
        )
        for row in connection.execute(query)
    ]


def recipe_rows(connection: Connection) -> list[RecipeRow]:
    """The recipes of the project, by name."""
    columns = (recipes.c.id, recipes.c.name, recipes.c.based_on)
    query = select(*columns, recipes.c.options, recipes.c.changed_at).order_by(recipes.c.name)
    return [RecipeRow(*row) for row in connection.execute(query)]


def training_samples(
    connection: Connection, splits: Sequence[str] = ("train", "validation"), query: str = ""
) -> list[TrainingSample]:
    """The labelled samples of these splits as a snapshot freezes them, by id."""
    statement = (
        select(samples.c.id, samples.c.key, captions.c.text, labels.c.name, samples.c.split)
        .add_columns(sources.c.root, images.c.path, images.c.sha256)
        .select_from(samples)
        .join(labels, labels.c.id == samples.c.label_id)
        .outerjoin(captions, (captions.c.sample_id == samples.c.id) & (captions.c.position == 0))
        .outerjoin(images, images.c.id == samples.c.image_id)
        .outerjoin(sources, sources.c.id == images.c.source_id)
        .where(samples.c.split.in_(splits), condition(query))
        .order_by(samples.c.id)
    )
    return [
        TrainingSample(
            id=row[0],
            key=row[1],
            text=row[2] or "",
            label=row[3],
            split=row[4],
            image="" if row[6] is None else f"{row[5]}/{row[6]}",
            image_sha256=row[7] or "",
        )
        for row in connection.execute(statement)
    ]


def search_values(connection: Connection) -> dict[str, list[str]]:
    """The values that completion offers behind each field."""
    names = list(connection.scalars(select(labels.c.name).order_by(labels.c.position)))
    trained = select(runs.c.name).where(runs.c.kind == "train", runs.c.trashed_at.is_(None))
    return {
        "label": [*names, "none"],
        "predicted": names,
        "source": list(connection.scalars(select(sources.c.name).distinct())),
        "scene": list(connection.scalars(_scenes())),
        "wrong": ["yes", "no", *connection.scalars(trained.order_by(runs.c.id.desc()))],
        "suggested": list(connection.scalars(suggesting())),
        "conf": ["<0.6", ">0.9"],
    }


def _scenes() -> Select[Any]:
    return select(samples.c.scene).where(samples.c.scene.is_not(None)).distinct().limit(200)


def _ordered(query: Select[Any], order: str, suspects_of: int | None) -> Select[Any]:
    if suspects_of is not None or order == "suspect":
        run_id = newest_run(kind="suspects") if suspects_of is None else suspects_of
        mine = (suspect_table.c.sample_id == samples.c.id) & (suspect_table.c.run_id == run_id)
        query = query.outerjoin(suspect_table, mine)
        return query.order_by(suspect_table.c.rank.asc().nulls_last(), samples.c.key)
    match order:
        case "key":
            return query.order_by(samples.c.key)
        case "confidence":
            of = prediction_table.c
            mine = (of.sample_id == samples.c.id) & (of.run_id == newest_run())
            sure = func.coalesce(of.given_confidence, of.confidence)
            query = query.outerjoin(prediction_table, mine)
            return query.order_by(sure.asc().nulls_last(), samples.c.key)
        case "label":
            query = query.outerjoin(labels, labels.c.id == samples.c.label_id)
            return query.order_by(labels.c.position.asc().nulls_last(), samples.c.key)
        case "length":
            mine = (captions.c.sample_id == samples.c.id) & (captions.c.position == 0)
            query = query.outerjoin(captions, mine)
            return query.order_by(func.length(captions.c.text).desc().nulls_last(), samples.c.key)
        case "newest":
            mine = (captions.c.sample_id == samples.c.id) & (captions.c.position == 0)
            newest = _last_change()
            query = query.outerjoin(captions, mine)
            query = query.outerjoin(newest, newest.c.row_id == samples.c.id)
            at = func.max(func.coalesce(captions.c.written_at, 0), func.coalesce(newest.c.at, 0))
            return query.order_by(at.desc(), samples.c.key)
        case _:
            raise ValueError(f"unknown order {order}")


def _last_change() -> Any:
    """When the history last changed each sample itself."""
    return (
        select(history_changes.c.row_id, func.max(history_steps.c.made_at).label("at"))
        .join(history_steps, history_steps.c.id == history_changes.c.step_id)
        .where(history_changes.c.table_name == "samples", history_steps.c.undone == 0)
        .group_by(history_changes.c.row_id)
        .subquery()
    )


def _captions(connection: Connection, sample_id: int) -> list[CaptionRow]:
    revisions: dict[int, list[RevisionRow]] = {}
    for row in connection.execute(_OLDER_CAPTIONS, {"sample": sample_id}):
        revision = RevisionRow(row.revision, row.text, row.origin, row.written_at)
        revisions.setdefault(row.caption_id, []).append(revision)
    return [
        CaptionRow(
            id=row.id,
            position=row.position,
            text=row.text,
            origin=row.origin,
            run_id=row.run_id,
            revision=row.revision,
            written_at=row.written_at,
            revisions=tuple(revisions.get(row.id, ())),
        )
        for row in connection.execute(_CAPTIONS, {"sample": sample_id})
    ]
