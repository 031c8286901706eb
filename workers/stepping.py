"""The gradients of one step: what training and its probe do alike."""

from workers.data.samples import TRAIN
from workers.objectives.objective import StepFigures
from workers.training_state import Training


def run_micro_batches(training: Training, group: list[list[int]]) -> tuple[float, StepFigures]:
    """Forward and backward; the loss is the mean over all that the group's samples count.

    Returns it with each sample's part, taken before the update and with dropout.
    """
    import torch

    train, objective = training.splits[TRAIN], training.objective
    positions = [at for batch in group for at in batch]
    count = max(1, objective.count(train, positions))
    seen = []
    for batch in group:
        one = objective.run(training.model, train, batch)
        training.scaler.scale(one.loss / count).backward()
        seen.append(one.seen)
    found = objective.figures(train, positions, torch.cat(seen).cpu().numpy())
    return float(found.sums.sum() / count), found
