"""What the grid asks of a project, at 20,000 and 100,000 samples in interleaved rounds."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from studio.document import Document
from studio.project import queries
from tests.benchmarks.large_project import make_project

SMALL, LARGE = 20_000, 100_000
ROUNDS = 15
SCREEN = 200
SCROLLS = 300
SEARCHES = (
    "",
    "label:safe split:train",
    "caption:roundabout",
    "雨天的道路",
    "conf:<0.1",
    "wrong:yes",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        documents = {
            count: make_project(Path(folder) / f"grid-{count}.studio", count)
            for count in (SMALL, LARGE)
        }
        measure_first_screen(documents)
        measure_queries(documents)
        measure_scrolling(documents)
        for document in documents.values():
            document.close()


def measure_first_screen(documents: dict[int, Document]) -> None:
    """The first screen is the first ids and their rows; the counts beside it may follow."""
    medians = _interleave(documents, _first_screen)
    print(
        f"first screen: {medians[SMALL] * 1e3:.1f} ms at {SMALL:,}, "
        f"{medians[LARGE] * 1e3:.1f} ms at {LARGE:,}; limit 100 ms, "
        f"ratio {medians[LARGE] / medians[SMALL]:.2f} (limit 1.5)"
    )
    medians = _interleave(documents, lambda document: document.query(queries.counts, ""))
    print(f"counts: {medians[SMALL] * 1e3:.1f} ms and {medians[LARGE] * 1e3:.1f} ms")


def measure_queries(documents: dict[int, Document]) -> None:
    for query in SEARCHES:
        medians = _interleave(documents, lambda d, q=query: d.query(queries.sample_ids, q))
        found = documents[LARGE].query(queries.count, query)
        print(
            f"all ids of “{query}” ({found:,} of {LARGE:,}): {medians[LARGE] * 1e3:.1f} ms, "
            f"{medians[SMALL] * 1e3:.1f} ms at {SMALL:,}"
        )


def measure_scrolling(documents: dict[int, Document]) -> None:
    """Screens far apart, so that no page cache helps more than it would a person."""
    for count, document in documents.items():
        ids = document.query(queries.sample_ids)
        times, busy = [], time.process_time()
        for number in range(SCROLLS):
            start = number * 7919 % (count - SCREEN)
            begun = time.perf_counter()
            rows = document.query(queries.sample_rows, ids[start : start + SCREEN])
            times.append(time.perf_counter() - begun)
            assert len(rows) == SCREEN
        busy = (time.process_time() - busy) / SCROLLS
        times.sort()
        print(
            f"{SCREEN} rows at {count:,}: median {statistics.median(times) * 1e3:.2f} ms, "
            f"p99 {times[int(len(times) * 0.99)] * 1e3:.2f} ms, processor {busy * 1e3:.2f} ms; "
            "limit 3 ms"
        )


def _first_screen(document: Document) -> object:
    ids = document.query(queries.sample_ids, "", "key", limit=SCREEN)
    return document.query(queries.sample_rows, ids)


def _interleave(
    documents: dict[int, Document], ask: Callable[[Document], object]
) -> dict[int, float]:
    times: dict[int, list[float]] = {count: [] for count in documents}
    for _ in range(ROUNDS):
        for count, document in documents.items():
            begun = time.perf_counter()
            ask(document)
            times[count].append(time.perf_counter() - begun)
    return {count: statistics.median(values) for count, values in times.items()}


if __name__ == "__main__":
    main()
