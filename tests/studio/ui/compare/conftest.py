"""Compare pages over two runs between which labels were fixed."""

import pytest

from studio.runs.controller import RunController
from studio.ui.compare.page import ComparePage
from tests.studio.ui.runs import filled
from tests.studio.ui.runs.measured_pages import document, images, styled

__all__ = ["document", "images", "styled"]


@pytest.fixture
def two_runs(document, tmp_path):
    """Run A, then two train labels fixed and the learning rate changed, then run B."""
    first = filled.add_run(document, filled.make_options(tmp_path), name="Run 1 · before")
    for sample_id in (2, 3):
        filled.set_label(document, sample_id, "dangerous")
    options = filled.make_options(tmp_path, optimizer__learning_rate=1e-3)
    second = filled.add_run(document, options, name="Run 2 · <i>after</i>", seed=5)
    return first, second


@pytest.fixture
def open_page(styled, qtbot, document, images):
    """Builds the page over what the document holds by then, and shows it."""

    def build():
        page = ComparePage(document, RunController(document), images)
        qtbot.addWidget(page)
        page.resize(1368, 872)
        page.show()
        return page

    return build
