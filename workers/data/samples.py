"""The snapshot's samples by split, with what is wrong with them as sentences."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from workers.contract.folder import SNAPSHOT
from workers.contract.snapshot import SnapshotSample, read_snapshot

TRAIN, VALIDATION, TEST = "train", "validation", "test"

Row = tuple[int, str, int]


@dataclass(frozen=True)
class LabelledSamples:
    """(id, caption, label index) rows by split; `empty` holds ids of samples without words."""

    rows: dict[str, list[Row]]
    empty: list[int]
    problem: str = ""

    @property
    def splits(self) -> list[str]:
        """The splits that have rows."""
        return sorted(self.rows)

    def of(self, split: str) -> list[Row]:
        """The rows of a split."""
        return self.rows.get(split, [])

    def label_counts(self, split: str) -> Counter[int]:
        """How many samples of a split bear each label index."""
        return Counter(label for _, _, label in self.of(split))


def read_labelled(folder: Path, labels: tuple[str, ...], sha256: str = "") -> LabelledSamples:
    """Read the snapshot; a sample without a label or without words is left out.

    `problem` says why the snapshot as a whole cannot be used; the rows are empty then.
    """
    problem = check_snapshot(folder, sha256)
    if problem:
        return LabelledSamples({}, [], problem)
    places = {label: index for index, label in enumerate(labels)}
    rows: dict[str, list[Row]] = {}
    empty = []
    for sample in read_snapshot(folder):
        if sample.label is None:
            continue
        if sample.label not in places:
            return LabelledSamples({}, [], unknown_label(sample, labels))
        if not sample.text.strip():
            empty.append(sample.id)
            continue
        row = (sample.id, sample.text, places[sample.label])
        rows.setdefault(sample.split or TRAIN, []).append(row)
    return LabelledSamples(rows, empty)


def check_snapshot(folder: Path, sha256: str) -> str:
    """Why the snapshot cannot be read as it was written, in words; empty when it can."""
    try:
        content = (folder / SNAPSHOT).read_bytes()
    except OSError as error:
        return f"{SNAPSHOT} cannot be read: {error.strerror}."
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        return f"{SNAPSHOT} is not the one that this job was made for."
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            SnapshotSample.model_validate_json(line)
        except ValidationError:
            return f"Line {number} of {SNAPSHOT} is no sample."
    return ""


def unknown_label(sample: SnapshotSample, labels: tuple[str, ...]) -> str:
    """That a sample bears a label which the job does not know, in words."""
    known = ", ".join(labels)
    return f"Sample {sample.id} is labelled “{sample.label}”; the labels of this job are {known}."
