"""Opens a page on a project of a wished size, for the tests of Samples and Review."""

import pytest

from studio.runs.controller import RunController
from studio.ui import background, theme
from studio.ui.samples.page import SamplesPage
from studio.ui.widgets.image_loader import ImageLoader
from tests.studio.ui.samples.scene_project import make_project, write_images


@pytest.fixture
def studio(tmp_path, qapp, qtbot, monkeypatch):
    """Opens a project of a wished size on the page; everything is closed afterwards."""
    monkeypatch.setenv("TRAFFIC_STUDIO_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    theme.apply_theme(qapp, "dark")
    opened = []

    def open_page(count, *, with_images=False, prepare=None, kind=SamplesPage, **named):
        images = write_images(tmp_path / "media") if with_images else ()
        document = make_project(tmp_path / f"p{len(opened)}.studio", count, images, **named)
        if prepare:
            document.record(prepare)
        loader, controller = ImageLoader(), RunController(document)
        page = kind(document, controller, loader)
        page.resize(1280, 800)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow, timeout=5000)
        qtbot.waitUntil(lambda: getattr(page, "facts", True) is not None, timeout=5000)
        opened.append((page, loader, controller, document))
        return page

    yield open_page
    for page, loader, _controller, document in opened:
        page.close()
        page.deleteLater()
        background.wait()
        qapp.processEvents()
        loader.close()
        document.close()
