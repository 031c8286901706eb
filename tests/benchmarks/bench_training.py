"""Samples a second of our loop beside `transformers.Trainer`, by LoRA and in full.

Same captions, model, batch size and number of steps; each loop and round has a process of its own,
rounds are interleaved, medians are told; ratios are medians of the rounds' own.
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.training_loops import Timing
from tests.workers.training.run_folders import LABELS, write_run, write_tiny_bert
from workers.contract.options import Method
from workers.contract.snapshot import SnapshotSample

CAPTIONS = 512
BATCH = 8
EPOCHS = 1
MAX_LENGTH = 128
RATE = 5e-4
ROUNDS = 5
LOOPS = ("padded", "ours", "grouped")
METHODS = (Method.LORA, Method.FULL)
WIDTH, LAYERS = 256, 4
WANTED_TO_PADDED, WANTED_TO_GROUPED = 1.8, 1.1


def main() -> None:
    """Print the medians and the ratios."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        model = write_tiny_bert(
            place / "model", hidden=WIDTH, layers=LAYERS, positions=MAX_LENGTH, words=2000
        )
        samples = make_captions()
        for method in METHODS:
            print_report(method, compare(place, model, samples, method))


def compare(
    place: Path, model: Path, samples: list[SnapshotSample], method: Method
) -> dict[str, list[Timing]]:
    """Timings of each loop, the rounds interleaved."""
    told: dict[str, list[Timing]] = {name: [] for name in LOOPS}
    for number in range(ROUNDS):
        run = write_run(
            place / f"{method}-{number}",
            model,
            samples=samples,
            method=method,
            micro_batch_size=BATCH,
            epochs=EPOCHS,
            max_length=MAX_LENGTH,
            optimizer__learning_rate=RATE,
            evaluation__baseline_seeds=0,
            checkpoints__every_epochs=0,
        )
        for name, timings in told.items():
            timings.append(time_alone(name, run))
    return told


def time_alone(name: str, run: Path) -> Timing:
    """A loop in a process of its own, which takes no setting over from another loop."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.training_loops", name, str(run)],
        capture_output=True,
        text=True,
        check=True,
    )
    return Timing(**json.loads(found.stdout.splitlines()[-1]))


def make_captions() -> list[SnapshotSample]:
    """Words drawn at random, 12 to 60 of them, around one that gives the label."""
    chance = random.Random(0)
    samples = []
    for index in range(CAPTIONS):
        label = index % 2
        count = max(8, min(90, round(chance.lognormvariate(3.3, 0.5))))
        words = [f"w{chance.randrange(2000)}" for _ in range(count)]
        words[chance.randrange(count)] = "child" if label == 0 else "clear"
        samples.append(
            SnapshotSample(
                id=index, key=str(index), text=" ".join(words), label=LABELS[label], split="train"
            )
        )
    return samples


def print_report(method: Method, told: dict[str, list[Timing]]) -> None:
    """Medians, and each ratio beside the one wanted."""
    count = CAPTIONS * EPOCHS
    print(
        f"{method}: {count} captions, batch {BATCH}, {LAYERS} layers of {WIDTH}, 1 thread, "
        "each round in a process of its own"
    )
    middle = {
        name: (
            statistics.median(one.seconds for one in timings),
            statistics.median(one.processor_seconds for one in timings),
            statistics.median(one.loss for one in timings),
        )
        for name, timings in told.items()
    }
    for name, (seconds, processor, loss) in middle.items():
        print(
            f"  {name}: {count / seconds:.0f} samples/s, {processor:.2f} s of processor, "
            f"mean loss {loss:.4f}"
        )
    for name, wanted in (("padded", WANTED_TO_PADDED), ("grouped", WANTED_TO_GROUPED)):
        pairs = list(zip(told["ours"], told[name], strict=True))
        clock = statistics.median(other.seconds / ours.seconds for ours, other in pairs)
        processor = statistics.median(
            other.processor_seconds / ours.processor_seconds for ours, other in pairs
        )
        print(
            f"  ours / {name}: {clock:.2f} x by the clock, {processor:.2f} x by the processor "
            f"(wanted {wanted})"
        )


if __name__ == "__main__":
    main()
