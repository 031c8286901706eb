"""A project of small pictures, and tiny models that learn to caption them."""

import os
from pathlib import Path

import pytest
from sqlalchemy import insert

from studio.document import Document
from studio.project import schema
from studio.runs.controller import RunController
from studio.runs.state import RunState
from tests.workers.seeing.captioner_runs import options_of
from tests.workers.seeing.tiny_eyes import draw_samples


def make_pictures(path: Path, count: int = 12, validation: int = 4) -> Document:
    """Samples 1 to `count`, each with a picture; the last ones have no caption."""
    samples = draw_samples(path.parent, count, validation)
    document = Document.create(path)

    def fill(connection):
        source = {"id": 1, "name": "cam", "root": "pictures", "format": "folders"}
        connection.execute(insert(schema.sources), [source | {"imported_at": 1.0}])
        for one in samples:
            number = one.id + 1
            picture = {"source_id": 1, "path": os.path.basename(one.image), "width": 60}
            connection.execute(
                insert(schema.images),
                [picture | {"id": number, "sha256": one.image_sha256, "height": 40}],
            )
            row = {"id": number, "key": f"{1000 + number}", "image_id": number, "label_id": 2}
            connection.execute(insert(schema.samples), [row | {"split": one.split}])
            if one.split == "train" or number == count - validation + 1:
                caption = {"sample_id": number, "text": one.text, "origin": "import"}
                connection.execute(insert(schema.captions), [caption | {"written_at": 1.0}])

    document.edit("Fill", fill)
    return document


def train_captioner(controller: RunController, tower: Path, decoder: Path, **changes) -> int:
    """A finished run of the tiny captioner on the project's pictures."""
    values = {"epochs": 1, "generation__max_new_tokens": 6} | changes
    run_id = controller.train(options_of(tower, decoder, **values), recipe="")
    assert controller.wait(run_id, timeout=120) == RunState.FINISHED
    return run_id


def train_project(place: Path, tower: Path, decoder: Path) -> Path:
    """The folder of a project, p.studio, whose run 1 is such a run; it may be copied."""
    place.mkdir(parents=True, exist_ok=True)
    document = make_pictures(place / "p.studio")
    controller = RunController(document)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TRAFFIC_STUDIO_MODELS", str(place / "cache" / "models"))
        train_captioner(controller, tower, decoder)
    controller.close()
    document.close()
    return place
