"""The example project: drawn, imported and split, with some labels wrong on purpose."""

import json
from collections.abc import Callable
from pathlib import Path

from resources.example.example import IMAGES, TRUTH, draw_example
from studio.document import Document
from studio.project.split import split_samples
from studio.runs.importing import import_source

Progress = Callable[[str, int, int], object]


def create_example(
    path: Path, *, count: int = 240, seed: int = 0, progress: Progress | None = None
) -> Document:
    """Draw the example beside the project file, import it and split it 9:1."""
    document = Document.create(path)
    folder = images_folder(document.path)

    def show(done: int, total: int) -> None:
        if progress:
            progress("Drawing", done, total)

    draw_example(folder, count=count, seed=seed, progress=show)
    import_source(document, folder / IMAGES)
    document.edit("Split 9 : 1, by label", split_samples)
    return document


def images_folder(path: Path) -> Path:
    """Where the example of a project is drawn."""
    return path.parent / f"{path.stem}.images"


def is_example(document: Document) -> bool:
    """Whether this project was made by `create_example`."""
    return (images_folder(document.path) / TRUTH).is_file()


def planted_errors(document: Document) -> dict[str, str]:
    """True labels of the samples whose labels were made wrong, by key."""
    truth = json.loads((images_folder(document.path) / TRUTH).read_text(encoding="utf-8"))
    return {key: truth["labels"][key] for key in truth["planted"]}
