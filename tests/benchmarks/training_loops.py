"""One epoch of a run folder's training, by our loop or by `transformers.Trainer`, in a process.

`python -m tests.benchmarks.training_loops ours FOLDER` (or `padded`, `grouped`) prints
{"seconds": …, "processor_seconds": …, "loss": …}, told from the first batch on.
"""

import dataclasses
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.workers.training.run_folders import LABELS
from workers import preparing, reporting, train
from workers.contract.events import Finished, Stepped
from workers.contract.folder import load_job
from workers.contract.job import TrainingJob
from workers.contract.journal import read_journal
from workers.contract.options import TrainingOptions
from workers.contract.snapshot import read_snapshot
from workers.models import adapters, loading


@dataclass(frozen=True)
class Timing:
    """One run of a loop over the same steps."""

    seconds: float
    processor_seconds: float
    loss: float


def main(name: str, folder: str) -> None:
    """Train, and print the timing."""
    run = Path(folder)
    timing = time_ours(run) if name == "ours" else time_trainer(run, grouped=name == "grouped")
    print(json.dumps(dataclasses.asdict(timing)))


def time_ours(run: Path) -> Timing:
    """The loop as the worker runs it, journal and dynamics included; neither loop saves."""
    clock: dict[str, tuple[float, float]] = {}

    def perform(report: reporting.Report) -> reporting.Ending:
        job = report.job
        assert isinstance(job, TrainingJob)
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


def time_trainer(run: Path, *, grouped: bool) -> Timing:
    """The same steps by transformers' Trainer, with nothing switched on that it does not need."""
    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        PrinterCallback,
        Trainer,
        TrainingArguments,
    )

    from tests.benchmarks.language_loops import Watch, Watcher

    torch.set_num_threads(1)
    job = load_job(run)
    assert isinstance(job, TrainingJob)
    model = loading.find_weights(job.base_model)
    tokenizer = AutoTokenizer.from_pretrained(model)
    padding = False if grouped else "max_length"
    rows = [
        {
            **tokenizer(
                one.text, truncation=True, max_length=job.options.max_length, padding=padding
            ),
            "labels": LABELS.index(one.label or ""),
        }
        for one in read_snapshot(run)
    ]
    torch.manual_seed(job.options.seed)
    classifier = AutoModelForSequenceClassification.from_pretrained(model, num_labels=2)
    trainer = Trainer(
        model=adapters.prepare(classifier, job.options),
        args=TrainingArguments(**peer_arguments(run, job.options, grouped=grouped)),
        train_dataset=rows,  # type: ignore[arg-type] - a list serves as a data set
        data_collator=DataCollatorWithPadding(tokenizer),
    )
    watch = Watch()
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Watcher(watch, 0))
    loss = trainer.train().training_loss
    timing = watch.timing([])
    return Timing(timing.seconds, timing.processor_seconds, loss)


def peer_arguments(run: Path, options: TrainingOptions, *, grouped: bool) -> dict[str, Any]:
    """What the Trainer is told: the run's own figures and where to write."""
    return {
        "output_dir": str(run / "trainer"),
        "per_device_train_batch_size": options.micro_batch_size,
        "num_train_epochs": options.epochs,
        "learning_rate": options.optimizer.learning_rate,
        "weight_decay": options.optimizer.weight_decay,
        "lr_scheduler_type": options.schedule.kind.value,
        "train_sampling_strategy": "group_by_length" if grouped else "random",
        "logging_strategy": "no",
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": True,
        "seed": options.seed,
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
