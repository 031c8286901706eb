"""Fine-tune a base model to classify captions: `python -m workers.train FOLDER`."""

import math
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workers import measuring, training_state
from workers.contract.events import (
    Finished,
    Paused,
    Phase,
    Prepared,
    Reason,
    Resumed,
    Stepped,
    Stopped,
)
from workers.contract.folder import Request
from workers.contract.job import TrainingJob
from workers.contract.options import Precision, TrainingOptions
from workers.data.batches import epoch_batches, steps_per_epoch
from workers.data.samples import TEST, TRAIN, VALIDATION, LabelledSamples, read_labelled
from workers.data.tokens import TokenisedSamples, tokenise
from workers.metrics.classification import PerSample, Score, per_sample
from workers.models import adapters, loading, machine, optimizers
from workers.models.dynamics import KINDS, Dynamics
from workers.models.trouble import Trouble
from workers.reporting import Ending, Report, run_job
from workers.training_state import Progress, Training

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

WAIT_SECONDS = 0.1


def main(argv: list[str]) -> int:
    """Do the training job of a folder; the exit code is 0 when it finished or was stopped."""
    return run_job(argv, perform)


def perform(report: Report) -> Ending:
    """Load, train epoch by epoch, then measure the best checkpoint on every split."""
    job = report.job
    if not isinstance(job, TrainingJob):
        raise Trouble(Reason.BAD_OPTION, f"This folder holds a job to {job.kind}, not to train.")
    samples = read_samples(report, job)
    training = set_up(report, job, samples)
    while not is_over(training):
        if not train_epoch(training):
            return stop(training)
    training_state.save(training)
    return measure_best(training)


def read_samples(report: Report, job: TrainingJob) -> LabelledSamples:
    """The snapshot's samples, after everything that would make training senseless was refused."""
    samples = read_labelled(report.folder, job.labels, job.snapshot_sha256)
    if samples.problem:
        raise Trouble(Reason.BAD_SAMPLE, samples.problem)
    if samples.empty:
        named = ", ".join(str(id) for id in samples.empty[:20])
        report.say(
            f"{len(samples.empty)} samples have an empty caption and were left out: {named}.",
            warning=True,
        )
    counts = samples.label_counts(TRAIN)
    if not counts:
        raise Trouble(Reason.BAD_SAMPLE, "No sample of the train split has a label and a caption.")
    if len(counts) == 1:
        label = job.labels[next(iter(counts))]
        raise Trouble(
            Reason.ONE_LABEL,
            f"All {counts.total():,} train samples are labelled {label}. "
            "A classifier needs two labels.",
        )
    if not samples.of(VALIDATION):
        report.say("No sample is in the validation split: the last checkpoint counts as the best.")
    return samples


def set_up(report: Report, job: TrainingJob, samples: LabelledSamples) -> Training:
    """Model, data and optimizer, new or as the newest sound checkpoint left them."""
    options, device = usable_options(report, job.options), loading.choose_device()
    job = job.model_copy(update={"options": options})
    checkpoint = training_state.find_checkpoint(report)
    if job.resume and checkpoint is None:
        report.say("There is no checkpoint to resume from: the run starts at step 0.")
    report.say(f"Loading {job.base_model.name}.")
    model, tokenizer = loading.load_classifier(job.base_model, job.labels, options, device=device)
    splits = tokenise_splits(report, options, samples, model, tokenizer)
    if checkpoint is None:
        measuring.measure_baseline(
            report, model, splits[VALIDATION], options, labels=job.labels, device=device
        )
    for name in adapters.unmatched_names(model, options):
        report.say(f"No module is called “{name}” in this model.", warning=True)
    training_state.seed_everything(options.seed)
    model = adapters.prepare(model, options).train()
    training = Training(
        report=report,
        job=job,
        device=device,
        model=model,
        tokenizer=tokenizer,
        optimizer=optimizers.make_optimizer(model, options),
        scaler=optimizers.make_scaler(options, device),
        splits=splits,
        dynamics=Dynamics(len(splits[TRAIN])),
        progress=Progress(),
    )
    tell_prepared(training, checkpoint or 0)
    training_state.seed_everything(options.seed)
    if checkpoint is not None:
        training_state.restore(training, checkpoint)
    return training


def usable_options(report: Report, options: TrainingOptions) -> TrainingOptions:
    """The options as this machine can follow them; a change is said."""
    if options.precision == Precision.FP16 and loading.choose_device() == "cpu":
        report.say("fp16 needs a GPU; this run computes in bf16 instead.", warning=True)
        return options.model_copy(update={"precision": Precision.BF16})
    return options


def tokenise_splits(
    report: Report,
    options: TrainingOptions,
    samples: LabelledSamples,
    model: object,
    tokenizer: "PreTrainedTokenizerBase",
) -> dict[str, TokenisedSamples]:
    """Token ids of every split, made once."""
    longest = loading.longest_input(model.config)  # type: ignore[attr-defined]
    if options.max_length > longest:
        report.say(f"This model takes {longest} tokens at most; longer captions are cut there.")
    length = min(options.max_length, longest)
    splits = {
        split: tokenise(tokenizer, samples.of(split), length) for split in (TRAIN, VALIDATION, TEST)
    }
    cut = sum(len(split.cut) for split in splits.values())
    if cut:
        total = sum(len(split) for split in splits.values())
        report.say(
            f"{cut:,} of {total:,} captions are longer than {length} tokens and are cut.",
            warning=True,
        )
    return splits


def tell_prepared(training: Training, first_step: int) -> None:
    """Say how long the run will be and what trains in it."""
    trainable, total = adapters.count_parameters(training.model)
    options, splits = training.job.options, training.splits
    each = epoch_steps(training)
    training.report.append(
        Prepared(
            total_steps=each * options.epochs,
            steps_per_epoch=each,
            first_step=first_step,
            train_count=len(splits[TRAIN]),
            validation_count=len(splits[VALIDATION]),
            trainable=trainable,
            total=total,
            cut_samples=tuple(id for split in splits.values() for id in split.cut),
            base_revision=training.job.base_model.revision,
        )
    )


def epoch_steps(training: Training) -> int:
    """Updates in one epoch."""
    options = training.job.options
    return steps_per_epoch(
        len(training.splits[TRAIN]), options.micro_batch_size, options.accumulation
    )


def is_over(training: Training) -> bool:
    """Whether all epochs are done, or the run ended early."""
    progress = training.progress
    return progress.ended_early or progress.epoch >= training.job.options.epochs


def train_epoch(training: Training) -> bool:
    """Train to the end of the current epoch and close it; False when a stop was asked for."""
    options, progress = training.job.options, training.progress
    batches = epoch_batches(
        training.splits[TRAIN].lengths,
        options.seed,
        progress.epoch,
        options.micro_batch_size,
        options.length_bucketed,
    )
    size = options.accumulation
    groups = [batches[start : start + size] for start in range(0, len(batches), size)]
    for group in groups[progress.steps_in_epoch :]:
        if not answer_requests(training):
            return False
        trouble = take_step(training, group)
        if trouble is not None:
            wait_diverged(training, trouble)
            return False
        if progress.steps_in_epoch < len(groups) and is_due(
            progress.step, options.checkpoints.every_steps
        ):
            training_state.save(training)
    close_epoch(training)
    return True


@dataclass(frozen=True)
class Divergence:
    """A step whose loss or gradient is not a number; nothing was updated by it."""

    what: str
    micro_batch: int
    sample_ids: tuple[int, ...]


def take_step(training: Training, group: list[list[int]]) -> Divergence | None:
    """One update from a group of micro-batches, or what makes it impossible."""
    started = time.perf_counter()
    options, progress = training.job.options, training.progress
    rate = optimizers.learning_rate(progress.step, epoch_steps(training) * options.epochs, options)
    before = machine.random_snapshot()
    logits = run_micro_batches(training, group)
    training.scaler.unscale_(training.optimizer)
    norm = float(optimizers.clip(training.model, options.optimizer.clip_norm))
    train, positions = training.splits[TRAIN], [at for batch in group for at in batch]
    figures = per_sample(logits, [train.labels[at] for at in positions])
    if trouble := find_divergence(training, group, figures, norm):
        training.optimizer.zero_grad(set_to_none=True)
        machine.go_back(before)
        return trouble
    optimizers.set_learning_rate(training.optimizer, rate)
    training.scaler.step(training.optimizer)
    training.scaler.update()
    training.optimizer.zero_grad(set_to_none=True)
    training.dynamics.note(positions, [getattr(figures, kind) for kind in KINDS])
    progress.step += 1
    progress.steps_in_epoch += 1
    training.report.append(
        Stepped(
            step=progress.step,
            epoch=progress.step / epoch_steps(training),
            metrics={
                "train/loss": float(figures.losses.mean()),
                "learning_rate": rate,
                "gradient_norm": norm,
                "samples_per_second": len(positions) / (time.perf_counter() - started),
                "memory": machine.memory_used(training.device),
            },
        )
    )
    return None


def run_micro_batches(training: Training, group: list[list[int]]) -> np.ndarray:
    """Forward and backward; the loss is the mean over all samples of the group.

    Returns the logits, taken before the update and with dropout, in the group's order.
    """
    import torch
    from torch.nn.functional import cross_entropy

    train, device, options = training.splits[TRAIN], training.device, training.job.options
    count = sum(len(batch) for batch in group)
    found = []
    for batch in group:
        inputs, targets = train.batch(batch, device), train.targets(batch, device)
        with measuring.precision_context(options, device):
            logits = training.model(**inputs).logits
        logits = logits.float()
        loss = cross_entropy(logits, targets, reduction="sum") / count
        training.scaler.scale(loss).backward()
        found.append(logits.detach())
    return torch.cat(found).cpu().numpy()


def find_divergence(
    training: Training, group: list[list[int]], figures: PerSample, norm: float
) -> Divergence | None:
    """Which micro-batch and samples made the loss no number; a scaled gradient may overflow."""
    ids, start = training.splits[TRAIN].ids, 0
    for number, batch in enumerate(group, start=1):
        bad = ~np.isfinite(figures.losses[start : start + len(batch)])
        if bad.any():
            named = tuple(ids[at] for at, wrong in zip(batch, bad, strict=True) if wrong)
            return Divergence("loss", number, named)
        start += len(batch)
    if not math.isfinite(norm) and not training.scaler.is_enabled():
        return Divergence("gradient", 1, tuple(ids[at] for batch in group for at in batch))
    return None


def wait_diverged(training: Training, trouble: Divergence) -> None:
    """Pause before the update that would have spoilt the weights, until a stop is asked for."""
    step = training.progress.step + 1
    named = ", ".join(str(id) for id in trouble.sample_ids)
    rate = training.job.options.optimizer.learning_rate
    message = (
        f"Paused at step {step}: the {trouble.what} is not a number. It came from micro-batch "
        f"{step}.{trouble.micro_batch}, samples {named}. The learning rate is {rate:g}. "
        "No weight was changed by it."
    )
    training.report.append(
        Paused(
            step=training.progress.step,
            reason=Reason.DIVERGED,
            micro_batch=trouble.micro_batch,
            sample_ids=trouble.sample_ids,
            message=message,
        )
    )
    while not training.report.is_asked(Request.STOP):
        time.sleep(WAIT_SECONDS)


def answer_requests(training: Training) -> bool:
    """Do what the studio asked for between two steps; False when it asked to stop."""
    report, step = training.report, training.progress.step
    if report.is_asked(Request.SAVE):
        training_state.save(training)
        report.take_back(Request.SAVE)
    if report.is_asked(Request.EVALUATE):
        measure_split(training, VALIDATION)
        report.take_back(Request.EVALUATE)
    if report.is_asked(Request.PAUSE) and not report.is_asked(Request.STOP):
        training_state.save(training)
        report.append(Paused(step=step))
        while report.is_asked(Request.PAUSE) and not report.is_asked(Request.STOP):
            time.sleep(WAIT_SECONDS)
        if not report.is_asked(Request.STOP):
            report.append(Resumed(step=step))
    return not report.is_asked(Request.STOP)


def close_epoch(training: Training) -> None:
    """Tell the dynamics, measure the validation split, and save when it is due or the best."""
    progress, options = training.progress, training.job.options
    progress.epoch += 1
    progress.steps_in_epoch = 0
    training.saved_step = -1
    dynamics = training.dynamics
    measuring.tell_samples(
        training.report,
        training.splits[TRAIN].ids,
        PerSample(*(dynamics.of(kind).copy() for kind in KINDS), np.zeros((0, 0))),
        phase=Phase.TRAINING,
        split=TRAIN,
        step=progress.step,
        epoch=progress.epoch,
    )
    dynamics.clear()
    score = measure_split(training, VALIDATION)
    is_best = score is not None and note_score(training, score)
    often = options.checkpoints
    if (
        (is_best and often.keep_best)
        or is_due(progress.epoch, often.every_epochs)
        or is_due(progress.step, often.every_steps)
    ):
        training_state.save(training)


def note_score(training: Training, score: Score) -> bool:
    """Keep the score if it is the best; end the run when it has not got better for long."""
    progress, options = training.progress, training.job.options.evaluation
    if progress.lowest_loss is None or score.loss < progress.lowest_loss:
        progress.lowest_loss = score.loss
        progress.epochs_without_gain = 0
    else:
        progress.epochs_without_gain += 1
    patience = options.early_stop_epochs
    progress.ended_early = bool(patience) and progress.epochs_without_gain >= patience
    better = progress.best_value is None or (
        score.loss < progress.best_value
        if options.best_by == "loss"
        else score.accuracy > progress.best_value
    )
    if better:
        progress.best_step = progress.step
        progress.best_value = score.loss if options.best_by == "loss" else score.accuracy
    return better


def measure_split(training: Training, split: str) -> Score | None:
    """Measure a split as the model is now; None when it has no samples."""
    samples = training.splits[split]
    if not len(samples):
        return None
    return measuring.measure(
        training.report,
        training.model,
        samples,
        training.job.options,
        labels=training.job.labels,
        device=training.device,
        split=split,
        step=training.progress.step,
        epoch=training.progress.epoch,
    )


def measure_best(training: Training) -> Ending:
    """Load the best checkpoint and measure every split with it: predictions for all samples."""
    progress = training.progress
    last = Finished(step=progress.step, early=progress.ended_early)
    if (best := training_state.load_best(training)) is not None:
        progress.step, progress.epoch = best
    for split in (TRAIN, VALIDATION, TEST):
        if training.report.is_asked(Request.STOP):
            return Stopped(step=last.step)
        measure_split(training, split)
    return last


def stop(training: Training) -> Stopped:
    """Save where the run is, and end."""
    training_state.save(training)
    training.report.take_back(Request.STOP)
    return Stopped(step=training.progress.step)


def is_due(count: int, every: int) -> bool:
    """Whether something that happens every so often happens now; 0 is never."""
    return every > 0 and count % every == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
