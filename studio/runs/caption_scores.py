"""What a captioner's captions scored: of each arm, and of each picture in a ranking."""

import json
from dataclasses import dataclass
from pathlib import Path

from studio.document import Document
from studio.project import queries
from studio.runs.arms import Arm, arms
from studio.runs.caption_metrics import METRICS
from studio.runs.samples import references_of


@dataclass(frozen=True)
class RankedCaption:
    """A picture, the caption written for it, those by people, and what it scored.

    `label` and `boxed` are what people say there is to see.
    """

    sample_id: int
    key: str
    written: str
    references: tuple[str, ...]
    scores: dict[str, float]
    image_path: Path | None
    image_sha256: str
    label: str = ""
    boxed: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaptionRanking:
    """All captions that one arm wrote for a split; `metrics` are those that were measured."""

    arm: str
    split: str
    captions: tuple[RankedCaption, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        known = set[str]().union(*(one.scores for one in self.captions))
        return tuple(metric for metric in METRICS if metric in known)

    def by(self, metric: str) -> tuple[RankedCaption, ...]:
        """The best first; equal ones by their key, those without this score left out."""
        scored = [one for one in self.captions if metric in one.scores]
        return tuple(sorted(scored, key=lambda one: (-one.scores[metric], one.key)))


def rank_captions(
    document: Document, run_id: int, split: str = "validation"
) -> CaptionRanking | None:
    """The captions of the newest tuned arm that wrote any, else of the untrained one."""
    known = [arm for arm in arms(document, run_id, split) if arm.written is not None]
    for arm in sorted(known, key=lambda arm: (arm.untrained, -arm.run_id)):
        ranking = _ranking_of(document, arm, split)
        if ranking.metrics:
            return ranking
    return None


def _ranking_of(document: Document, arm: Arm, split: str) -> CaptionRanking:
    answers = document.query(queries.answers, arm.run_id, split)
    rows = [one for one in answers if one.text or one.scores]
    ids = [row.sample_id for row in rows]
    samples = {row.id: row for row in document.query(queries.sample_rows, ids)}
    references = document.query(references_of)
    boxes = document.query(queries.boxes_of, ids)
    captions = tuple(
        RankedCaption(
            sample_id=row.sample_id,
            key=samples[row.sample_id].key,
            written=row.text,
            references=tuple(references.get(row.sample_id, ())),
            scores=json.loads(row.scores) if row.scores else {},
            image_path=samples[row.sample_id].image_path,
            image_sha256=samples[row.sample_id].image_sha256,
            label=samples[row.sample_id].label or "",
            boxed=tuple(dict.fromkeys(box.name for box in boxes.get(row.sample_id, ()))),
        )
        for row in rows
        if row.sample_id in samples
    )
    return CaptionRanking(arm.name, split, captions)
