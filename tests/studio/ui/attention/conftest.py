"""The Attention page on a real project with a finished run and captured maps."""

import pytest
from PIL import Image

from studio.project import edits
from studio.runs.controller import RunController
from studio.ui.attention.page import AttentionPage
from studio.ui.widgets.image_loader import ImageLoader
from tests.studio.ui.attention import captured
from tests.studio.ui.runs import filled


@pytest.fixture
def document(tmp_path):
    made = filled.make_document(tmp_path / "p.studio", count=24)
    yield made
    made.close()


@pytest.fixture
def run_id(document, tmp_path):
    made = filled.add_run(document, filled.make_options(tmp_path, epochs=2), name="Run 7")
    captured.add_maps(document, made, captured.validation(document)[:2])
    return made


@pytest.fixture
def open_page(qtbot, document):
    loaders = []

    def build():
        loaders.append(ImageLoader())
        page = AttentionPage(document, RunController(document), loaders[-1])
        qtbot.addWidget(page)
        page.resize(1280, 800)
        page.show()
        captured.wait_for_view(qtbot, page)
        return page

    yield build
    for loader in loaders:
        loader.close()


@pytest.fixture
def pictures(tmp_path):
    place = tmp_path / "scenes"
    place.mkdir()
    paths = []
    for number in range(6):
        path = place / f"{number}.png"
        Image.new("RGB", (600, 400), (30 * number, 120, 90)).save(path)
        paths.append(path)
    return paths


@pytest.fixture
def picture_page(qtbot, tmp_path, pictures):
    """The page with a captioner's map of the first validation sample, and boxes on its picture."""
    document = filled.make_document(tmp_path / "p.studio", count=24, images=pictures)
    run_id = filled.add_run(document, filled.make_options(tmp_path, epochs=2), name="Run 7")
    first = captured.validation(document)[0]
    document.edit("Draw boxes", edits.add_boxes, first, [captured.TAXI, captured.ELSEWHERE])
    captured.add_maps(document, run_id, [first], captured.captioned)
    loader = ImageLoader()
    made = AttentionPage(document, RunController(document), loader)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    captured.wait_for_view(qtbot, made)
    qtbot.waitUntil(lambda: made.stage.picture.image is not None, timeout=10_000)
    yield made
    loader.close()
    document.close()
