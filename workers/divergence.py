"""A loss that is not a number: found before the update that would spoil the weights."""

import math
import time
from dataclasses import dataclass

import numpy as np

from workers import training_state
from workers.contract.events import Paused, Reason
from workers.contract.folder import Request
from workers.data.samples import TRAIN
from workers.training_state import Training

WAIT_SECONDS = 0.1


@dataclass(frozen=True)
class Divergence:
    """A step whose loss or gradient is not a number; nothing was updated by it."""

    what: str
    micro_batch: int
    sample_ids: tuple[int, ...]


def find_divergence(
    training: Training, group: list[list[int]], losses: np.ndarray, norm: float
) -> Divergence | None:
    """Which micro-batch and samples made the loss no number; a scaled gradient may overflow."""
    ids, start = training.splits[TRAIN].ids, 0
    for number, batch in enumerate(group, start=1):
        bad = ~np.isfinite(losses[start : start + len(batch)])
        if bad.any():
            named = tuple(ids[at] for at, wrong in zip(batch, bad, strict=True) if wrong)
            return Divergence("loss", number, named)
        start += len(batch)
    if not math.isfinite(norm) and not training.scaler.is_enabled():
        return Divergence("gradient", 1, tuple(ids[at] for batch in group for at in batch))
    return None


def wait_diverged(training: Training, trouble: Divergence) -> None:
    """Pause before the update that would have spoilt the weights, until a stop is asked for."""
    if training.progress.step:
        training_state.save(training)  # another run may go on from here
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
