"""The Recipe page on a small real project, with its real inspector."""

import json

import pytest

from studio.document import Document
from studio.project import schema
from studio.runs.controller import RunController
from studio.ui.recipe.page import RecipePage
from studio.ui.widgets.image_loader import ImageLoader

CAPTIONS = ("A lorry waits.", "A child runs out.", "一辆公交车停在路口", "An empty road.") * 6


def fill(connection):
    """24 labelled samples, 20 of them in train."""
    for number, text in enumerate(CAPTIONS, start=1):
        values = {"id": number, "key": f"s{number}", "label_id": 1 + number % 2, "reviewed": 0}
        split = "train" if number <= 20 else "validation"
        connection.execute(schema.samples.insert().values(**values, split=split))
        row = {"sample_id": number, "text": text, "origin": "human", "written_at": 1.0}
        connection.execute(schema.captions.insert().values(**row, position=0, revision=1))


@pytest.fixture
def labelled_project(tmp_path):
    document = Document.create(tmp_path / "street.studio")
    document.record(fill, tables=("samples",))
    yield document
    document.close()


@pytest.fixture
def open_recipe(qtbot):
    """Builds the page over a document; everything it started ends with the test."""
    opened = []

    def build(document, width=1368):
        controller, images = RunController(document), ImageLoader()
        page = RecipePage(document, controller, images)
        qtbot.addWidget(page)
        page.resize(width, 852)
        page.show()
        opened.append((page, controller, images))
        return page

    yield build
    for page, controller, images in opened:
        page.inspector.close()
        page.close()
        controller.close()
        images.close()


def kept_options(document):
    """What the project keeps of its recipes, by name."""
    from studio.project import queries

    rows = document.query(queries.recipe_rows)
    return {row.name: json.loads(row.options) for row in rows}
