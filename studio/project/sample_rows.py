"""Loads what grid cells show, for a few hundred samples at a time, by one statement."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.engine import Connection

from studio.project.query_language import newest_run
from studio.project.records import SampleRow
from studio.project.schema import (
    captions,
    images,
    labels,
    predictions,
    run_samples,
    samples,
    sources,
    suspects,
)
from studio.project.store import project_folder
from studio.project.suggestions import suggested_to

_more = captions.alias("more_captions")
_count = select(func.count()).where(_more.c.sample_id == samples.c.id).correlate(samples)
_ids = func.json_each(bindparam("ids")).table_valued("value", name="wanted")
_ROWS = (
    select(
        samples.c.id,
        samples.c.key,
        samples.c.label_id,
        labels.c.name,
        labels.c.colour,
        labels.c.shape,
        samples.c.split,
        samples.c.reviewed,
        samples.c.scene,
        captions.c.text,
        captions.c.id,
        captions.c.origin,
        _count.scalar_subquery(),
        images.c.id,
        images.c.path,
        sources.c.root,
        images.c.sha256,
        images.c.problem,
        images.c.width,
        images.c.height,
        func.coalesce(predictions.c.given_confidence, predictions.c.confidence),
        predictions.c.label,
        suspects.c.flagged,
        run_samples.c.text_sha256,
        run_samples.c.label,
        samples.c.instruction,
        samples.c.answer,
        suggested_to(samples.c.id),
    )
    .select_from(samples)
    .outerjoin(labels, labels.c.id == samples.c.label_id)
    .outerjoin(captions, and_(captions.c.sample_id == samples.c.id, captions.c.position == 0))
    .outerjoin(images, images.c.id == samples.c.image_id)
    .outerjoin(sources, sources.c.id == images.c.source_id)
    .outerjoin(
        predictions,
        and_(predictions.c.run_id == bindparam("run"), predictions.c.sample_id == samples.c.id),
    )
    .outerjoin(
        suspects,
        and_(suspects.c.run_id == bindparam("suspecting"), suspects.c.sample_id == samples.c.id),
    )
    .outerjoin(
        run_samples,
        and_(run_samples.c.run_id == bindparam("run"), run_samples.c.sample_id == samples.c.id),
    )
    .where(samples.c.id.in_(select(_ids.c.value)))
)
_NEWEST = select(newest_run(), newest_run(kind="suspects"))


def sample_rows(
    connection: Connection, ids: Iterable[int], run_id: int | None = None
) -> list[SampleRow]:
    """The rows of these samples, in this order; samples that are gone are left out.

    Confidence, prediction and staleness are those of the newest run, or of the one given.
    """
    wanted = [int(value) for value in ids]
    run, suspecting = (run_id, run_id) if run_id else connection.execute(_NEWEST).one()
    parameters = {"ids": json.dumps(wanted), "run": run, "suspecting": suspecting}
    folder = project_folder(connection)
    roots: dict[str, str] = {}
    found = {row[0]: row for row in connection.execute(_ROWS, parameters).all()}
    return [_row(found[each], folder, roots) for each in wanted if each in found]


def _row(row: Sequence[Any], folder: Path, roots: dict[str, str]) -> SampleRow:
    root = row[15]
    if root is not None and root not in roots:
        roots[root] = str(folder / root)
    return SampleRow(
        id=row[0],
        key=row[1],
        label_id=row[2],
        label=row[3],
        label_colour=row[4] or "",
        label_shape=row[5] or "",
        split=row[6],
        reviewed=bool(row[7]),
        scene=row[8],
        caption=row[9] or "",
        caption_id=row[10],
        caption_origin=row[11] or "",
        captions=row[12],
        image_id=row[13],
        image_file="" if row[14] is None or root is None else f"{roots[root]}/{row[14]}",
        image_sha256=row[16] or "",
        image_problem=row[17],
        width=row[18] or 0,
        height=row[19] or 0,
        confidence=row[20],
        predicted=row[21],
        suspect=bool(row[22]),
        stale=_is_stale(row[9] or "", row[3], row[23], row[24]),
        instruction=row[25],
        answer=row[26],
        suggested=bool(row[27]),
    )


def _is_stale(text: str, label: str | None, seen_sha256: str | None, seen: str | None) -> bool:
    if seen_sha256 is None:
        return False
    return seen != label or hashlib.sha256(text.encode()).hexdigest() != seen_sha256
