"""A small project of captions that a tiny random model can learn in seconds."""

from pathlib import Path

from studio.document import Document
from studio.runs.importing import import_source
from workers.contract.options import TrainingOptions, with_values


def write_table(path: Path, count: int) -> Path:
    """A CSV whose captions tell their label."""
    rows = ["text,label,split"]
    for number in range(count):
        dangerous = number % 2 == 0
        text = "child runs into the road" if dangerous else "the road ahead is clear"
        split = "validation" if number % 5 == 0 else "train"
        rows.append(f"{text} car {number},{'dangerous' if dangerous else 'safe'},{split}")
    path.write_text("\n".join(rows) + "\n")
    return path


def make_project(path: Path, count: int) -> Path:
    """A closed project with that many labelled captions."""
    document = Document.create(path)
    import_source(document, write_table(path.with_suffix(".csv"), count))
    document.close()
    return path


def make_options(model: Path, **changes: object) -> TrainingOptions:
    """Options under which the tiny model trains fast, with a checkpoint every few steps."""
    values = {
        "base_model": str(model),
        "micro_batch_size": 2,
        "max_length": 32,
        "adapter.rank": 2,
        "adapter.alpha": 4,
        "evaluation.baseline_seeds": 0,
        "checkpoints.every_steps": 7,
        "threads": 1,
    }
    return with_values(TrainingOptions(), values | changes)
