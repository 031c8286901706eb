"""A run's model in its two arms: the base as training began with it, and a checkpoint's weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers.contract import folder
from workers.contract.events import Reason
from workers.contract.job import TrainingJob
from workers.models import adapters, checkpoints, loading, seeing
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedTokenizerBase

BASE, TUNED = "base", "tuned"
ARMS = (BASE, TUNED)


@dataclass
class Arms:
    """One loaded model that is switched from arm to arm; what training changed is kept twice."""

    model: "nn.Module"
    tokenizer: "PreTrainedTokenizerBase"
    job: TrainingJob
    step: int
    weights: dict[str, checkpoints.Tensors]

    def switch(self, arm: str) -> "nn.Module":
        """The model with the weights of an arm, ready to answer."""
        if arm not in self.weights:
            raise ValueError(f"“{arm}” is no arm; there are: {', '.join(ARMS)}.")
        self.model.requires_grad_(False)
        places = dict(self.model.named_parameters())
        for name, values in self.weights[arm].items():
            places[name].copy_(values)
        return self.model.eval()


def load_arms(run_folder: Path, checkpoint: str = "best", *, device: str = "cpu") -> Arms:
    """Load the base model of a run once, with what a checkpoint (best, last or a step) changed."""
    job, step = read_run(run_folder, checkpoint)
    model, tokenizer = _load_base(job, device)
    model = adapters.prepare(model, job.options)
    base = {name: values.clone() for name, values in checkpoints.trained_weights(model).items()}
    checkpoints.load_weights(model, folder.checkpoint_folder(run_folder, step))
    tuned = {name: values.clone() for name, values in checkpoints.trained_weights(model).items()}
    return Arms(model, tokenizer, job, step, {BASE: base, TUNED: tuned})


def read_run(run_folder: Path, checkpoint: str) -> tuple[TrainingJob, int]:
    """The job of a run and the step of its checkpoint; Trouble says what is missing."""
    try:
        job = folder.load_job(run_folder)
    except (OSError, ValueError) as error:
        raise Trouble(
            Reason.BAD_CHECKPOINT, f"The folder of the run cannot be read: {run_folder.name}."
        ) from error
    if not isinstance(job, TrainingJob):
        raise Trouble(Reason.BAD_CHECKPOINT, f"{run_folder.name} is not the folder of a training.")
    try:
        return job, folder.chosen_step(run_folder, checkpoint)
    except FileNotFoundError as error:
        raise Trouble(Reason.BAD_CHECKPOINT, str(error)) from error


def _load_base(job: TrainingJob, device: str) -> Any:
    if job.options.task.writes:
        return seeing.load_writer(job, device=device)
    return loading.load_classifier(job.base_model, job.labels, job.options, device=device)
