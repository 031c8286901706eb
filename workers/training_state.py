"""A training in memory, and the one place where it is written to a checkpoint and read back."""

import dataclasses
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workers.contract import folder
from workers.contract.events import CheckpointRemoved, CheckpointSaved, Reason, Resumed
from workers.contract.job import Start, TrainingJob
from workers.contract.options import OptimizerKind
from workers.metrics.dynamics import Dynamics
from workers.models import checkpoints, optimizers
from workers.models.trouble import Trouble
from workers.objectives.objective import AnyObjective, Encoded
from workers.reporting import Report

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.optim import Optimizer
    from transformers import PreTrainedTokenizerBase

# A run that is killed while it writes falls back to the one before: never fewer than two.
NEWEST_KEPT = 2


@dataclass
class Progress:
    """Where the loop is; all of it is in every checkpoint. Counts are of what is done."""

    step: int = 0
    epoch: int = 0
    steps_in_epoch: int = 0
    best_step: int | None = None
    best_value: float | None = None
    lowest_loss: float | None = None
    epochs_without_gain: int = 0
    ended_early: bool = False


@dataclass
class Training:
    """What the loop works with. `model` changes with every step."""

    report: Report
    job: TrainingJob
    objective: AnyObjective
    model: "nn.Module"
    tokenizer: "PreTrainedTokenizerBase"
    optimizer: "Optimizer"
    scaler: "torch.amp.GradScaler"
    splits: Mapping[str, Encoded]
    dynamics: Dynamics
    progress: Progress
    saved_step: int = -1


def seed_everything(seed: int) -> None:
    """Start every random generator from the job's random seed."""
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def save(training: Training) -> None:
    """Write a checkpoint of this very step (once), say so, and remove what is no longer kept."""
    import torch

    progress, report = training.progress, training.report
    if training.saved_step == progress.step:
        return
    tensors, numbers = optimizers.optimizer_state(training.model, training.optimizer)
    drawn, generators = checkpoints.random_state()
    state: dict[str, Any] = {
        "progress": dataclasses.asdict(progress),
        "optimizer": numbers,
        "random": generators,
        "scaler": training.scaler.state_dict(),
        "snapshot_sha256": training.job.snapshot_sha256,
    }
    files = {
        checkpoints.WEIGHTS: checkpoints.trained_weights(training.model),
        checkpoints.OPTIMIZER: tensors,
        checkpoints.RNG: drawn,
        checkpoints.DYNAMICS: {"values": torch.from_numpy(training.dynamics.as_array())},
    }
    place, size = checkpoints.save(
        report.folder, progress.step, checkpoints.Checkpoint(files, state)
    )
    training.saved_step = progress.step
    _say_saved(training, place.relative_to(report.folder).as_posix(), size)
    _remove_old(training)


def restore(training: Training, step: int) -> None:
    """Continue from the checkpoint of a step, as if the process had never ended."""
    place = folder.checkpoint_folder(training.report.folder, step)
    saved = checkpoints.load(place)
    checkpoints.put_weights(training.model, saved.tensors[checkpoints.WEIGHTS])
    optimizers.restore_optimizer(
        training.model,
        training.optimizer,
        saved.tensors.get(checkpoints.OPTIMIZER, {}),
        saved.state["optimizer"],
    )
    training.scaler.load_state_dict(saved.state["scaler"])
    training.dynamics.restore(saved.tensors[checkpoints.DYNAMICS]["values"].numpy())
    training.progress = Progress(**saved.state["progress"])
    training.saved_step = step
    training.report.append(Resumed(step=step))
    size = sum(path.stat().st_size for path in place.iterdir())
    _say_saved(training, place.relative_to(training.report.folder).as_posix(), size)
    # Last: nothing may be drawn between this and the next step.
    checkpoints.restore_random_state(saved.tensors[checkpoints.RNG], saved.state["random"])


def take_over(training: Training, start: Start) -> None:
    """Begin with the weights of another run, and its optimizer's moments if they are kept.

    The schedule, the step count and the random generators are those of a new run.
    """
    saved = checkpoints.load(training.report.folder / folder.START)
    try:
        checkpoints.put_weights(training.model, saved.tensors[checkpoints.WEIGHTS])
    except Trouble as error:
        raise Trouble(
            error.reason,
            f"“{start.name}” cannot be continued with these options: its weights have other shapes "
            f"or names. {error.message}",
        ) from error
    kept = "its optimizer starts anew"
    if start.keeps_optimizer:
        _keep_moments(training, start, saved)
        kept = "its optimizer goes on"
    training.report.say(
        f"Continuing “{start.name}” from its step {start.step}, after {start.epochs} epochs; "
        f"{kept}, and the learning rate schedule begins at its start."
    )


def _keep_moments(training: Training, start: Start, saved: checkpoints.Checkpoint) -> None:
    tensors = saved.tensors.get(checkpoints.OPTIMIZER, {})
    in_full = any(key.startswith("exp_avg/") for key in tensors)
    if not tensors or in_full != (training.job.options.optimizer.kind == OptimizerKind.ADAMW):
        raise Trouble(
            Reason.BAD_CHECKPOINT,
            f"The optimizer of “{start.name}” cannot go on: its moments are not those of "
            f"{training.job.options.optimizer.kind}. Choose the same optimizer, or start it anew.",
        )
    optimizers.restore_optimizer(
        training.model, training.optimizer, tensors, saved.state["optimizer"]
    )


def find_checkpoint(report: Report) -> int | None:
    """The step to go on from; damaged checkpoints are named in the log and taken away."""
    step, skipped = checkpoints.newest_sound(report.folder)
    for sentence in skipped:
        report.say(sentence, warning=True)
    for damaged in folder.checkpoint_steps(report.folder):
        if damaged > (-1 if step is None else step):
            checkpoints.remove(report.folder, damaged)
            report.append(CheckpointRemoved(step=damaged))
    return step


def _say_saved(training: Training, relative: str, size: int) -> None:
    progress = training.progress
    keeps_best = training.job.options.checkpoints.keep_best and progress.best_step is not None
    best = progress.best_step if keeps_best else progress.step
    value = progress.best_value if keeps_best and progress.best_value is not None else 0.0
    if best == progress.step or best in folder.checkpoint_steps(training.report.folder):
        folder.write_best(training.report.folder, best or 0, value)
    training.report.append(
        CheckpointSaved(
            step=progress.step,
            epoch=progress.epoch,
            folder=relative,
            bytes=size,
            best=keeps_best and best == progress.step,  # an evaluation said so
        )
    )


def _remove_old(training: Training) -> None:
    place = training.report.folder
    steps = folder.checkpoint_steps(place)
    kept = {*steps[-NEWEST_KEPT:], folder.best_step(place)}
    for step in steps:
        if step not in kept:
            checkpoints.remove(place, step)
            training.report.append(CheckpointRemoved(step=step))


def load_best(training: Training) -> tuple[int, int] | None:
    """Put the best checkpoint's weights into the model; its step and epoch, if there is one."""
    place = training.report.folder
    best = folder.best_step(place)
    if best is None or best not in folder.checkpoint_steps(place):
        return None
    saved = checkpoints.load(folder.checkpoint_folder(place, best))
    checkpoints.put_weights(training.model, saved.tensors[checkpoints.WEIGHTS])
    return best, saved.state["progress"]["epoch"]


def position_of(parent: Path, checkpoint: str) -> tuple[int, int]:
    """The step and the epoch that a checkpoint was saved at."""
    step = folder.chosen_step(parent, checkpoint)
    saved = checkpoints.load(folder.checkpoint_folder(parent, step))
    return step, saved.state["progress"]["epoch"]
