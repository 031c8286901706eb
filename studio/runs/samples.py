"""Which samples a run freezes: in a split, with a caption, with a label or an answer text."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from studio.project import queries, schema
from studio.project.query_language import condition
from studio.project.selection import listed
from workers.contract.options import AnswerKind, TrainingOptions
from workers.contract.snapshot import SnapshotSample

# A mark for people who have not decided: never an answer to learn.
UNSURE = "unsure"
IDS_AT_ONCE = 500


@dataclass(frozen=True)
class TrainingSet:
    """What a run would train and measure on, and what it would leave out."""

    samples: tuple[SnapshotSample, ...]
    labels: tuple[str, ...]
    empty_captions: int
    labelled_without_split: int
    unsure: int
    answer: AnswerKind = AnswerKind.LABEL
    empty_answers: int = 0
    without_picture: int = 0

    def count(self, split: str) -> int:
        """How many samples of a split there are."""
        return sum(1 for sample in self.samples if sample.split == split)

    def label_counts(self, split: str) -> Counter[str]:
        """How often each label occurs in a split."""
        return Counter(one.label or "" for one in self.samples if one.split == split)


def answer_kind(options: TrainingOptions | None) -> AnswerKind:
    """What these options learn to say: a label, or the samples' own answer texts."""
    if options is None or not options.task.writes or options.prompt is None:
        return AnswerKind.LABEL
    return options.prompt.answer


def what_there_is(connection: Connection) -> AnswerKind:
    """What the project's samples give to learn: labels where there are any."""
    if queries.has_only_answers(connection):
        return AnswerKind.TEXT
    return AnswerKind.CAPTION if queries.has_only_captions(connection) else AnswerKind.LABEL


def load_training_set(
    connection: Connection,
    options: TrainingOptions | AnswerKind | None = None,
    *,
    any_split: bool = False,
) -> TrainingSet:
    """Every sample that can be trained or measured on, in the order of its key."""
    kind = options if isinstance(options, AnswerKind) else answer_kind(options)
    if kind == AnswerKind.CAPTION:
        return _with_pictures(connection, any_split=any_split)
    if kind == AnswerKind.TEXT:
        return _with_answers(connection, any_split=any_split)
    samples, labels = schema.samples, schema.labels
    rows = connection.execute(
        _snapshot_select().where(samples.c.label_id.is_not(None)).order_by(samples.c.id)
    ).all()
    chosen: list[SnapshotSample] = []
    empty = without_split = unsure = 0
    for row in rows:
        if row.label == UNSURE:
            unsure += 1
        elif row.split is None and not any_split:
            without_split += 1
        elif not (row.text or "").strip():
            empty += 1
        else:
            chosen.append(_sample(row))
    order = connection.scalars(select(labels.c.name).order_by(labels.c.position)).all()
    used = {one.label for one in chosen}
    names = tuple(str(name) for name in order if name in used)
    return TrainingSet(tuple(chosen), names, empty, without_split, unsure)


def _with_answers(connection: Connection, *, any_split: bool) -> TrainingSet:
    """Samples with a caption and an answer text, labelled or not."""
    samples = schema.samples
    rows = connection.execute(_snapshot_select().order_by(samples.c.id)).all()
    chosen: list[SnapshotSample] = []
    empty = without_split = unanswered = 0
    for row in rows:
        has_answer = bool(row.answer.strip())
        if row.split is None and not any_split:
            without_split += has_answer
        elif not has_answer:
            unanswered += 1
        elif not (row.text or "").strip():
            empty += 1
        else:
            chosen.append(_sample(row))
    return TrainingSet(
        tuple(chosen), (), empty, without_split, 0, AnswerKind.TEXT, empty_answers=unanswered
    )


def _with_pictures(connection: Connection, *, any_split: bool) -> TrainingSet:
    """Samples with a picture and a caption, labelled or not."""
    samples = schema.samples
    rows = connection.execute(_snapshot_select().order_by(samples.c.id)).all()
    references = references_of(connection)
    chosen: list[SnapshotSample] = []
    empty = without_split = without_picture = 0
    for row in rows:
        has_caption, has_picture = bool((row.text or "").strip()), bool(row.path and row.width)
        if row.split is None and not any_split:
            without_split += has_caption and has_picture
        elif not has_caption:
            empty += 1
        elif not has_picture:
            without_picture += 1
        else:
            told = tuple(references.get(row.id, ()))
            chosen.append(_sample(row).model_copy(update={"references": told}))
    return TrainingSet(
        tuple(chosen),
        (),
        empty,
        without_split,
        0,
        AnswerKind.CAPTION,
        without_picture=without_picture,
    )


def references_of(connection: Connection) -> dict[int, list[str]]:
    """All captions of each sample that no run wrote, in their order."""
    table = schema.captions
    query = select(table.c.sample_id, table.c.text).where(table.c.origin != "run")
    found: dict[int, list[str]] = {}
    for row in connection.execute(query.order_by(table.c.sample_id, table.c.position)):
        if row.text.strip():
            found.setdefault(row.sample_id, []).append(row.text)
    return found


def snapshot_of(connection: Connection, sample_ids: Sequence[int]) -> list[SnapshotSample]:
    """These samples, labelled or not, in the order asked for; those without a caption left out."""
    found: dict[int, SnapshotSample] = {}
    for start in range(0, len(sample_ids), IDS_AT_ONCE):
        part = sample_ids[start : start + IDS_AT_ONCE]
        for row in connection.execute(_snapshot_select().where(schema.samples.c.id.in_(part))):
            if (row.text or "").strip():
                found[row.id] = _sample(row)
    return [found[sample_id] for sample_id in sample_ids if sample_id in found]


def pictured_samples(
    connection: Connection, query: str = "", ids: Sequence[int] | None = None
) -> tuple[list[SnapshotSample], int]:
    """The samples of a query, or these, that have a picture; and how many have none.

    They are in the order of their ids; a caption is not asked for.
    """
    wanted = condition(query) if ids is None else schema.samples.c.id.in_(listed(ids))
    rows = connection.execute(_snapshot_select().where(wanted).order_by(schema.samples.c.id)).all()
    found = [_sample(row) for row in rows if row.path and row.width]
    return found, len(rows) - len(found)


def _snapshot_select() -> Select[*tuple[Any, ...]]:
    samples, captions, images = schema.samples, schema.captions, schema.images
    sources, labels = schema.sources, schema.labels
    first_caption = and_(captions.c.sample_id == samples.c.id, captions.c.position == 0)
    return (
        select(
            samples.c.id,
            samples.c.key,
            samples.c.split,
            samples.c.instruction,
            samples.c.answer,
            captions.c.text,
            labels.c.name.label("label"),
            sources.c.root,
            images.c.path,
            images.c.sha256,
            images.c.width,
            images.c.height,
        )
        .select_from(samples)
        .outerjoin(captions, first_caption)
        .outerjoin(labels, labels.c.id == samples.c.label_id)
        .outerjoin(images, images.c.id == samples.c.image_id)
        .outerjoin(sources, sources.c.id == images.c.source_id)
    )


def _sample(row: Row[Any]) -> SnapshotSample:
    return SnapshotSample(
        id=row.id,
        key=row.key,
        text=row.text or "",
        instruction=row.instruction,
        answer=row.answer,
        label=row.label,
        split=row.split or "",
        image=f"{row.root}/{row.path}" if row.path else "",
        image_sha256=row.sha256 or "",
        image_width=row.width or 0,
        image_height=row.height or 0,
    )
