"""Allowing a model's own code: the row, the dialog, what is kept, and Settings taking it back."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from studio import preferences
from studio.runs import trusting
from studio.ui.recipe.code_dialog import CodeDialog
from studio.ui.settings.dialog import SettingsDialog
from studio.ui.settings.trusted_code import NONE
from tests.workers.own_code_models import SHAPE, write_own_code
from workers.contract.model_code import ALLOWED

ANSWER = 90_000


@pytest.fixture(autouse=True)
def nothing_allowed(monkeypatch):
    monkeypatch.setenv(ALLOWED, "")


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "it-ran"


@pytest.fixture
def siskin(tmp_path, canary):
    """A model folder with its own code; the weights are never read here."""
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "config.json").write_text(json.dumps(SHAPE))
    (plain / "model.safetensors").write_bytes(b"")
    return write_own_code(plain, tmp_path / "siskin", canary)


@pytest.fixture
def dialog(siskin, qtbot):
    code = trusting.code_of(str(siskin))
    assert code is not None
    made = CodeDialog(code, siskin)
    qtbot.addWidget(made)
    made.show()
    return made


def kept():
    return [one.digest for one in preferences.load().trusted_code]


def test_the_row_opens_the_dialog_and_the_tree_appears_once_allowed(
    open_recipe, labelled_project, siskin, canary, qtbot
):
    page = open_recipe(labelled_project)
    page.editing.choose("shipped:example")
    page.editing.set_value("base_model", str(siskin))
    page.editing.set_value("adapter.targets", ["query"])

    def rows():
        return page.rows.get("base_model", [])

    qtbot.waitUntil(lambda: bool(rows()), timeout=ANSWER)
    assert rows()[0].message.startswith("siskin brings its own code: modeling_siskin.py")
    assert not page.header.train.isEnabled()
    qtbot.waitUntil(lambda: page.dock.answer is not None, timeout=ANSWER)
    assert "siskin brings its own code" in page.dock.answer.error
    button = next(
        one
        for one in page.panel.findChildren(QPushButton)
        if one.text() == "Allow this code…" and one.isVisible()
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.findChild(CodeDialog) is not None)
    dialog = page.findChild(CodeDialog)
    digest = dialog.code.digest
    assert not canary.exists()
    qtbot.mouseClick(dialog.allow, Qt.MouseButton.LeftButton)
    assert kept() == [digest]
    qtbot.waitUntil(lambda: not rows(), timeout=ANSWER)
    qtbot.waitUntil(lambda: page.dock.answer.total > 0, timeout=ANSWER)
    assert page.dock.answer.trainable > 0
    assert page.header.train.isEnabled()
    assert canary.exists()
    # Nothing of it is in the project.
    assert digest.encode() not in labelled_project.path.read_bytes()


def test_the_dialog_says_what_runs_and_return_leaves_it(dialog, siskin, canary, qtbot):
    shown = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Allow the code of siskin?" in shown
    assert "modeling_siskin.py" in shown
    assert "parts/configuration_siskin.py" in shown
    assert dialog.code.digest in shown
    assert any("runs with your rights" in text for text in shown)
    assert dialog.leave.isDefault()
    assert not dialog.allow.autoDefault()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isHidden()
    assert kept() == []
    assert not canary.exists()


def test_what_was_shown_is_allowed_and_not_what_came_after(dialog, siskin, qtbot):
    with (siskin / "modeling_siskin.py").open("a") as file:
        file.write("#")
    qtbot.mouseClick(dialog.allow, Qt.MouseButton.LeftButton)
    assert kept() == [dialog.code.digest]
    now = trusting.code_of(str(siskin))
    assert now is not None
    assert now.digest not in trusting.allowed()
    (one,) = preferences.load().trusted_code
    assert one.model == "siskin"


def test_settings_lists_what_is_allowed_and_takes_it_back(dialog, siskin, qtbot):
    qtbot.mouseClick(dialog.allow, Qt.MouseButton.LeftButton)
    digest = dialog.code.digest
    settings = SettingsDialog(None)
    qtbot.addWidget(settings)
    settings.show()
    rows = settings.trusted_code
    shown = [label.text() for label in rows.findChildren(QLabel)]
    assert {"siskin", digest[:12]} <= set(shown)
    qtbot.mouseClick(rows.buttons[digest], Qt.MouseButton.LeftButton)
    assert kept() == []
    assert rows.buttons == {}
    assert rows.words.text() == NONE
