"""The file in which a planned import waits, so that it needs no memory."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from studio.dataset.records import PlannedBox, PlannedImage, PlannedSample

PREFIX = "traffic-studio-import-"


class Spool:
    """Samples as JSON lines in a folder of its own; written once, read as often as wanted.

    The folder goes with `close`, or with the object when nobody closed it.
    """

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
        self._path = Path(self._folder.name) / "samples.jsonl"
        self._file = self._path.open("w", encoding="utf-8")

    def write(self, sample: PlannedSample) -> None:
        """Add a sample."""
        row = [
            sample.key,
            sample.texts,
            sample.label,
            sample.split,
            sample.scene,
            asdict(sample.image) if sample.image else None,
            [asdict(box) for box in sample.boxes],
            sample.of,
            sample.instruction,
            sample.answer,
        ]
        self._file.write(json.dumps(row) + "\n")

    def finish(self) -> None:
        """No more samples follow."""
        self._file.close()

    def read(self) -> Iterator[PlannedSample]:
        """The samples in the order written."""
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                key, texts, label, split, scene, image, boxes, *rest = json.loads(line)
                yield PlannedSample(
                    key,
                    tuple(texts),
                    label,
                    split,
                    scene,
                    PlannedImage(**image) if image else None,
                    tuple(PlannedBox(**box) for box in boxes),
                    *rest,
                )

    def close(self) -> None:
        """Delete the file; allowed twice."""
        self._file.close()
        self._folder.cleanup()
