"""Loaded tiny models of vision-language families, and jobs for them."""

import hashlib
from pathlib import Path

from PIL import Image, ImageDraw

from tests.workers.seeing.tiny_eyes import COLOURS
from workers.contract import folder
from workers.contract.catalogue import refer_to
from workers.contract.job import TrainingJob
from workers.contract.options import TrainingOptions, with_values
from workers.contract.snapshot import SnapshotSample, write_snapshot
from workers.models import seeing

SIZES = ((90, 90), (200, 70), (60, 190), (150, 110))
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


def draw_unequal(place: Path, count: int = 8, validation: int = 4) -> list[SnapshotSample]:
    """Pictures of four shapes and colours, with captions in words that tiny models know."""
    (place / "pictures").mkdir(parents=True, exist_ok=True)
    samples = []
    for index in range(count):
        size = SIZES[index % 4]
        path = place / "pictures" / f"{index}.png"
        image = Image.new("RGB", size, COLOURS[index % 4])
        ImageDraw.Draw(image).rectangle((9 * index, 5, 9 * index + 20, 30), fill="black")
        image.save(path)
        samples.append(
            SnapshotSample(
                id=index,
                key=f"sample-{index}",
                text=f"the van w{index % 4} stops" + " rain" * (index % 3),
                label="dangerous" if index % 2 else "safe",
                split="validation" if index >= count - validation else "train",
                image=f"pictures/{path.name}",
                image_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                image_width=size[0],
                image_height=size[1],
            )
        )
    return samples


def write_family_run(
    place: Path, model: Path, samples=None, name="run", labels=(), **changes
) -> Path:
    """A run folder in `place`/project.runs, with pictures of unequal shapes in `place`."""
    run = place / "project.runs" / name
    run.mkdir(parents=True)
    digest = write_snapshot(run, draw_unequal(place) if samples is None else samples)
    folder.write_job(run, family_job(model, digest, labels, **changes))
    return run
