"""The tuned model with what says exactly which one it is, and the base model beside it."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers.contract import folder
from workers.contract.job import TrainingJob
from workers.contract.options import Method
from workers.contract.snapshot import SnapshotSample
from workers.maps.seen import Eye
from workers.models import checkpoints, eyes, loading, seeing

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedTokenizerBase

FORMAT = 2  # arrays are bytes of shares; before, they were half-precision numbers


@dataclass(frozen=True)
class Reader:
    """The tuned model, its tokenizer, and the checkpoint it came from.

    `eye` is that of a model that sees.
    """

    model: "nn.Module"
    tokenizer: "PreTrainedTokenizerBase"
    job: TrainingJob
    step: int
    adapter_sha256: str
    eye: Eye | None = None


def load_reader(run_folder: Path, checkpoint: str) -> Reader:
    """The model of a run's checkpoint."""
    model, tokenizer, job = loading.load_trained(
        run_folder, checkpoint, device=loading.choose_device()
    )
    step = folder.chosen_step(run_folder, checkpoint)
    weights = folder.checkpoint_folder(run_folder, step) / checkpoints.WEIGHTS
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    eye = _open_eye(run_folder, job, model, tokenizer)
    return Reader(model, tokenizer, job, step, digest, eye)


@contextlib.contextmanager
def base_model(reader: Reader) -> Iterator["nn.Module"]:
    """The model before training: the adapter switched off, or the base weights loaded anew.

    A classifier's head is the untrained one that training began with.
    """
    if reader.job.options.method == Method.LORA:
        model: Any = reader.model
        with model.disable_adapter():
            yield model
        return
    job, device = reader.job, str(next(reader.model.parameters()).device)
    if job.options.task.writes:
        model, _ = seeing.load_writer(job, device=device)
    else:
        model, _ = loading.load_classifier(job.base_model, job.labels, job.options, device=device)
    yield model.eval()


def _open_eye(run_folder: Path, job: TrainingJob, model: Any, tokenizer: Any) -> Eye | None:
    if job.options.vision is None:
        return None
    sight = seeing.sight_of(job, model, tokenizer)
    frozen = eyes.frozen_eye(sight, model, job.options)
    return Eye(sight, (run_folder / job.pictures).resolve(), frozen)


def _names_of(job: TrainingJob) -> str:
    """Which pretrained weights there are: the decoder's, behind those of a vision tower."""
    models = [job.tower_model, job.base_model] if job.tower_model else [job.base_model]
    return " + ".join(one.hub_id or one.name for one in models)


def origin_of(reader: Reader, sample: SnapshotSample) -> dict[str, Any]:
    """What every map says of the model and the sample that made it."""
    job = reader.job
    return {
        "format": FORMAT,
        "base_model": _names_of(job),
        "revision": job.base_model.revision,
        "adapter_sha256": reader.adapter_sha256,
        "run_token": job.token,
        "step": reader.step,
        "method": job.options.method.value,
        "sample_id": sample.id,
        "image_sha256": sample.image_sha256,
        "label": sample.label,
        "reduction": "none",
        "geometry": None,
    }
