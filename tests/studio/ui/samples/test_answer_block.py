"""The answer of a sample on the Samples page: shown, written as one step, searched."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.project import edits, queries

MARKUP = "<b>dangerous</b> – 危險"


def give_answers(connection):
    edits.write_answer(connection, 1, MARKUP)
    edits.write_instruction(connection, 1, "Is it <i>safe</i>?")


def row(page, sample):
    return page.document.query(queries.sample_rows, [sample])[0]


def test_instruction_and_answer_are_shown_as_plain_text_where_there_are_any(studio):
    page = studio(20, prepare=give_answers)
    block = page.details.caption_tab.answer
    page.grid.go_to(0)
    assert block.isVisible()
    assert block.editor.toPlainText() == MARKUP
    assert block.instruction.text() == "Is it <i>safe</i>?"
    assert block.instruction.textFormat() == Qt.TextFormat.PlainText
    page.grid.go_to(1)
    assert not block.isVisible()


def test_an_answer_is_one_step_however_much_is_typed_and_can_be_undone(studio):
    page = studio(20, prepare=give_answers)
    page.grid.go_to(0)
    steps = len(page.document.history())
    editor = page.details.caption_tab.answer.editor
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "safe, ")
    QTest.keyClicks(editor, "dry")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert row(page, 1).answer == "safe, dry"
    assert page.document.history()[0].title == "Answer of 100001"
    assert len(page.document.history()) == steps + 1
    page.document.undo()
    assert row(page, 1).answer == MARKUP


def test_a_sample_gets_its_first_answer_and_keeps_it_when_another_is_chosen(studio, qtbot):
    page = studio(20)
    page.grid.go_to(2)
    block = page.details.caption_tab.answer
    block.ask_for()
    block.editor.setPlainText("Mine")
    page.grid.go_to(3)
    assert [row(page, key).answer for key in (3, 4)] == ["Mine", ""]
    page.show_query("answer:mine")
    qtbot.waitUntil(lambda: list(page.grid.ids) == [3], timeout=5000)
    page.show_query("NOT has:answer")
    qtbot.waitUntil(lambda: len(page.grid.ids) == 19, timeout=5000)
