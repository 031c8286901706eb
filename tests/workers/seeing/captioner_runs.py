"""Run folders of composed captioners, in a project's own place."""

from pathlib import Path

from tests.workers.seeing.tiny_eyes import draw_samples
from workers.contract import folder
from workers.contract.catalogue import refer_to
from workers.contract.job import TrainingJob
from workers.contract.options import TrainingOptions, with_values
from workers.contract.snapshot import write_snapshot

FAST = {
    "task": "picture",
    "prompt.template": "captioner",
    "prompt.answer": "caption",
    "prompt.instruction": "",
    "max_length": 64,
    "adapter.rank": 2,
    "adapter.targets": ["q_proj", "v_proj"],
    "adapter.dropout": 0.0,
    "micro_batch_size": 4,
    "epochs": 2,
    "optimizer.learning_rate": 5e-3,
    "evaluation.baseline_seeds": 0,
    "threads": 1,
}


def options_of(tower: Path, decoder: Path, **changes) -> TrainingOptions:
    """Options of a tiny captioner; names have two underscores for the dot."""
    values = FAST | {"base_model": str(decoder), "vision.tower_model": str(tower)}
    values |= {key.replace("__", "."): value for key, value in changes.items()}
    return with_values(TrainingOptions(), values)


def job_of(tower: Path, decoder: Path, digest: str = "", labels=(), **changes) -> TrainingJob:
    """The job of a tiny captioner whose folder lies two below the pictures'."""
    return TrainingJob(
        token="captioner",
        base_model=refer_to(str(decoder)),
        tower_model=refer_to(str(tower)),
        pictures="../..",
        options=options_of(tower, decoder, **changes),
        labels=labels,
        snapshot_sha256=digest,
    )


def write_captioner_run(
    place: Path, tower: Path, decoder: Path, samples=None, labels=(), name="run", **changes
) -> Path:
    """A run folder in `place`/project.runs, with pictures in `place`."""
    run = place / "project.runs" / name
    run.mkdir(parents=True)
    digest = write_snapshot(run, draw_samples(place) if samples is None else samples)
    folder.write_job(run, job_of(tower, decoder, digest, labels, **changes))
    return run
