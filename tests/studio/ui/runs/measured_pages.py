"""Fixtures that the pages of measured runs share: a project on disk, images, and the looks."""

import pytest

from studio.ui import fonts, theme
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
