"""Tokens a second and memory of language model training beside `transformers.Trainer`.

Same model, captions, batch, number format and masked prompts; rounds are interleaved, medians told.
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workers" / "training"))

from run_folders import LABELS, write_run

from tests.benchmarks.language_step import PROMPT_TOKENS, ROWS, VOCABULARY
from tests.workers.language.tiny_language_models import write_tiny_language_model
from workers import preparing, reporting, train
from workers.contract.catalogue import weights_folder
from workers.contract.events import Finished, Stepped
from workers.contract.folder import load_job
from workers.contract.job import TrainingJob
from workers.contract.journal import read_journal
from workers.contract.snapshot import SnapshotSample
from workers.data.batches import epoch_batches
from workers.data.prompts import AnswerSamples
from workers.data.samples import TRAIN
from workers.models import adapters, causal

BATCH, ROUNDS, CAPTIONS = 8, 3, 64
WANTED_LORA, WANTED_QLORA, WANTED_MEMORY = 1.6, 1.4, 0.65
WANTED_BUCKETED, WANTED_PACKED, WANTED_DIFFERENCE = 0.85, 0.95, 1e-4
SHAPE = {"hidden_size": 256, "intermediate_size": 704, "vocab_size": 49_152}
LAYERS = 4


@dataclass(frozen=True)
class Timing:
    """One run of a loop over the same tokens."""

    seconds: float
    processor_seconds: float
    losses: list[float]


def main() -> None:
    """Print the figures and each one wanted."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        small = write_tiny_language_model(place / "small", "llama", LAYERS, **SHAPE)
        named = f"{LAYERS} layers of {SHAPE['hidden_size']}, vocabulary {SHAPE['vocab_size']:,}"
        for kind, wanted in (("none", WANTED_LORA), ("nf4", WANTED_QLORA)):
            report_speed(place, small, named, kind, wanted, make_captions(CAPTIONS))
            report_losses(place, small, kind)
        if (real := weights_folder("smollm2")) is not None:
            report_speed(place, real, "SmolLM2-135M", "none", WANTED_LORA, make_captions(32))
        report_padding(place, small)
    report_memory()


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


def make_run(
    place: Path, model: Path, kind: str, samples: list[SnapshotSample], **options: Any
) -> Path:
    """A run folder without anything that the Trainer would not do as well."""
    values = {
        "task": "answer",
        "prompt__template": "plain",
        "prompt__instruction": "the road",
        "max_length": 256,
        "micro_batch_size": BATCH,
        "epochs": 1,
        "adapter__rank": 8,
        "adapter__dropout": 0.0,
        "adapter__targets": ["all-linear"],
        "quantisation__kind": kind,
        "evaluation__baseline_seeds": 0,
        "checkpoints__every_epochs": 0,
    }
    return write_run(place, model, samples=samples, **(values | options))


def report_speed(
    place: Path,
    model: Path,
    named: str,
    kind: str,
    wanted: float,
    samples: list[SnapshotSample],
) -> None:
    """Medians of interleaved rounds; a token is one of a sample's own, never a padded one."""
    told: dict[str, list[Timing]] = {"ours": [], "Trainer": []}
    tokens = 0
    for number in range(ROUNDS):
        run = make_run(place / f"{model.name}-{kind}-{number}", model, kind, samples)
        timing, encoded = time_ours(run)
        tokens = sum(encoded.lengths)
        told["ours"].append(timing)
        told["Trainer"].append(time_trainer(run, encoded))
    title = "QLoRA" if kind == "nf4" else "LoRA"
    print(f"{title}: {named}, {len(samples)} captions, {tokens:,} tokens, batch {BATCH}, 1 thread")
    middle = {}
    for name, timings in told.items():
        seconds = statistics.median(one.seconds for one in timings)
        processor = statistics.median(one.processor_seconds for one in timings)
        middle[name] = seconds, processor
        print(f"  {name}: {tokens / seconds:.0f} tokens/s, {processor:.2f} s of processor")
    ours, theirs = middle["ours"], middle["Trainer"]
    print(
        f"  ours / Trainer: {theirs[0] / ours[0]:.2f} x by the clock, "
        f"{theirs[1] / ours[1]:.2f} x by the processor (wanted {wanted})",
        flush=True,
    )


def report_losses(place: Path, model: Path, kind: str) -> None:
    """All captions in each step, so that their order does not matter; the second has an update."""
    steps = CAPTIONS // BATCH
    run = make_run(
        place / f"losses-{kind}",
        model,
        kind,
        make_captions(CAPTIONS),
        accumulation=steps,
        epochs=2,
    )
    ours, encoded = time_ours(run)
    theirs = time_trainer(run, encoded, accumulation=steps, epochs=2)
    largest = max(abs(a - b) for a, b in zip(ours.losses, theirs.losses, strict=True))
    print(f"  losses of two steps differ by {largest:.1e} in fp32 (wanted {WANTED_DIFFERENCE})")


def time_ours(run: Path) -> tuple[Timing, AnswerSamples]:
    """The loop as the worker runs it: journal, dynamics and the last checkpoint included."""
    kept: dict[str, Any] = {}

    def perform(report: reporting.Report) -> reporting.Ending:
        job = report.job
        assert isinstance(job, TrainingJob)
        training = preparing.set_up(report, job)
        kept["samples"] = training.splits[TRAIN]
        kept["start"] = (time.perf_counter(), time.process_time())
        while not train.is_over(training):
            train.train_epoch(training)
        kept["end"] = (time.perf_counter(), time.process_time())
        return Finished(step=training.progress.step)

    assert reporting.run_job([str(run)], perform) == 0
    losses = [
        event.metrics["train/loss"]
        for event in read_journal(run / "events.jsonl").events
        if isinstance(event, Stepped)
    ]
    (start, start_cpu), (end, end_cpu) = kept["start"], kept["end"]
    return Timing(end - start, end_cpu - start_cpu, losses), kept["samples"]


def time_trainer(
    run: Path, samples: AnswerSamples, *, accumulation: int = 1, epochs: int = 1
) -> Timing:
    """The same by transformers' Trainer with its defaults, fed the same tokens and targets."""
    from transformers import DataCollatorForSeq2Seq, PrinterCallback, Trainer, TrainingArguments

    job = load_job(run)
    assert isinstance(job, TrainingJob)
    model, tokenizer = causal.load_language_model(job.base_model, job.options)
    arguments = TrainingArguments(
        output_dir=str(run / "trainer"),
        per_device_train_batch_size=BATCH,
        gradient_accumulation_steps=accumulation,
        num_train_epochs=epochs,
        learning_rate=job.options.optimizer.learning_rate,
        weight_decay=job.options.optimizer.weight_decay,
        lr_scheduler_type="constant",
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        seed=42,
    )
    torch.manual_seed(job.options.seed)  # the adapter's first weights are ours
    trainer = Trainer(
        model=adapters.prepare(model, job.options),
        args=arguments,
        train_dataset=[  # type: ignore[arg-type] - a list serves as a data set
            {"input_ids": tokens.tolist(), "labels": targets.tolist()}
            for tokens, targets in zip(samples.tokens, samples.targets, strict=True)
        ],
        data_collator=DataCollatorForSeq2Seq(tokenizer),
    )
    trainer.remove_callback(PrinterCallback)
    start, start_cpu = time.perf_counter(), time.process_time()
    trainer.train()
    seconds, processor = time.perf_counter() - start, time.process_time() - start_cpu
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    return Timing(seconds, processor, losses)


def report_padding(place: Path, model: Path) -> None:
    """Padded places of one epoch by chance, in buckets, and packed."""
    run = make_run(place / "padding", model, "none", make_captions(2000), epochs=1)
    kept: dict[str, AnswerSamples] = {}

    def perform(report: reporting.Report) -> reporting.Ending:
        job = report.job
        assert isinstance(job, TrainingJob)
        kept["samples"] = preparing.set_up(report, job).splits[TRAIN]  # type: ignore[assignment]
        return Finished(step=0)

    assert reporting.run_job([str(run)], perform) == 0
    samples = kept["samples"]

    def padding(*, bucketed: bool, packed: bool = False) -> int:
        batches = epoch_batches(samples.lengths, 42, 0, BATCH, bucketed)
        own = sum(samples.lengths)
        read = samples.packed_batch if packed else samples.batch
        return sum(read(batch, "cpu")["input_ids"].numel() for batch in batches) - own

    chance = padding(bucketed=False)
    print(f"padding: {sum(samples.lengths):,} tokens, {chance:,} padded by chance, batch {BATCH}")
    for name, left, wanted in (
        ("bucketing", padding(bucketed=True), WANTED_BUCKETED),
        ("packing", padding(bucketed=False, packed=True), WANTED_PACKED),
    ):
        print(f"  {name} saves {1 - left / chance:.1%} of it (wanted {wanted:.0%})")


def report_memory() -> None:
    """Peak of one step above the loaded model, each in a process of its own."""
    peaks = {name: step_memory(name) for name in ("ours", "Trainer")}
    print(
        f"memory: one step above the loaded model, {ROWS} captions with prompts of "
        f"{PROMPT_TOKENS} tokens, vocabulary {VOCABULARY:,}"
    )
    for name, peak in peaks.items():
        print(f"  {name}: {peak / 2**20:,.0f} MiB")
    print(f"  ours / Trainer: {peaks['ours'] / peaks['Trainer']:.2f} (wanted {WANTED_MEMORY})")


def step_memory(name: str) -> int:
    """Bytes that a fresh process found."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.language_step", name],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(json.loads(found.stdout.splitlines()[-1])["bytes"])


if __name__ == "__main__":
    main()
