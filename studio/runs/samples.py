"""Which samples a run freezes: labelled, in a split, with a caption that says something."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from studio.project import schema
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

    def count(self, split: str) -> int:
        """How many samples of a split there are."""
        return sum(1 for sample in self.samples if sample.split == split)

    def label_counts(self, split: str) -> Counter[str]:
        """How often each label occurs in a split."""
        return Counter(one.label or "" for one in self.samples if one.split == split)


def load_training_set(connection: Connection, *, any_split: bool = False) -> TrainingSet:
    """Every sample that can be trained or measured on, in the order of its key."""
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


def snapshot_of(connection: Connection, sample_ids: Sequence[int]) -> list[SnapshotSample]:
    """These samples, labelled or not, in the order asked for; those without a caption left out."""
    found: dict[int, SnapshotSample] = {}
    for start in range(0, len(sample_ids), IDS_AT_ONCE):
        part = sample_ids[start : start + IDS_AT_ONCE]
        for row in connection.execute(_snapshot_select().where(schema.samples.c.id.in_(part))):
            if (row.text or "").strip():
                found[row.id] = _sample(row)
    return [found[sample_id] for sample_id in sample_ids if sample_id in found]


def _snapshot_select() -> Select[*tuple[Any, ...]]:
    samples, captions, images = schema.samples, schema.captions, schema.images
    sources, labels = schema.sources, schema.labels
    first_caption = and_(captions.c.sample_id == samples.c.id, captions.c.position == 0)
    return (
        select(
            samples.c.id,
            samples.c.key,
            samples.c.split,
            captions.c.text,
            labels.c.name.label("label"),
            sources.c.root,
            images.c.path,
            images.c.sha256,
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
        text=row.text,
        label=row.label,
        split=row.split or "",
        image=f"{row.root}/{row.path}" if row.path else "",
        image_sha256=row.sha256 or "",
    )
