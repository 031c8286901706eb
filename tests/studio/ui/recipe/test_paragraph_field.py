"""A text of several lines: typed at each key, settled on leaving, never markup."""

import pytest
from PySide6.QtCore import Qt

from studio.ui.widgets.paragraph_field import MOST_LINES, ParagraphField
from workers.contract.options import all_options

SPECS = {spec.name: spec for spec in all_options()}


@pytest.fixture
def field(qtbot):
    made = ParagraphField(SPECS["prompt.text"], ("instruction", "caption"))
    qtbot.addWidget(made)
    made.resize(300, 60)
    made.show()
    made.activateWindow()
    return made


def test_a_text_is_typed_at_each_key_and_settles_once(field, qtbot):
    typed, settled = [], []
    field.typed.connect(typed.append)
    field.settled.connect(settled.append)
    field.setFocus()
    qtbot.keyClicks(field, "ab")
    assert typed == ["a", "ab"]
    assert settled == []
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert settled == ["ab"]
    field.clearFocus()
    assert settled == ["ab"]


def test_a_shown_value_says_nothing_and_is_plain_text(field):
    said = []
    field.typed.connect(said.append)
    field.settled.connect(said.append)
    field.show_value("<b>{caption}</b>\n</end>")
    assert field.toPlainText() == "<b>{caption}</b>\n</end>"
    assert said == []


def test_the_same_text_leaves_the_cursor_and_another_one_replaces_what_was_typed(field, qtbot):
    field.setFocus()
    qtbot.keyClicks(field, "mine")
    field.show_value("mine")
    assert field.textCursor().position() == 4
    field.show_value("taken back")
    settled = []
    field.settled.connect(settled.append)
    field.clearFocus()
    assert field.value() == "taken back"
    assert settled == []


def test_it_grows_with_its_lines_up_to_a_limit(field):
    field.show_value("one")
    low = field.height()
    field.show_value("\n".join("four"))
    assert field.height() > low
    field.show_value("\n" * 40)
    assert field.height() <= (MOST_LINES + 1) * field.fontMetrics().lineSpacing()


def test_places_are_coloured(field):
    field.show_value("Say {caption} and {other}")
    formats = field.document().firstBlock().layout().formats()
    assert [(one.start, one.length) for one in formats] == [(4, len("{caption}"))]
