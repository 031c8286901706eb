"""Writes a planned import into a project: all of it or nothing, without holding it in memory."""

import os
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlalchemy.engine import Connection

from studio.dataset.identity import mark
from studio.dataset.plan import ImportPlan
from studio.dataset.records import ExistingSamples, PlannedSample
from studio.project.insertion import insert_row
from studio.project.label_edits import add_label
from studio.project.schema import (
    boxes,
    captions,
    images,
    labels,
    run_samples,
    samples,
    sources,
)
from studio.project.store import project_folder

CHUNK = 1_000


def existing_samples(connection: Connection) -> ExistingSamples:
    """Keys, picture hashes and texts of the project, to find what enters twice."""
    with_label = samples.outerjoin(labels, labels.c.id == samples.c.label_id)
    first = (captions.c.sample_id == samples.c.id) & (captions.c.position == 0)
    said = (captions.c.text, samples.c.instruction, samples.c.answer, labels.c.name)
    by_image = (
        select(images.c.sha256, *said)
        .select_from(with_label.join(images, images.c.id == samples.c.image_id))
        .outerjoin(captions, first)
        .where(images.c.sha256 != "")
    )
    by_text = (
        select(*said)
        .select_from(with_label.join(captions, first))
        .where(samples.c.image_id.is_(None))
    )
    found: dict[str, str | None] = {}
    for sha256, text, instruction, answer, label in connection.execute(by_image):
        told = f" {mark([text or ''], instruction, answer)}" if instruction or answer else ""
        found[f"{sha256}{told}"] = label
    return ExistingSamples(
        keys=frozenset(connection.scalars(select(samples.c.key))),
        images=found,
        texts={
            mark([text], instruction, answer): label
            for text, instruction, answer, label in connection.execute(by_text)
        },
    )


def label_names(connection: Connection) -> list[str]:
    """The project's labels, in their order."""
    return list(connection.scalars(select(labels.c.name).order_by(labels.c.position)))


def apply_import(connection: Connection, plan: ImportPlan) -> int:
    """Write the plan's source, labels, pictures, samples, captions and boxes; count of samples.

    To be run by `Document.edit`, which makes it one step that is undone as one.
    """
    writer = _Writer(connection, plan)
    for chunk in _chunks(plan.samples()):
        writer.write(chunk)
    return writer.count


def source_root(root: Path, folder: Path) -> str:
    """The root as it is kept: relative to the project's folder where that is possible."""
    try:
        return Path(os.path.relpath(root.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return root.resolve().as_posix()


class _Writer:
    """Gives ids in advance, so that rows go in by thousands."""

    def __init__(self, connection: Connection, plan: ImportPlan) -> None:
        self.connection, self.plan = connection, plan
        self.count = 0
        self.now = time.time()
        self.label_ids = self._label_ids(plan)
        self.source_id = insert_row(
            connection,
            sources,
            {
                "name": plan.report.source,
                "root": source_root(plan.root, project_folder(connection)),
                "format": plan.report.format.value,
                "imported_at": self.now,
            },
        )
        gone = int(connection.scalar(select(func.max(run_samples.c.sample_id))) or 0)
        self.next_sample = max(_next_id(connection, samples), gone + 1)
        self.next_image = _next_id(connection, images)
        self.image_ids: dict[str, int] = {}
        self.sample_ids: dict[str, int] = {}
        self.positions: dict[int, int] = {}

    def write(self, chunk: list[PlannedSample]) -> None:
        """Insert up to a thousand samples with what belongs to them."""
        rows: dict[str, list[dict[str, Any]]] = {
            "images": [],
            "samples": [],
            "captions": [],
            "boxes": [],
        }
        for sample in chunk:
            if sample.of:
                self._add_captions(rows, self.sample_ids[sample.of], sample.texts)
            else:
                self._add_sample(rows, sample)
        for table in (images, samples, captions, boxes):
            if rows[table.name]:
                self.connection.execute(insert(table), rows[table.name])

    def _add_sample(self, rows: dict[str, list[dict[str, Any]]], sample: PlannedSample) -> None:
        key = self.next_sample
        self.next_sample += 1
        self.count += 1
        self.sample_ids[sample.key] = key
        label = self.plan.late_labels.get(sample.key, sample.label)
        rows["samples"].append(
            {
                "id": key,
                "key": sample.key,
                "image_id": self._image_id(rows, sample),
                "label_id": self.label_ids.get(label) if label else None,
                "split": sample.split,
                "reviewed": 0,
                "scene": sample.scene,
                "instruction": sample.instruction,
                "answer": sample.answer,
            }
        )
        self._add_captions(rows, key, sample.texts)
        rows["boxes"] += [
            {
                "sample_id": key,
                "name": box.name,
                "x": box.x,
                "y": box.y,
                "width": box.width,
                "height": box.height,
                "origin": "import",
            }
            for box in sample.boxes
        ]

    def _image_id(self, rows: dict[str, list[dict[str, Any]]], sample: PlannedSample) -> int | None:
        image = sample.image
        if image is None:
            return None
        known = self.image_ids.get(image.path)
        if known is not None:
            return known
        key = self.next_image
        self.next_image += 1
        self.image_ids[image.path] = key
        rows["images"].append(
            {
                "id": key,
                "source_id": self.source_id,
                "path": image.path,
                "sha256": image.sha256,
                "width": image.width,
                "height": image.height,
                "bytes": image.bytes,
                "problem": image.problem or None,
            }
        )
        return key

    def _add_captions(
        self, rows: dict[str, list[dict[str, Any]]], sample_id: int, texts: Iterable[str]
    ) -> None:
        for text in texts:
            position = self.positions.get(sample_id, 0)
            self.positions[sample_id] = position + 1
            rows["captions"].append(
                {
                    "sample_id": sample_id,
                    "position": position,
                    "text": text,
                    "origin": "import",
                    "run_id": None,
                    "revision": 1,
                    "written_at": self.now,
                }
            )

    def _label_ids(self, plan: ImportPlan) -> dict[str, int]:
        """Ids by name; labels that are new are added, `unsure` too where it is needed."""
        query = select(labels.c.name, labels.c.id)
        known = {row.name: int(row.id) for row in self.connection.execute(query)}
        for name in {**plan.report.labels, **dict.fromkeys(plan.late_labels.values(), 0)}:
            if name not in known:
                known[name] = add_label(self.connection, name)
        return known


def _chunks(found: Iterable[PlannedSample]) -> Iterator[list[PlannedSample]]:
    iterator = iter(found)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _next_id(connection: Connection, table: Table) -> int:
    return int(connection.scalar(select(func.max(table.c.id))) or 0) + 1
