"""Fine-tune a base model on captions: `python -m workers.train FOLDER`."""

import sys
import time

from workers import divergence, measuring, preparing, shortage, stepping, training_state
from workers.contract.events import (
    Finished,
    Paused,
    Phase,
    Reason,
    Resumed,
    Stepped,
    Stopped,
)
from workers.contract.folder import Request
from workers.contract.job import TrainingJob
from workers.data.batches import epoch_batches
from workers.data.samples import TEST, TRAIN, VALIDATION
from workers.models import budget, loading, machine, optimizers
from workers.models.trouble import Trouble, is_memory
from workers.objectives.objective import Moment, Standing
from workers.reporting import Ending, Report, run_job
from workers.training_state import Training

WAIT_SECONDS = 0.1


def main(argv: list[str]) -> int:
    """Do the training job of a folder; the exit code is 0 when it finished or was stopped."""
    return run_job(argv, perform)


def perform(report: Report) -> Ending:
    """Load, train epoch by epoch, then measure the best checkpoint on every split."""
    job = report.job
    if not isinstance(job, TrainingJob):
        raise Trouble(Reason.BAD_OPTION, f"This folder holds a job to {job.kind}, not to train.")
    free = budget.free(loading.choose_device())
    training = None
    try:
        training = preparing.set_up(report, job)
        return train_all(training)
    except (MemoryError, RuntimeError) as error:  # a device's own is a RuntimeError
        if not is_memory(error):
            raise
        raise shortage.trouble_of(job, training, free) from error


def train_all(training: Training) -> Ending:
    """All epochs that are left, and the figures of the best checkpoint."""
    while not is_over(training):
        if not train_epoch(training):
            return stop(training)
    training_state.save(training)
    return measure_best(training)


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
            divergence.wait_diverged(training, trouble)
            return False
        if progress.steps_in_epoch < len(groups) and is_due(
            progress.step, options.checkpoints.every_steps
        ):
            training_state.save(training)
    close_epoch(training)
    return True


def take_step(training: Training, group: list[list[int]]) -> divergence.Divergence | None:
    """One update from a group of micro-batches, or what makes it impossible."""
    started = time.perf_counter()
    options, progress = training.job.options, training.progress
    rate = optimizers.learning_rate(
        progress.step, preparing.epoch_steps(training) * options.epochs, options
    )
    before = machine.random_snapshot()
    loss, found = stepping.run_micro_batches(training, group)
    training.scaler.unscale_(training.optimizer)
    norm = optimizers.clip(training.optimizer, options.optimizer.clip_norm)
    if trouble := divergence.find_divergence(training, group, found.sums, norm):
        training.optimizer.zero_grad(set_to_none=True)
        machine.go_back(before)
        return trouble
    optimizers.set_learning_rate(training.optimizer, rate)
    training.scaler.step(training.optimizer)
    training.scaler.update()
    training.optimizer.zero_grad(set_to_none=True)
    positions = [at for batch in group for at in batch]
    training.dynamics.note(positions, found.figures)
    progress.step += 1
    progress.steps_in_epoch += 1
    training.report.append(
        Stepped(
            step=progress.step,
            epoch=progress.step / preparing.epoch_steps(training),
            metrics={
                "train/loss": loss,
                "learning_rate": rate,
                "gradient_norm": norm,
                "samples_per_second": len(positions) / (time.perf_counter() - started),
                "memory": machine.memory_used(training.objective.device),
            },
        )
    )
    return None


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
        dynamics.figures(),
        phase=Phase.TRAINING,
        moment=Moment(TRAIN, progress.step, progress.epoch),
    )
    dynamics.clear()
    standing = measure_split(training, VALIDATION)
    is_best = standing is not None and note_standing(training, standing)
    often = options.checkpoints
    if (
        (is_best and often.keep_best)
        or is_due(progress.epoch, often.every_epochs)
        or is_due(progress.step, often.every_steps)
    ):
        training_state.save(training)


def note_standing(training: Training, standing: Standing) -> bool:
    """Keep it if it is the best; end the run when the loss has not got better for long."""
    progress, options = training.progress, training.job.options.evaluation
    if progress.lowest_loss is None or standing.loss < progress.lowest_loss:
        progress.lowest_loss = standing.loss
        progress.epochs_without_gain = 0
    else:
        progress.epochs_without_gain += 1
    patience = options.early_stop_epochs
    progress.ended_early = bool(patience) and progress.epochs_without_gain >= patience
    if options.best_by == "accuracy" and standing.accuracy is not None:
        value = standing.accuracy
        better = progress.best_value is None or value > progress.best_value
    else:
        value = standing.loss
        better = progress.best_value is None or value < progress.best_value
    if better:
        progress.best_step, progress.best_value = progress.step, value
    return better


def measure_split(training: Training, split: str) -> Standing | None:
    """Measure a split as the model is now; None when it has no samples."""
    samples, progress = training.splits[split], training.progress
    if not len(samples):
        return None
    return training.objective.measure(
        training.report,
        training.model,
        samples,
        Moment(split, progress.step, progress.epoch),
    )


def measure_best(training: Training) -> Ending:
    """Load the best checkpoint and measure every split with it: predictions for all samples."""
    progress = training.progress
    last = Finished(step=progress.step, early=progress.ended_early)
    if (best := training_state.load_best(training)) is not None:
        progress.step, progress.epoch = best
    for split in (TRAIN, VALIDATION, TEST):
        if training.report.is_asked(Request.STOP):
            training.report.take_back(Request.STOP)
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
