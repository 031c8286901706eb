"""A project of any size, with captions, images, a split and a run that predicted everything."""

from pathlib import Path

from sqlalchemy.engine import Connection

from studio.document import Document
from studio.project import schema

PLACES = ("crossing", "bridge", "tunnel", "roundabout", "junction")
WEATHER = ("in fog", "in rain", "at night", "雨天的道路", "in sunshine")


def make_project(path: Path, count: int) -> Document:
    """An open, new project; nothing of it can be undone, as after a long time."""
    document = Document.create(path)
    document.record(_add_samples, count)
    document.record(_add_run, count)
    return document


def _add_samples(connection: Connection, count: int) -> None:
    numbers = range(1, count + 1)
    source = {"id": 1, "name": "cam-3", "root": "media", "format": "folders", "imported_at": 1.0}
    connection.execute(schema.sources.insert(), [source])
    connection.execute(
        schema.images.insert(),
        [{"id": n, "source_id": 1, "path": f"cam3/{n}.jpg", "sha256": f"{n:x}"} for n in numbers],
    )
    connection.execute(
        schema.samples.insert(),
        [
            {
                "id": n,
                "key": f"{400_000 + n}",
                "image_id": n,
                "label_id": 1 + n % 3,
                "split": "validation" if n % 10 == 0 else "train",
                "reviewed": int(n % 4 == 0),
            }
            for n in numbers
        ],
    )
    connection.execute(
        schema.captions.insert(),
        [
            {
                "sample_id": n,
                "text": f"A red car waits at the {PLACES[n % 5]} {WEATHER[n % 7 % 5]}, scene {n}.",
                "origin": "import",
                "written_at": 1.0,
            }
            for n in numbers
        ],
    )


def _add_run(connection: Connection, count: int) -> None:
    values = {"id": 1, "kind": "train", "name": "run 1", "folder": "runs/1", "token": "t"}
    connection.execute(
        schema.runs.insert(), [values | {"job": "{}", "state": "finished", "created_at": 1.0}]
    )
    connection.execute(
        schema.predictions.insert(),
        [
            {
                "run_id": 1,
                "sample_id": n,
                "split": "train",
                "step": 1,
                "label": ("dangerous", "safe")[n % 2],
                "confidence": 0.5 + n % 50 / 100,
                "given_confidence": n % 101 / 101,
                "probabilities": "{}",
            }
            for n in range(1, count + 1)
        ],
    )
