"""What telling a step costs: one event in the journal beside a step of five milliseconds."""

import statistics
import tempfile
import time
from pathlib import Path

from workers.contract.events import Stepped
from workers.contract.journal import JournalWriter, read_journal

EVENTS, ROUNDS = 5_000, 5
STEP_SECONDS = 0.005
WANTED_SHARE = 0.01


def main() -> None:
    """Print the median cost of an event and its share of a step."""
    with tempfile.TemporaryDirectory() as scratch:
        costs = [time_events(Path(scratch) / f"{number}.jsonl") for number in range(ROUNDS)]
    cost = statistics.median(costs)
    print(
        f"Journal: {cost * 1e6:.1f} µs an event, {cost / STEP_SECONDS:.2%} of a 5 ms step "
        f"(wanted {WANTED_SHARE:.0%})"
    )


def time_events(path: Path) -> float:
    """Seconds for each of many step events, as the training loop writes them."""
    with JournalWriter(path) as journal:
        start = time.perf_counter()
        for step in range(EVENTS):
            journal.append(
                Stepped(
                    step=step,
                    epoch=step / 100,
                    metrics={
                        "train/loss": 0.6931471805599453 / (step + 1),
                        "learning_rate": 1e-3,
                        "gradient_norm": 1.2345678,
                        "samples_per_second": 321.5,
                        "memory": 6e8,
                    },
                )
            )
        seconds = time.perf_counter() - start
    assert len(read_journal(path).events) == EVENTS
    return seconds / EVENTS


if __name__ == "__main__":
    main()
