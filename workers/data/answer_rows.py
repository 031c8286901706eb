"""The snapshot's samples as questions with answers, by split."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from workers.contract.options import AnswerKind, PromptOptions
from workers.contract.sample import SnapshotSample
from workers.contract.snapshot import read_snapshot
from workers.data.samples import TRAIN, check_snapshot, unknown_label
from workers.data.wording import AnswerRow


@dataclass(frozen=True)
class AnswerRows:
    """Rows by split; `empty` holds ids of samples that lack words on either side."""

    rows: dict[str, list[AnswerRow]]
    empty: list[int]
    problem: str = ""

    @property
    def splits(self) -> list[str]:
        """The splits that have rows."""
        return sorted(self.rows)

    def of(self, split: str) -> list[AnswerRow]:
        """The rows of a split."""
        return self.rows.get(split, [])

    def label_counts(self, split: str) -> Counter[int]:
        """How many samples of a split bear each label index."""
        return Counter(row.label for row in self.of(split) if row.label is not None)


def read_answers(
    folder: Path, labels: tuple[str, ...], prompt: PromptOptions, sha256: str = ""
) -> AnswerRows:
    """Read the snapshot for what the options call an answer; samples without one are left out.

    `problem` says why the snapshot as a whole cannot be used; the rows are empty then.
    """
    problem = check_snapshot(folder, sha256)
    if problem:
        return AnswerRows({}, [], problem)
    rows: dict[str, list[AnswerRow]] = {}
    empty = []
    for sample in read_snapshot(folder):
        if prompt.answer == AnswerKind.LABEL:
            if sample.label is None:
                continue
            if sample.label not in labels:
                return AnswerRows({}, [], unknown_label(sample, labels))
        row = answer_row(sample, labels, prompt)
        if is_empty(row):
            empty.append(sample.id)
        else:
            rows.setdefault(sample.split or TRAIN, []).append(row)
    return AnswerRows(rows, empty)


def answer_row(sample: SnapshotSample, labels: tuple[str, ...], prompt: PromptOptions) -> AnswerRow:
    """One sample as a question; a label is an answer, and its place is known, only if asked for."""
    if prompt.answer == AnswerKind.LABEL:
        label = sample.label or ""
        place = labels.index(label) if label in labels else None
        return AnswerRow(sample.id, sample.instruction, sample.text, label, place)
    return AnswerRow(sample.id, sample.instruction, sample.text, sample.answer)


def is_empty(row: AnswerRow) -> bool:
    """Whether nothing is asked, or nothing is answered."""
    asked = row.caption.strip() or row.instruction.strip()
    return not asked or not row.answer.strip()
