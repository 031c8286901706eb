"""The Attention page on a real project with a finished run and captured maps."""

import pytest

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
