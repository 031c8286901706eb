"""Captions that runs suggest on the Samples page: shown, accepted, edited, rejected by key."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.project import queries, schema
from studio.runs.captioning import CaptionWish
from studio.ui.sample_edits import Chosen
from studio.ui.samples.caption_dialog import CaptionDialog
from tests.studio.ui.samples.scene_project import MARKUP

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
LOOP = "the van the van the van the van"


def suggest(connection):
    """Run 1 trained; 2 captions with it, 3 with a base model, 4 only failed to say anything."""
    kinds = {
        1: ("train", None, "Run 1"),
        2: ("caption", 1, "Captions by run 1"),
        3: ("caption", None, "Captions by SmolLM2, untrained"),
    }
    for number, (kind, parent, name) in kinds.items():
        values = {"id": number, "kind": kind, "name": name, "parent_id": parent}
        values |= {"folder": f"r/{number}", "token": str(number), "job": "{}", "state": "finished"}
        connection.execute(schema.runs.insert().values(created_at=1.0, **values))
    texts = {(2, 1): MARKUP, (3, 1): "街道很安静", (2, 2): "A red bus", (2, 3): "", (3, 4): LOOP}
    rows = [
        {
            "run_id": run, "split": "train", "step": 40, "sample_id": sample, "text": text,
            "strict": "", "lenient": "",
        }
        for (run, sample), text in texts.items()
    ]  # fmt: skip
    connection.execute(schema.answers.insert(), rows)


@pytest.fixture
def page(studio):
    opened = studio(20, prepare=suggest)
    opened.grid.setFocus()
    opened.grid.go_to(0)
    return opened


def cards(page):
    return page.details.caption_tab.cards.cards


def caption(page, sample_id):
    (row,) = page.document.query(queries.sample_rows, [sample_id])
    return row.caption, row.caption_origin


def open_runs(page, sample_id):
    found = page.document.query(queries.open_suggestions, sample_id)
    return [row.run_id for row in found]


def press(page, key, modifier=CONTROL):
    QTest.keyClick(page.grid, key, modifier)


def test_cards_show_plain_text_and_who_wrote_and_are_absent_without_any(page):
    first, second = cards(page)
    assert not page.details.caption_tab.cards.grab().isNull()
    assert (first.text.text(), second.text.text()) == ("街道很安静", MARKUP)
    assert second.text.textFormat() == Qt.TextFormat.PlainText
    assert first.name.text() == "SmolLM2, untrained"
    assert second.name.text().replace("\u00a0", " ") == "Run 1 · step 40"
    assert (first.accept.key, second.accept.key) == ("Ctrl+Return", "Alt+2")
    assert page.details.caption_tab.cards.isVisible()
    page.grid.go_to(7)
    assert not page.details.caption_tab.cards.isVisible()
    assert page.grid.row(0).suggested
    assert not page.grid.row(7).suggested


def test_the_key_accepts_the_first_and_goes_on_and_undo_brings_all_back(page):
    before = caption(page, 1)
    press(page, Qt.Key.Key_Return)
    assert caption(page, 1) == ("街道很安静", "run")
    assert open_runs(page, 1) == [], "the other arm's is passed over"
    assert page.grid.current_id() == 2
    assert page.document.history()[0].title == "Accept the suggested caption of 100001"
    assert not page.grid.row(0).suggested
    page.document.undo()
    assert caption(page, 1) == before
    assert open_runs(page, 1) == [3, 2]


def test_a_number_chooses_among_the_arms(page):
    press(page, Qt.Key.Key_2, ALT)
    assert caption(page, 1) == (MARKUP, "run")
    page.grid.go_to(1)
    press(page, Qt.Key.Key_2, ALT)
    assert open_runs(page, 2) == [2], "there is no second one"


def test_rejecting_one_after_another_goes_on_after_the_last(page):
    before = caption(page, 1)
    press(page, Qt.Key.Key_Backspace)
    assert page.grid.current_id() == 1
    page._again.timeout.emit()
    assert [card.row.run_id for card in cards(page)] == [2]
    press(page, Qt.Key.Key_Backspace)
    assert page.grid.current_id() == 2
    assert open_runs(page, 1) == []
    assert caption(page, 1) == before


def test_an_empty_suggestion_is_said_to_be_empty_and_cannot_be_accepted(page):
    page.grid.go_to(2)
    (card,) = cards(page)
    assert not card.accept.isEnabled()
    assert "Empty" in card.problem.text()
    told = []
    page.said.connect(told.append)
    before = caption(page, 3)
    press(page, Qt.Key.Key_Return)
    press(page, Qt.Key.Key_1, ALT)
    assert caption(page, 3) == before
    assert open_runs(page, 3) == [2]
    assert len(told) == 2
    assert page.grid.current_id() == 3
    press(page, Qt.Key.Key_Backspace)
    assert open_runs(page, 3) == []


def test_a_loop_is_named(page):
    page.grid.go_to(3)
    (card,) = cards(page)
    assert card.problem.text() == "It says the same again and again."
    assert card.accept.isEnabled()


def test_without_a_suggestion_the_key_still_marks_reviewed(page):
    page.grid.go_to(6)
    press(page, Qt.Key.Key_Return)
    (row,) = page.document.query(queries.sample_rows, [7])
    assert row.reviewed
    assert page.grid.current_id() == 8


def test_an_edited_suggestion_is_the_persons_caption(page):
    page.grid.go_to(1)
    press(page, Qt.Key.Key_E, ALT)
    editor = page.details.caption_tab.editor
    assert editor.toPlainText() == "A red bus"
    editor.setPlainText("A red bus at a stop")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert caption(page, 2) == ("A red bus at a stop", "human")
    assert open_runs(page, 2) == []
    assert page.document.history()[0].title == "Edit the suggested caption of 100002"
    assert len(page.document.history()) == 1, "one step"
    page.document.undo()
    assert open_runs(page, 2) == [2]


def test_a_suggestion_left_as_it_was_is_the_runs_and_an_emptied_one_changes_nothing(page):
    page.grid.go_to(1)
    before = caption(page, 2)
    cards(page)[0].edit.click()
    editor = page.details.caption_tab.editor
    editor.clear()
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert caption(page, 2) == before
    assert open_runs(page, 2) == [2]
    page.grid.go_to(0)
    page.grid.go_to(1)
    cards(page)[0].edit.click()
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert caption(page, 2) == ("A red bus", "run")


def test_what_is_typed_is_never_replaced_by_a_suggestion(page):
    page.wishes.edit_caption()
    editor = page.details.caption_tab.editor
    editor.setPlainText("My own words")
    QTest.keyClick(editor, Qt.Key.Key_Return, CONTROL)
    assert caption(page, 1) == ("My own words", "human")
    assert open_runs(page, 1) == [3, 2]


def menu_of(page, qtbot):
    menu = page.middle.results.caption_menu
    page.suggesting.fill_menu()
    qtbot.waitUntil(lambda: any(act.isSeparator() for act in menu.actions()))
    return {act.text(): act for act in menu.actions() if act.text()}


def test_the_menu_acts_on_the_whole_query_or_on_what_is_chosen(page, qtbot):
    page.show_query("key:10000")
    menu = menu_of(page, qtbot)
    assert list(menu) == [
        "Write captions for 9 samples…",
        "Accept 2 suggested of Captions by SmolLM2, untrained",
        "Accept 2 suggested of Run 1",
        "Reject 2 suggested of Captions by SmolLM2, untrained",
        "Reject 3 suggested of Run 1",
    ]
    menu["Accept 2 suggested of Run 1"].trigger()
    assert caption(page, 1) == (MARKUP, "run")
    assert caption(page, 2) == ("A red bus", "run")
    assert page.document.history()[0].title == "Accept 2 suggested captions"
    page.show_query("")
    page.grid.go_to(2)
    page.grid.go_to(3, extend=True)
    menu = menu_of(page, qtbot)
    assert "Write captions for 2 samples…" in menu
    menu["Reject 1 suggested of Run 1"].trigger()
    assert page.document.query(queries.sample_ids, "has:suggestion") == [4]


def test_the_menu_says_how_far_writing_is_and_stops_it(page, qtbot):
    def queue(connection):
        table = schema.runs
        summary = '{"progress": {"stage": "Writing captions", "done": 14, "total": 47}}'
        waits = table.update().where(table.c.id == 2).values(state="queued", summary=summary)
        connection.execute(waits)

    page.document.record(queue, tables=("runs",))
    menu_of(page, qtbot)["Stop writing: captions by run 1, 14 of 47"].trigger()
    assert page.document.query(queries.run, 2).state == "stopped"
    assert not [words for words in menu_of(page, qtbot) if words.startswith("Stop")]
    assert open_runs(page, 2) == [2], "what was written stays"


def test_suggestions_appear_while_a_worker_writes(page, qtbot):
    page.show_query("has:suggestion")
    assert list(page.grid.ids) == [1, 2, 3, 4]

    def more(connection):
        row = {"run_id": 2, "split": "train", "step": 40, "sample_id": 9, "text": "A new one"}
        connection.execute(schema.answers.insert().values(strict="", lenient="", **row))

    page.document.record(more, run_id=2, tables=("runs", "answers"))
    assert list(page.grid.ids) == [1, 2, 3, 4, 9]
    qtbot.waitUntil(lambda: page.facts.view_counts["has:suggestion"] == 5, timeout=5000)


def test_the_dialog_says_how_many_and_names_who_can_write(page, qtbot):
    dialog = CaptionDialog([], Chosen((), "", 1234))
    qtbot.addWidget(dialog)
    assert not dialog.write.isEnabled()
    assert dialog.write.text() == "Write 1,234 captions"
    assert "Train a recipe" in dialog.promise.text()


def test_a_refused_wish_is_said(page, qtbot):
    with qtbot.waitSignal(page.said, timeout=5000) as told:
        page.suggesting.write(CaptionWish(query="key:nothing"))
    assert "No sample here has a picture" in told.args[0]
