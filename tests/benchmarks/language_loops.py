"""One run of a language model by the worker's own loop, and the same by `transformers.Trainer`.

Both get the same model, tokens, targets, batch size, optimizer and number format. What is timed
begins with the first batch, the model loaded, and ends with the last update.
"""

import gc
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import DataCollatorForSeq2Seq, PrinterCallback, TrainerCallback

from tests.workers.training.run_folders import LABELS, write_run
from workers import preparing, reporting, train
from workers.contract.events import Finished, Stepped
from workers.contract.folder import load_job
from workers.contract.job import TrainingJob
from workers.contract.journal import read_journal
from workers.contract.options import Precision, TrainingOptions
from workers.contract.snapshot import SnapshotSample
from workers.data import prompts
from workers.data.answer_rows import read_answers
from workers.data.prompts import AnswerSamples
from workers.data.samples import TRAIN
from workers.models import adapters, causal, loading


@dataclass(frozen=True)
class Timing:
    """A loop over the same tokens; `peak` in bytes, of the device or else of the process."""

    seconds: float
    processor_seconds: float
    losses: list[float]
    peak: int


@dataclass
class Watch:
    """Time and memory between two moments of a loop."""

    started: tuple[float, float] = (0.0, 0.0)
    ended: tuple[float, float] = (0.0, 0.0)
    peak: int = 0
    losses: list[float] = field(default_factory=list)

    def start(self) -> None:
        wait_for_device()
        self.started = time.perf_counter(), time.process_time()

    def end(self) -> None:
        wait_for_device()
        self.ended = time.perf_counter(), time.process_time()
        self.peak = peak_memory()

    def timing(self, losses: list[float]) -> Timing:
        seconds, processor = (b - a for a, b in zip(self.started, self.ended, strict=True))
        return Timing(seconds, processor, losses, self.peak)


def make_captions(count: int) -> list[SnapshotSample]:
    """Short captions of words drawn at random around one that gives the label."""
    chance = random.Random(0)
    samples = []
    for index in range(count):
        label = index % 2
        words = [
            f"w{chance.randrange(100)}"
            for _ in range(max(4, min(90, round(chance.lognormvariate(3.0, 0.6)))))
        ]
        words[chance.randrange(len(words))] = "cyclist" if label == 0 else "fog"
        samples.append(
            SnapshotSample(
                id=index, key=str(index), text=" ".join(words), label=LABELS[label], split=TRAIN
            )
        )
    return samples


def make_run(place: Path, model: Path, samples: list[SnapshotSample], **options: Any) -> Path:
    """A run folder without anything that the Trainer would not do as well."""
    values = {
        "task": "answer",
        "prompt__template": "plain",
        "prompt__instruction": "the road",
        "max_length": 256,
        "micro_batch_size": 8,
        "epochs": 1,
        "adapter__rank": 8,
        "adapter__dropout": 0.0,
        "adapter__targets": ["all-linear"],
        "evaluation__baseline_seeds": 0,
        "checkpoints__every_epochs": 0,
    }
    return write_run(place, model, samples=samples, **(values | options))


def encode_alone(run: Path) -> AnswerSamples:
    """The train split as the worker encodes it, without loading any weights."""
    job = load_job(run)
    assert isinstance(job, TrainingJob)
    assert job.options.prompt is not None
    tokenizer = loading.load_tokenizer(job.base_model)
    config = loading.load_config(job.base_model)
    rows = read_answers(run, job.labels, job.options.prompt, job.snapshot_sha256).of(TRAIN)
    eos = causal.eos_of(config, tokenizer)
    window = job.options.max_length
    return prompts.encode(tokenizer, eos, rows, job.labels, job.options, window)


def time_ours(run: Path, *, warm_epochs: int = 0) -> tuple[Timing, AnswerSamples]:
    """The loop as the worker runs it, with its journal and the dynamics of each sample."""
    kept: dict[str, Any] = {}
    watch = Watch()

    def perform(report: reporting.Report) -> reporting.Ending:
        job = report.job
        assert isinstance(job, TrainingJob)
        training = preparing.set_up(report, job)
        kept["samples"] = training.splits[TRAIN]
        forget_peak()
        for _ in range(warm_epochs):
            train.train_epoch(training)
        watch.start()
        while not train.is_over(training):
            train.train_epoch(training)
        watch.end()
        return Finished(step=training.progress.step)

    assert reporting.run_job([str(run)], perform) == 0
    losses = [
        event.metrics["train/loss"]
        for event in read_journal(run / "events.jsonl").events
        if isinstance(event, Stepped)
    ]
    return watch.timing(losses), kept["samples"]


class Watcher(TrainerCallback):
    """Times a Trainer's loop from its first batch on, or from the end of its warm epochs."""

    def __init__(self, watch: Watch, warm_epochs: int) -> None:
        self.watch = watch
        self.warm_epochs = warm_epochs
        self.epochs = 0

    def on_epoch_begin(self, *args: Any, **kwargs: Any) -> None:
        if self.epochs == self.warm_epochs:
            self.watch.start()
        self.epochs += 1

    def on_epoch_end(self, *args: Any, **kwargs: Any) -> None:
        self.watch.end()


def time_trainer(
    run: Path, samples: AnswerSamples, *, warm_epochs: int = 0, logs: bool = False
) -> Timing:
    """The same by transformers' Trainer with its defaults, fed the same tokens and targets."""
    from transformers import Trainer, TrainingArguments

    model, tokenizer, job = load_for_peer(run)
    trainer = Trainer(
        model=model,
        args=TrainingArguments(**peer_arguments(run, job.options, logs=logs)),
        train_dataset=peer_rows(samples),  # type: ignore[arg-type] - a list serves as a data set
        data_collator=DataCollatorForSeq2Seq(tokenizer),
    )
    return time_peer(trainer, warm_epochs)


def time_peer(trainer: Any, warm_epochs: int) -> Timing:
    """Run a Trainer of transformers, or one made from it, under the watch."""
    watch = Watch()
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Watcher(watch, warm_epochs))
    forget_peak()
    trainer.train()
    return watch.timing([row["loss"] for row in trainer.state.log_history if "loss" in row])


def load_for_peer(run: Path) -> tuple[Any, Any, TrainingJob]:
    """The model as the worker loads and prepares it; the adapter's first weights are the same."""
    job = load_job(run)
    assert isinstance(job, TrainingJob)
    device = loading.choose_device()
    model, tokenizer = causal.load_language_model(job.base_model, job.options, device=device)
    torch.manual_seed(job.options.seed)
    return adapters.prepare(model, job.options), tokenizer, job


def peer_arguments(run: Path, options: TrainingOptions, *, logs: bool) -> dict[str, Any]:
    """What a peer is told: the run's own figures and where to write; all else is its default."""
    told = {"logging_steps": 1} if logs else {}
    return told | {
        "output_dir": str(run / "peer"),
        "per_device_train_batch_size": options.micro_batch_size,
        "gradient_accumulation_steps": options.accumulation,
        "num_train_epochs": options.epochs,
        "learning_rate": options.optimizer.learning_rate,
        "weight_decay": options.optimizer.weight_decay,
        "lr_scheduler_type": options.schedule.kind.value,
        "bf16": options.precision == Precision.BF16,
        "gradient_checkpointing": options.gradient_checkpointing,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": not torch.cuda.is_available(),
    }


def peer_rows(samples: AnswerSamples) -> list[dict[str, list[int]]]:
    """Tokens and targets, sample by sample."""
    return [
        {"input_ids": tokens.tolist(), "labels": targets.tolist()}
        for tokens, targets in zip(samples.tokens, samples.targets, strict=True)
    ]


def wait_for_device() -> None:
    """Until a GPU has done what it was told."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def forget_peak() -> None:
    """Let the peak begin at what is used now."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    elif Path("/proc/self/clear_refs").exists():
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory() -> int:
    """Bytes at most since then: of the GPU's tensors, else of this process (Linux)."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    return resident("VmHWM")


def resident(row: str) -> int:
    """Bytes of a row of the process's status; 0 where there is none."""
    place = Path("/proc/self/status")
    lines = place.read_text().splitlines() if place.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{row}:")), 0)
