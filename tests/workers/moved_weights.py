"""A checkpoint as training leaves it, without the training."""

from pathlib import Path

import torch

from workers.contract import folder
from workers.contract.options import TrainingOptions
from workers.models import adapters, checkpoints

STEP = 4


def save_moved(run: Path, model: torch.nn.Module, options: TrainingOptions, noise: float) -> None:
    """The best checkpoint of a run, at step 4: what would train, moved by a seeded noise."""
    model = adapters.prepare(model, options)
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * noise)
    weights = {checkpoints.WEIGHTS: checkpoints.trained_weights(model)}
    checkpoints.save(run, STEP, checkpoints.Checkpoint(weights, {}))
    folder.write_best(run, STEP, 0.5)
