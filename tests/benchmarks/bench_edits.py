"""What an edit costs: commits forced to the disk, and the undo of a relabel of 10,000 samples."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from studio.document import Document
from studio.project import edits
from tests.benchmarks.large_project import make_project

SAMPLES = 20_000
BULK = 10_000
COMMITS = 300
ROUNDS = 7
COMMIT_LIMIT = 0.050
UNDO_LIMIT = 1.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        document = make_project(Path(folder) / "edits.studio", SAMPLES)
        try:
            measure_commits(document)
            measure_bulk(document)
        finally:
            document.close()


def measure_commits(document: Document) -> None:
    """Captions and labels in turn, each one durable step."""
    times: dict[str, list[float]] = {"caption": [], "label": []}
    for number in range(COMMITS):
        sample = 1 + number % SAMPLES
        text = f"A bus waits at crossing {number}."
        times["caption"].append(
            _time(lambda s=sample, t=text: document.edit("Write", edits.write_caption, s, t))
        )
        label = 1 + number % 3
        times["label"].append(
            _time(lambda s=sample, x=label: document.edit("Label", edits.set_label, [s], x))
        )
    for name, values in times.items():
        values.sort()
        worst = values[int(len(values) * 0.99)]
        print(
            f"{name} edit committed (FULL): median {statistics.median(values) * 1e3:.1f} ms, "
            f"p99 {worst * 1e3:.1f} ms; limit {COMMIT_LIMIT * 1e3:.0f} ms, "
            f"ratio {worst / COMMIT_LIMIT:.2f}"
        )


def measure_bulk(document: Document) -> None:
    edit, undo, redo = [], [], []
    ids = range(1, BULK + 1)
    for number in range(ROUNDS):
        label = 1 + number % 3
        document.edit("Clear", edits.relabel_query, "", None)
        edit.append(_time(lambda x=label: document.edit("Bulk", edits.set_label, ids, x)))
        undo.append(_time(document.undo))
        redo.append(_time(document.redo))
    for name, values in (("relabel", edit), ("undo", undo), ("redo", redo)):
        median = statistics.median(values)
        print(
            f"{name} of {BULK:,} samples: median {median:.3f} s, worst {max(values):.3f} s; "
            f"limit {UNDO_LIMIT:.0f} s, ratio {median / UNDO_LIMIT:.2f}"
        )


def _time(function: Callable[[], object]) -> float:
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
