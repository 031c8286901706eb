"""Runs pages on real project files."""

import pytest

from studio.runs.controller import RunController
from studio.ui import fonts, theme
from studio.ui.runs.page import RunsPage
from studio.ui.widgets.image_loader import ImageLoader
from tests.studio.ui.runs import filled


@pytest.fixture
def styled(qapp):
    fonts.load_fonts()
    theme.apply_theme(qapp, "dark")
    return qapp


@pytest.fixture
def document(tmp_path):
    made = filled.make_document(tmp_path / "junction.studio")
    yield made
    made.close()


@pytest.fixture
def images(qapp):
    loader = ImageLoader()
    yield loader
    loader.close()


@pytest.fixture
def open_page(styled, qtbot, document, images):
    """Builds the page over what the document holds by then, and shows it."""

    def build(controller=None):
        page = RunsPage(document, controller or RunController(document), images)
        qtbot.addWidget(page)
        page.resize(1368, 872)
        page.show()
        return page

    return build
