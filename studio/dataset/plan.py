"""Plans an import: reads everything once, writes nothing to the project, and says what is wrong."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.dataset import sources
from studio.dataset.identity import mark, text_hash
from studio.dataset.looking import BATCH, with_headers
from studio.dataset.records import (
    UNSURE,
    BadRow,
    Detection,
    ExistingSamples,
    Format,
    Found,
    ImportBox,
    ImportReport,
    ImportRow,
    Mapping,
    PlannedBox,
    PlannedImage,
    PlannedSample,
    Stray,
)
from studio.dataset.scripts import script_of
from studio.dataset.spool import Spool
from studio.dataset.walk import inside
from studio.errors import StudioError
from workers.contract.images import ImageHeader

PROBLEMS_KEPT = 10_000
CONTRADICTIONS_NAMED = 200

Progress = Callable[[int], object]
Cancelled = Callable[[], bool]


class ImportCancelled(Exception):
    """The user stopped the import; nothing was written."""


@dataclass(frozen=True)
class ImportPlan:
    """All that an import would write, kept on disk until `close`."""

    detection: Detection
    mapping: Mapping
    root: Path
    report: ImportReport
    late_labels: dict[str, str]  # by key: what rows after a sample's own say its label is
    spool: Spool

    def samples(self) -> Iterator[PlannedSample]:
        """What would be written, in the order found."""
        return self.spool.read()

    def close(self) -> None:
        """Delete the plan's file."""
        self.spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def preview(detection: Detection, mapping: Mapping, count: int = 3) -> list[ImportRow | BadRow]:
    """The first rows as they would be read, without looking at pictures."""
    rows = (row for row in sources.read(detection, mapping) if not isinstance(row, Stray))
    return list(islice(rows, count))


def plan_import(
    detection: Detection,
    mapping: Mapping,
    known_labels: Iterable[str],
    *,
    existing: ExistingSamples | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ImportPlan:
    """Read the whole source; raises StudioError, or ImportCancelled when `cancelled` says so."""
    start = time.monotonic()
    if (name := str(detection.path)) != _printable(name):
        raise StudioError(
            f"The path {_printable(name)} is not valid UTF-8.", "Rename it, then import it again."
        )
    planner = _Planner(detection, mapping, tuple(known_labels), existing or ExistingSamples())
    try:
        for found, header in with_headers(sources.read(detection, mapping)):
            planner.take(found, header)
            if planner.seen % BATCH == 0:
                if cancelled and cancelled():
                    raise ImportCancelled
                if progress:
                    progress(planner.seen)
        report = planner.report(time.monotonic() - start)
    except BaseException:
        planner.spool.close()
        raise
    return ImportPlan(detection, mapping, planner.root, report, planner.late_labels, planner.spool)


@dataclass
class _Seen:
    """The first sample with a picture or a text."""

    key: str
    label: str | None
    texts: set[str] = field(default_factory=set[str])


class _Planner:
    """Takes rows one by one, and keeps counts, hashes and the spool."""

    def __init__(
        self,
        detection: Detection,
        mapping: Mapping,
        known_labels: tuple[str, ...],
        existing: ExistingSamples,
    ) -> None:
        self.detection, self.mapping, self.existing = detection, mapping, existing
        self.root = sources.root_of(detection, mapping)
        self.spool = Spool()
        self.late_labels: dict[str, str] = {}
        self._contradicting: set[str] = set()
        self.seen = 0
        self._known = set(known_labels) | {name for name in mapping.label_values.values() if name}
        self._project_labels = set(known_labels)
        add = mapping.add_labels
        self._adds_labels = detection.format is Format.FOLDER_LABELS if add is None else add
        self._keys: set[str] = set()
        self._first: dict[str, _Seen] = {}
        self._problems: list[BadRow] = []
        self._image_problems: list[BadRow] = []
        self._strays: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()
        self._labels: Counter[str] = Counter()
        self._splits: Counter[str] = Counter()
        self._scripts: Counter[str] = Counter()

    def take(self, found: Found, header: ImageHeader | None) -> None:
        """Plan one row, or note why not."""
        if isinstance(found, Stray):
            self._strays[found.kind] += 1
            return
        self.seen += 1
        if isinstance(found, ImportRow):
            found = _writable(self._with_known_folder(found))
        problem = found if isinstance(found, BadRow) else self._problem_of(found, header)
        if problem:
            self._counts["problems"] += 1
            if len(self._problems) < PROBLEMS_KEPT:
                self._problems.append(replace(problem, value=_printable(problem.value)))
        elif isinstance(found, ImportRow):
            self._plan(found, header)

    def _with_known_folder(self, row: ImportRow) -> ImportRow:
        """Beside captions, a folder's name is a label only where it is one already."""
        is_name = self.detection.format is Format.SIDECARS and row.label not in self._known
        return replace(row, label=None) if is_name and not self._adds_labels else row

    def _problem_of(self, row: ImportRow, header: ImageHeader | None) -> BadRow | None:
        if row.image:
            if header is None:
                return BadRow(row.row, self._image_column, "image not found", row.image.name)
            if header.problem and not row.texts:
                return BadRow(row.row, self._image_column, header.problem, row.image.name)
            if self._relative(row.image) is None:
                reason = "image lies outside the source's folder"
                return BadRow(row.row, self._image_column, reason, row.image.name)
        elif not row.texts:
            return BadRow(row.row, "", "neither a caption nor an image")
        label = row.label
        if label is not None and label not in self._known and not self._adds_labels:
            self._unknown[label] += 1
            fix = "Map the value to a label."
            return BadRow(row.row, self.mapping.label or "folder", "label not known", label, fix)
        return None

    @property
    def _image_column(self) -> str:
        return self.mapping.image or "file"

    def _relative(self, path: Path) -> str | None:
        if not path.is_relative_to(self.root):
            return None
        relative = path.relative_to(self.root).as_posix()
        return relative if inside(self.root, relative) else None

    def _plan(self, row: ImportRow, header: ImageHeader | None) -> None:
        if self._is_in_project(row, header):
            return
        identity = self._identity(row, header)
        first = self._first.get(identity)
        if first:
            self._plan_again(row, first)
            return
        key = self._unique_key(row)
        texts = {text_hash(text) for text in row.texts}
        self._first[identity] = _Seen(key, row.label, texts)
        image = None
        if row.image and header:
            path = self._relative(row.image) or ""
            image = PlannedImage(
                path, header.sha256, header.width, header.height, header.bytes, header.problem
            )
            if header.problem:
                self._image_problems.append(
                    BadRow(row.row, self._image_column, header.problem, row.image.name)
                )
        boxes = (
            tuple(_fraction(box, header) for box in row.boxes) if header and header.width else ()
        )
        self.spool.write(
            PlannedSample(
                key,
                row.texts,
                row.label,
                row.split,
                row.scene,
                image,
                boxes,
                instruction=row.instruction,
                answer=row.answer,
            )
        )
        self._counts["samples"] += 1
        if row.answer:
            self._scripts[script_of(row.answer)] += 1
        self._labels[row.label or ""] += 1
        self._splits[row.split or ""] += 1

    def _plan_again(self, row: ImportRow, first: _Seen) -> None:
        """A picture or text that came before: skipped, or its caption added, or contradicting."""
        if row.label is not None and row.label != first.label:
            self._label_late(row.label, first)
        fresh = tuple(text for text in row.texts if text_hash(text) not in first.texts)
        if fresh:
            first.texts.update(text_hash(text) for text in fresh)
            self.spool.write(PlannedSample("", fresh, of=first.key))
            self._counts["added captions"] += 1
        else:
            self._counts["duplicates"] += 1

    def _label_late(self, label: str, first: _Seen) -> None:
        """The label of a sample that had none, or a second one, which makes it unsure."""
        if first.key in self._contradicting:
            return
        self._labels[first.label or ""] -= 1
        if first.label is None:
            first.label = self.late_labels[first.key] = label
            self._labels[label] += 1
        else:
            self.late_labels[first.key] = UNSURE
            self._contradicting.add(first.key)

    def _is_in_project(self, row: ImportRow, header: ImageHeader | None) -> bool:
        known = self.existing.texts
        found = mark(row.texts[:1], row.instruction, row.answer) if row.texts else ""
        if row.image and header:
            known = self.existing.images
            found = f"{header.sha256} {found}" if row.instruction or row.answer else header.sha256
        if not found or found not in known:
            return False
        label = known[found]
        if row.label is None or row.label == label:
            self._counts["duplicates"] += 1
            return True
        self._counts["problems"] += 1
        stands = f"as “{label}”" if label else "without a label"
        reason = f"already in the project {stands}"
        self._problems.append(BadRow(row.row, self.mapping.label, reason, row.label))
        return True

    def _identity(self, row: ImportRow, header: ImageHeader | None) -> str:
        text = mark(row.texts, row.instruction, row.answer)
        if not header or not header.sha256:
            return f"text {text} {row.image or ''}"
        several = self.mapping.explode or row.instruction or row.answer
        return f"{header.sha256} {text}" if several else header.sha256

    def _unique_key(self, row: ImportRow) -> str:
        stem = row.key or (row.image.stem if row.image else f"row-{row.row:06d}")
        stem = " ".join(stem.split())[:200] or f"row-{row.row:06d}"
        key, number = stem, 2
        while key in self._keys or key in self.existing.keys:
            key, number = f"{stem}-{number}", number + 1
        self._keys.add(key)
        return key

    def report(self, seconds: float) -> ImportReport:
        """What was found."""
        self.spool.finish()
        unsure = sorted(self._contradicting)
        labels = {name: count for name, count in self._labels.items() if name and count > 0}
        new = tuple(name for name in labels if name not in self._project_labels)
        if not self.seen and not self._strays:
            raise StudioError(f"{self.detection.path.name} holds no rows.", "Nothing was imported.")
        return ImportReport(
            source=self.detection.path.name,
            format=self.detection.format,
            rows=self.seen,
            samples=self._counts["samples"],
            skipped=dict(self._strays),
            duplicates=self._counts["duplicates"],
            added_captions=self._counts["added captions"],
            contradictions=len(unsure),
            contradicting=tuple(unsure[:CONTRADICTIONS_NAMED]),
            problems=tuple(self._problems),
            problem_count=self._counts["problems"],
            image_problems=tuple(self._image_problems),
            unknown_labels=dict(self._unknown),
            labels=labels,
            splits={name: count for name, count in self._splits.items() if name},
            new_labels=new,
            seconds=seconds,
            answers=self._scripts.total(),
            scripts=dict(self._scripts.most_common()),
        )


def _writable(row: ImportRow) -> ImportRow | BadRow:
    """The row, unless a text of it has no UTF-8: half a character, or bytes of a file's name."""
    image = str(row.image or "")
    for column, text in (
        ("caption", "\n".join(row.texts)),
        ("instruction", row.instruction),
        ("answer", row.answer),
        ("label", row.label or ""),
        ("file name", image),
        ("key", f"{row.key}{row.scene or ''}"),
    ):
        if text != _printable(text):
            return BadRow(row.row, column, "not valid Unicode", Path(image).name)
    return row


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _fraction(box: ImportBox, header: ImageHeader) -> PlannedBox:
    """The box in fractions, cut at the picture's edges."""
    left, top = max(box.x / header.width, 0.0), max(box.y / header.height, 0.0)
    right = min((box.x + box.width) / header.width, 1.0)
    bottom = min((box.y + box.height) / header.height, 1.0)
    return PlannedBox(box.name, left, top, max(right - left, 0.0), max(bottom - top, 0.0))
