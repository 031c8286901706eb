"""The Export page offers a language model's run as a recipe to train elsewhere."""

import pytest

from studio.runs.controller import RunController
from studio.ui import background
from studio.ui.export import form
from studio.ui.export.page import ExportPage
from studio.ui.widgets.image_loader import ImageLoader
from tests.studio.ui.runs import filled


@pytest.fixture
def document(tmp_path):
    made = filled.make_document(tmp_path / "p.studio", count=24)
    yield made
    made.close()


@pytest.fixture
def open_page(qapp, qtbot, document):
    images = ImageLoader()

    def build():
        page = ExportPage(document, RunController(document), images)
        qtbot.addWidget(page)
        page.resize(1280, 800)
        page.show()
        background.wait()
        qtbot.waitUntil(lambda: page.form.card.toPlainText() != "")
        return page

    yield build
    images.close()


def add_run(document, tmp_path, **changes):
    options = filled.make_options(tmp_path, epochs=2, **changes)
    return filled.add_run(document, options, name="Run 7")


def test_a_classifier_has_no_recipe(document, tmp_path, open_page):
    add_run(document, tmp_path)
    page = open_page()
    assert [key for key, _, _ in page.form.kind.parts] == [form.ADAPTER, form.MERGED]
    assert page.form.about.text() == form.ABOUT[form.ADAPTER]
    assert page.steps.rows["compare"].words.text() == "Compare logits, limit 1e-5"


def test_a_recipe_is_written_into_the_folder(document, tmp_path, open_page, qtbot):
    add_run(document, tmp_path, task="answer")
    page = open_page()
    said = []
    page.said.connect(said.append)
    assert "chat template" in page.form.about.text()
    assert page.steps.rows["compare"].words.text() == "Compare logits, limit 1e-3"
    page.form.kind.choose(form.RECIPE)
    assert page.button.text() == "Write the recipe"
    assert not page.form.card.isVisible()
    assert page.steps.recipe.isVisible()
    assert not page.steps.proof.isVisible()
    destination = page.form.destination()
    assert destination.name.endswith("recipe")
    page.button.click()
    qtbot.waitUntil(lambda: bool(said), timeout=10_000)
    assert said == [f"Recipe with 24 samples written to {destination.name}."]
    assert {"train.py", "llama_factory.yaml"} <= {path.name for path in destination.iterdir()}
    assert page.form.destination() != destination
    assert page.button.isEnabled()


def test_a_snapshot_that_is_gone_is_said_beside_the_folder(document, tmp_path, open_page, qtbot):
    add_run(document, tmp_path, task="answer")
    for file in document.runs_folder.rglob("dataset.jsonl"):
        file.unlink()
    page = open_page()
    page.form.kind.choose(form.RECIPE)
    page.button.click()
    qtbot.waitUntil(lambda: page.form.problem.isVisible(), timeout=10_000)
    assert "the samples as they were" in page.form.problem.text()
