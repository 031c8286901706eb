"""Opens the Data page on a project of its own."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from studio.dataset.thumbnails import ThumbnailCache
from studio.document import Document
from studio.runs.controller import RunController
from studio.ui import background, theme
from studio.ui.data.page import DataPage
from studio.ui.widgets.image_loader import ImageLoader


@pytest.fixture
def data_page(tmp_path, qapp, qtbot, monkeypatch):
    """The page, shown at 1280 x 800 in the dark theme."""
    monkeypatch.setenv("TRAFFIC_STUDIO_CONFIG", str(tmp_path / "config"))
    theme.apply_theme(qapp, "dark")
    document = Document.create(tmp_path / "p.studio")
    loader = ImageLoader(cache=ThumbnailCache(tmp_path / "cache" / "thumbnails.sqlite"))
    controller = RunController(document)
    page = DataPage(document, controller, loader)
    page.resize(1280, 800)
    page.show()
    qtbot.waitExposed(page)
    yield page
    page.close()
    page.deleteLater()
    background.wait()
    qapp.processEvents()
    loader.close()
    document.close()
