"""A worker that learns nothing and says all that a real one says, as fast as it is told to.

`python -m tests.studio.runs.fake_worker FOLDER`; the job's recipe names its behaviour.
"""

import hashlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from workers.contract import events, folder
from workers.contract.folder import Request
from workers.contract.job import EvaluationJob, TrainingJob
from workers.contract.journal import JournalWriter
from workers.contract.options import AnswerKind
from workers.contract.snapshot import SnapshotSample, read_snapshot

STEPS_PER_EPOCH = 10
UNLUCKY_SEED = 13
MOST_SHOTS = 3
SECONDS_PER_STEP = float(os.environ.get("FAKE_WORKER_SECONDS", "0.01"))


def main(argv: list[str]) -> int:
    place = Path(argv[0])
    job = folder.load_job(place)
    samples = list(read_snapshot(place))
    with folder.hold_lock(place), JournalWriter(place / folder.JOURNAL) as journal:
        me = psutil.Process()
        journal.append(events.Started(pid=me.pid, start_time=me.create_time(), token=job.token))
        if isinstance(job, EvaluationJob):
            return evaluate(job, samples, journal)
        assert isinstance(job, TrainingJob)
        if job.recipe == "fail" or job.options.seed == UNLUCKY_SEED:
            journal.append(
                events.Failed(
                    reason=events.Reason.OUT_OF_MEMORY, message="Out of memory at step 1."
                )
            )
            return 1
        if job.recipe == "hang":
            hang()
        if job.recipe == "crash":
            raise RuntimeError("nothing was said")
        return work(place, job, samples, journal)


def work(
    place: Path, job: TrainingJob, samples: list[SnapshotSample], journal: JournalWriter
) -> int:
    first = folder.checkpoint_steps(place)[-1] if job.resume else 0
    total = STEPS_PER_EPOCH * job.options.epochs
    train = [sample for sample in samples if sample.split == "train"]
    validation = [sample for sample in samples if sample.split == "validation"]
    journal.append(
        events.Prepared(
            total_steps=total,
            steps_per_epoch=STEPS_PER_EPOCH,
            first_step=first,
            train_count=len(train),
            validation_count=len(validation),
            trainable=10,
            total=100,
        )
    )
    if first:
        journal.append(events.Resumed(step=first))
    else:
        journal.append(events.BaselineMeasured(accuracies=(0.4, 0.6), losses=(0.7, 0.7)))
    for step in range(first + 1, total + 1):
        wait_while_paused(place, step, journal)
        if job.recipe == "diverge" and step == 15 and job.start is None:
            return wait_diverged(place, step - 1, journal)
        time.sleep(SECONDS_PER_STEP)
        loss = math.nan if job.recipe == "nan" and step == 5 else 1.0 / step
        journal.append(
            events.Stepped(
                step=step,
                epoch=step / STEPS_PER_EPOCH,
                metrics={"train/loss": loss, "learning_rate": 1e-3},
            )
        )
        if step % STEPS_PER_EPOCH == 0:
            end_epoch(place, step // STEPS_PER_EPOCH, job, train, validation, journal)
        if folder.is_asked(place, Request.SAVE):
            save(place, step, journal)
            folder.take_back(place, Request.SAVE)
        if folder.is_asked(place, Request.STOP):
            save(place, step, journal)
            journal.append(events.Stopped(step=step))
            return 0
    journal.append(events.Finished(step=total))
    return 0


def evaluate(job: EvaluationJob, samples: list[SnapshotSample], journal: JournalWriter) -> int:
    """The base model is worst, shots help it a little, training helps more; 4 shots fail."""
    if len(job.shots) > MOST_SHOTS:
        journal.append(
            events.Failed(reason=events.Reason.OUT_OF_MEMORY, message="Out of memory: 4 shots.")
        )
        return 1
    mean = 6.0 if job.untrained else 4.0
    journal.append(perplexity(20, 2, "validation", samples, mean - 0.5 * len(job.shots)))
    if job.writes:
        journal.append(
            events.AnswersWritten(
                step=20,
                epoch=2,
                split="validation",
                sample_ids=tuple(sample.id for sample in samples),
                texts=tuple(f"It is {sample.label}." for sample in samples),
                strict=("",) * len(samples),
                lenient=(*["dangerous"] * (len(samples) - 1), ""),
            )
        )
    journal.append(events.Finished(step=20))
    return 0


def perplexity(
    step: int, epoch: int, split: str, samples: list[SnapshotSample], mean: float
) -> events.PerplexityMeasured:
    """The same for every sample."""
    return events.PerplexityMeasured(
        step=step,
        epoch=epoch,
        split=split,
        mean=mean,
        median=mean,
        percentile_95=mean,
        pooled=mean - 0.25,
        count=len(samples),
        tokens=3 * len(samples),
        sample_ids=tuple(sample.id for sample in samples),
        perplexities=(mean,) * len(samples),
    )


def end_epoch(
    place: Path,
    epoch: int,
    job: TrainingJob,
    train: list[SnapshotSample],
    validation: list[SnapshotSample],
    journal: JournalWriter,
) -> None:
    step = epoch * STEPS_PER_EPOCH
    prompt = job.options.prompt
    if prompt is not None and prompt.answer == AnswerKind.TEXT:
        rising = abs(epoch - 2) if job.recipe == "overfit" else job.options.epochs - epoch
        journal.append(perplexity(step, epoch, "validation", validation, 4.0 + rising))
        save(place, step, journal, epoch=epoch, best=not rising)
        return
    for phase, split, samples in (
        (events.Phase.TRAINING, "train", train),
        (events.Phase.EVALUATION, "validation", validation),
    ):
        journal.append(measured(phase, split, step, epoch, job, samples))
    right = [sample for sample in validation if sample.label == job.labels[0]]
    wrong = len(validation) - len(right)
    journal.append(
        events.Evaluated(
            step=step,
            epoch=epoch,
            split="validation",
            loss=abs(epoch - 2) + 0.5 if job.recipe == "overfit" else 1.0 / epoch,
            accuracy=len(right) / len(validation),
            correct=len(right),
            count=len(validation),
            majority_label=job.labels[0],
            majority_count=len(right),
            confusion=((len(right), 0), (wrong, 0)),
            metrics={"f1/macro": 0.4},
        )
    )
    if job.recipe == "words":
        journal.append(perplexity(step, epoch, "validation", validation, 4.5 - epoch / 4))
    save(place, step, journal, epoch=epoch, best=True)


def measured(
    phase: events.Phase,
    split: str,
    step: int,
    epoch: int,
    job: TrainingJob,
    samples: list[SnapshotSample],
) -> events.SamplesMeasured:
    """Always the first label, and never believing a sample whose text says “wrong”."""
    doubted = [("wrong" in sample.text) for sample in samples]
    given = [0.1 if doubt else 0.9 for doubt in doubted]
    at = [job.labels.index(sample.label or "") for sample in samples]
    return events.SamplesMeasured(
        phase=phase,
        split=split,
        step=step,
        epoch=epoch,
        sample_ids=tuple(sample.id for sample in samples),
        losses=tuple(-math.log(share) for share in given),
        confidences=tuple(given),
        margins=tuple(-2.0 if doubt else 2.0 for doubt in doubted),
        probabilities=tuple(
            (share, 1 - share) if index == 0 else (1 - share, share)
            for share, index in zip(given, at, strict=True)
        ),
    )


def save(
    place: Path, step: int, journal: JournalWriter, *, epoch: int = 0, best: bool = False
) -> None:
    checkpoint = folder.checkpoint_folder(place, step)
    checkpoint.mkdir(parents=True, exist_ok=True)
    files = {
        "adapter.safetensors": b"weights of step %d" % step,
        "state.json": b"{}",
        "optimizer.safetensors": b"moments",
    }
    for name, content in files.items():
        (checkpoint / name).write_bytes(content)
    rows = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
    }
    (checkpoint / "manifest.json").write_text(json.dumps({"format": 1, "files": rows}))
    if best:
        folder.write_best(place, step, 1.0 / step)
    journal.append(
        events.CheckpointSaved(
            step=step,
            epoch=epoch,
            folder=f"checkpoints/{checkpoint.name}",
            bytes=20,
            best=best,
        )
    )


def wait_while_paused(place: Path, step: int, journal: JournalWriter) -> None:
    if not folder.is_asked(place, Request.PAUSE):
        return
    journal.append(events.Paused(step=step))
    while folder.is_asked(place, Request.PAUSE):
        time.sleep(0.02)
        if folder.is_asked(place, Request.STOP):
            return
    journal.append(events.Resumed(step=step))


def wait_diverged(place: Path, step: int, journal: JournalWriter) -> int:
    save(place, step, journal)
    journal.append(
        events.Paused(
            step=step,
            reason=events.Reason.DIVERGED,
            micro_batch=1,
            sample_ids=(3,),
            message=f"Paused at step {step + 1}: the loss is not a number.",
        )
    )
    while not folder.is_asked(place, Request.STOP):
        time.sleep(0.02)
    journal.append(events.Stopped(step=step))
    return 0


def hang() -> None:
    """Deaf to everything, with a child of its own."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    time.sleep(600)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
