"""The snapshot's samples as questions with answers, by split."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from workers.contract.options import AnswerKind, PromptOptions
from workers.contract.sample import SnapshotSample
from workers.contract.snapshot import read_snapshot
from workers.data.samples import TRAIN, check_snapshot, unknown_label
from workers.data.wording import AnswerRow, Picture


@dataclass(frozen=True)
class AnswerRows:
    """Rows by split; `empty` holds ids of samples that lack words on either side.

    `blind` holds those without a picture, where one is asked for.
    """

    rows: dict[str, list[AnswerRow]]
    empty: list[int]
    problem: str = ""
    blind: tuple[int, ...] = ()

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
    folder: Path,
    labels: tuple[str, ...],
    prompt: PromptOptions,
    sha256: str = "",
    pictures: Path | None = None,
    *,
    answered: bool = True,
) -> AnswerRows:
    """Read the snapshot for what the options call an answer; samples without one are left out.

    Questions alone where not `answered`. `pictures` is the folder from which pictures are named;
    where it is given, each sample needs one. `problem` says why the snapshot as a whole cannot be
    used; the rows are empty then.
    """
    problem = check_snapshot(folder, sha256)
    if problem:
        return AnswerRows({}, [], problem)
    rows: dict[str, list[AnswerRow]] = {}
    empty, blind = [], []
    for sample in read_snapshot(folder):
        if prompt.answer == AnswerKind.LABEL:
            if sample.label is None:
                continue
            if sample.label not in labels:
                return AnswerRows({}, [], unknown_label(sample, labels))
        row = answer_row(sample, labels, prompt, pictures)
        if not answered:
            row = replace(row, answer="")
        if pictures is not None and row.picture is None:
            blind.append(sample.id)
        elif answered and is_empty(row):
            empty.append(sample.id)
        else:
            rows.setdefault(sample.split or TRAIN, []).append(row)
    return AnswerRows(rows, empty, blind=tuple(blind))


def answer_row(
    sample: SnapshotSample,
    labels: tuple[str, ...],
    prompt: PromptOptions,
    pictures: Path | None = None,
) -> AnswerRow:
    """One sample as a question; a label is an answer, and its place is known, only if asked for."""
    place, answer = None, sample.answer
    if prompt.answer == AnswerKind.LABEL:
        answer = sample.label or ""
        place = labels.index(answer) if answer in labels else None
    elif prompt.answer == AnswerKind.CAPTION:
        answer = sample.text
    picture = None if pictures is None else picture_of(sample, pictures)
    return AnswerRow(
        sample.id,
        sample.instruction,
        sample.text,
        answer,
        place,
        picture,
        references=sample.references,
    )


def picture_of(sample: SnapshotSample, pictures: Path) -> Picture | None:
    """The sample's picture in the folder it is named from; None without one that can be read."""
    if not sample.image or not sample.image_width:
        return None
    path = pictures / sample.image
    return Picture(path, sample.image_sha256, sample.image_width, sample.image_height)


def is_empty(row: AnswerRow) -> bool:
    """Whether nothing is asked, or nothing is answered."""
    asked = row.picture is not None or row.caption.strip() or row.instruction.strip()
    return not asked or not row.answer.strip()
