"""Wrapped sentences are never cut: empty states, folding sections, scrolled columns."""

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.scroll_column import ScrollColumn
from studio.ui.widgets.section import FoldingSection
from studio.ui.widgets.text import PlainLabel

SHORT = "No sample matches."
LONG = (
    "Choose a folder or a file, or drop one anywhere on the window. Nothing is written " * 2
    + "before you press Import."
)


def needed(label, width):
    flags = label.alignment() | 0x1000  # wrapped by words
    box = QFontMetrics(label.font()).boundingRect(
        QRect(0, 0, width, 9999), int(flags), label.text()
    )
    return box.height()


@pytest.mark.parametrize("size", [(640, 700), (1232, 700), (1848, 1000), (360, 400)])
def test_an_empty_state_shows_every_line(qtbot, size):
    state = EmptyState("eye", SHORT, "Do it", "Or this")
    qtbot.addWidget(state)
    state.resize(*size)
    state.show()
    for sentence in (SHORT, LONG, SHORT, LONG):
        state.show_words(sentence, "Do it")
        qtbot.waitUntil(lambda: state.sentence.height() >= needed(state.sentence, 320))
        assert state.sentence.width() == 320
        assert state.sentence.geometry().bottom() < state.button.geometry().top()


def test_a_section_gives_a_sentence_all_its_lines_at_every_width(qtbot):
    body = QWidget()
    column = QVBoxLayout(body)
    sentence, other = PlainLabel(LONG, wrap=True), make_button("Act")
    section = FoldingSection("Title")
    section.add(sentence)
    section.add(other)
    column.addWidget(section)
    column.addStretch(1)
    area = ScrollColumn(body)
    qtbot.addWidget(area)
    area.show()
    for width in (420, 260, 340):
        area.resize(width, 120)
        qtbot.waitUntil(lambda: sentence.height() >= sentence.heightForWidth(sentence.width()))
        assert other.height() == other.sizeHint().height()
        assert body.height() > 120
    section.fold(True)
    qtbot.waitUntil(lambda: body.height() <= 120)


def test_a_button_leaves_room_between_icon_words_and_the_mark_of_its_menu(qtbot):
    plain, iconed = make_button("Import"), make_button("Import", icon="file-arrow-down")
    qtbot.addWidget(plain)
    qtbot.addWidget(iconed)
    assert iconed.sizeHint().width() - plain.sizeHint().width() >= 16 + 6
