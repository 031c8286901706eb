"""Samples a second of our loop beside `transformers.Trainer`, by LoRA and in full.

Same captions, model, batch size and number of steps; rounds are interleaved, medians are told.
"""

import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from tests.workers.training.run_folders import LABELS, write_run, write_tiny_bert
from workers import preparing, reporting, train
from workers.contract.events import Finished, Stepped
from workers.contract.folder import load_job
from workers.contract.job import TrainingJob
from workers.contract.journal import read_journal
from workers.contract.options import Method
from workers.contract.snapshot import SnapshotSample
from workers.models import adapters

CAPTIONS = 512
BATCH = 8
EPOCHS = 1
MAX_LENGTH = 128
RATE = 5e-4
ROUNDS = 5
METHODS = (Method.LORA, Method.FULL)
WIDTH, LAYERS = 256, 4
WANTED_TO_PADDED, WANTED_TO_GROUPED = 1.8, 1.1


@dataclass(frozen=True)
class Timing:
    """One run of a loop over the same steps."""

    seconds: float
    processor_seconds: float
    loss: float


def main() -> None:
    """Print the medians and the ratios."""
    torch.set_num_threads(1)
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
    told: dict[str, list[Timing]] = {"ours": [], "padded": [], "grouped": []}
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
        told["ours"].append(time_ours(run))
        told["padded"].append(time_trainer(run, model, samples, grouped=False))
        told["grouped"].append(time_trainer(run, model, samples, grouped=True))
    return told


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


def time_ours(run: Path) -> Timing:
    """The loop as the worker runs it, journal and dynamics included; neither loop saves."""
    clock: dict[str, tuple[float, float]] = {}

    def perform(report: reporting.Report) -> reporting.Ending:
        job = report.job
        training = preparing.set_up(report, job)
        clock["start"] = (time.perf_counter(), time.process_time())
        while not train.is_over(training):
            train.train_epoch(training)
        clock["end"] = (time.perf_counter(), time.process_time())
        return Finished(step=training.progress.step)

    assert reporting.run_job([str(run)], perform) == 0
    losses = [
        event.metrics["train/loss"]
        for event in read_journal(run / "events.jsonl").events
        if isinstance(event, Stepped)
    ]
    (start, start_cpu), (end, end_cpu) = clock["start"], clock["end"]
    return Timing(end - start, end_cpu - start_cpu, statistics.mean(losses))


def time_trainer(run: Path, model: Path, samples: list[SnapshotSample], *, grouped: bool) -> Timing:
    """The same steps by transformers' Trainer, with nothing switched on that it does not need."""
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        PrinterCallback,
        Trainer,
        TrainingArguments,
    )

    tokenizer = AutoTokenizer.from_pretrained(model)
    padding = False if grouped else "max_length"
    rows = [
        {
            **tokenizer(one.text, truncation=True, max_length=MAX_LENGTH, padding=padding),
            "labels": LABELS.index(one.label or ""),
        }
        for one in samples
    ]
    arguments = TrainingArguments(
        output_dir=str(run / "trainer"),
        per_device_train_batch_size=BATCH,
        num_train_epochs=EPOCHS,
        learning_rate=RATE,
        weight_decay=0.01,
        lr_scheduler_type="constant",
        train_sampling_strategy="group_by_length" if grouped else "random",
        logging_strategy="no",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        seed=42,
    )
    torch.manual_seed(42)
    job = load_job(run)
    assert isinstance(job, TrainingJob)
    classifier = AutoModelForSequenceClassification.from_pretrained(model, num_labels=2)
    trainer = Trainer(
        model=adapters.prepare(classifier, job.options),
        args=arguments,
        train_dataset=rows,
        data_collator=DataCollatorWithPadding(tokenizer),
    )
    start, start_cpu = time.perf_counter(), time.process_time()
    trainer.remove_callback(PrinterCallback)
    result = trainer.train()
    return Timing(
        time.perf_counter() - start, time.process_time() - start_cpu, result.training_loss
    )


def print_report(method: Method, told: dict[str, list[Timing]]) -> None:
    """Medians, and each ratio beside the one wanted."""
    count = CAPTIONS * EPOCHS
    print(f"{method}: {count} captions, batch {BATCH}, {LAYERS} layers of {WIDTH}, 1 thread")
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
    ours, padded, grouped = middle.values()
    for name, other, wanted in (
        ("padded", padded, WANTED_TO_PADDED),
        ("grouped", grouped, WANTED_TO_GROUPED),
    ):
        print(
            f"  ours / {name}: {other[0] / ours[0]:.2f} x by the clock, "
            f"{other[1] / ours[1]:.2f} x by the processor (wanted {wanted})"
        )


if __name__ == "__main__":
    main()
