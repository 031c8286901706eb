"""Runs pages on real project files."""

import pytest

from studio.runs.controller import RunController
from studio.ui.runs.page import RunsPage
from tests.studio.ui.runs.measured_pages import document, images, styled

__all__ = ["document", "images", "styled"]


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
