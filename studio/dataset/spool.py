"""The file in which a planned import waits, so that it needs no memory."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from studio.dataset.records import PlannedBox, PlannedImage, PlannedSample


class Spool:
    """Samples as JSON lines in a folder of its own; written once, read as often as wanted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "samples.jsonl"
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
        ]
        self._file.write(json.dumps(row) + "\n")

    def finish(self) -> None:
        """No more samples follow."""
        self._file.close()

    def read(self) -> Iterator[PlannedSample]:
        """The samples in the order written."""
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                key, texts, label, split, scene, image, boxes, of = json.loads(line)
                yield PlannedSample(
                    key,
                    tuple(texts),
                    label,
                    split,
                    scene,
                    PlannedImage(**image) if image else None,
                    tuple(PlannedBox(**box) for box in boxes),
                    of,
                )

    def close(self) -> None:
        """Delete the file; allowed twice."""
        self._file.close()
        shutil.rmtree(self._folder, ignore_errors=True)
