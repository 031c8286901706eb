"""Loaded tiny models of vision-language families, and jobs for them."""

from pathlib import Path

from workers.contract.catalogue import refer_to
from workers.contract.job import TrainingJob
from workers.contract.options import TrainingOptions, with_values
from workers.models import seeing

FAST = {
    "task": "picture",
    "prompt.template": "llava",
    "prompt.answer": "caption",
    "prompt.instruction": "a road",
    "max_length": 256,
    "adapter.rank": 2,
    "adapter.targets": ["q_proj", "v_proj"],
    "adapter.dropout": 0.0,
    "micro_batch_size": 4,
    "epochs": 1,
    "optimizer.learning_rate": 5e-3,
    "evaluation.baseline_seeds": 0,
    "threads": 1,
}


def family_job(place: Path, digest: str = "", labels=(), **changes) -> TrainingJob:
    """The job of a model's folder; its run lies two below the pictures', names use __ for a dot."""
    values = FAST | {"base_model": str(place)}
    values |= {key.replace("__", "."): value for key, value in changes.items()}
    return TrainingJob(
        token="family",
        base_model=refer_to(str(place)),
        pictures="../..",
        options=with_values(TrainingOptions(), values),
        labels=labels,
        snapshot_sha256=digest,
    )


def load_family(place: Path, **changes):
    """The model, its tokenizer and how it sees."""
    job = family_job(place, **changes)
    model, tokenizer = seeing.load_writer(job, device="cpu")
    return model.eval(), tokenizer, seeing.sight_of(job, model, tokenizer)
