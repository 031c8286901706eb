"""One table of keys: no clashes, and plain letters sleep while one types."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QSpinBox, QVBoxLayout, QWidget

from studio.ui import actions
from studio.ui.navigation import PageName


@pytest.mark.parametrize("action", actions.ACTIONS, ids=lambda action: action.id)
def test_every_key_is_a_key_and_clashes_with_no_other(action):
    for shortcut in action.shortcuts:
        assert not QKeySequence(shortcut).isEmpty()
        assert actions.clash_of(action.id, shortcut) is None


def test_the_pages_have_the_keys_of_the_rail():
    assert actions.shown_key("page_data") == "Ctrl+1"
    assert actions.shown_key("page_export") == "Ctrl+8"


class Typing(QWidget):
    """A page with text fields and letter keys."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        column = QVBoxLayout(self)
        self.fields = [QLineEdit(), QPlainTextEdit(), QSpinBox(), QComboBox()]
        self.fields[3].setEditable(True)
        self.beside = QWidget()
        self.beside.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for widget in (*self.fields, self.beside):
            column.addWidget(widget)
        for id in ("next", "clear_label", "reviewed", "hide_boxes", "accept"):
            actions.bind(id, self, lambda id=id: self.done.append(id))


@pytest.fixture
def typing(qtbot):
    page = Typing()
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    page.activateWindow()
    return page


@pytest.mark.parametrize("number", range(4))
def test_letters_digits_and_space_are_dead_while_a_text_field_has_the_focus(typing, qtbot, number):
    field = typing.fields[number]
    field.setFocus()
    target = field.lineEdit() if isinstance(field, QComboBox | QSpinBox) else field
    for key in (Qt.Key.Key_D, Qt.Key.Key_0, Qt.Key.Key_Space, Qt.Key.Key_H):
        qtbot.keyClick(target, key)
    assert typing.done == []


def test_the_same_keys_work_beside_the_fields(typing, qtbot):
    typing.beside.setFocus()
    for key in (Qt.Key.Key_D, Qt.Key.Key_0, Qt.Key.Key_Space, Qt.Key.Key_H):
        qtbot.keyClick(typing.beside, key)
    assert typing.done == ["next", "clear_label", "reviewed", "hide_boxes"]


def test_keys_with_ctrl_work_while_one_types(typing, qtbot):
    typing.fields[0].setFocus()
    qtbot.keyClick(typing.fields[0], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert typing.done == ["accept"]


def test_a_key_can_be_changed_for_good_and_given_back():
    actions.rebind("theme", "Ctrl+Alt+D")
    assert actions.shown_key("theme") == "Ctrl+Alt+D"
    actions.restore("theme")
    assert actions.shown_key("theme") == "Ctrl+Shift+D"


def test_a_clash_names_the_other_act():
    clash = actions.clash_of("theme", "Ctrl+K")
    assert clash is not None
    assert clash.text == "Go to anything"
    assert actions.clash_of("swap", "L") is None, "keys of different pages never meet"


def test_a_label_may_not_shadow_a_key_of_samples():
    clash = actions.label_key_clash("G")
    assert clash is not None
    assert clash.page == PageName.SAMPLES
    assert actions.label_key_clash("7") is None
