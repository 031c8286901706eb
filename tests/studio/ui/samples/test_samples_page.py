import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.project import queries
from studio.runs.inspector import Inspector
from studio.ui.navigation import Destination, PageName
from tests.studio.ui.samples.scene_project import MARKUP, judge
from workers.contract.catalogue import config_folder

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def row(page, sample_id):
    return page.document.query(queries.sample_rows, [sample_id])[0]


def count(page, query):
    return page.document.query(queries.count, query)


def test_typing_a_query_filters_the_grid(studio, qtbot):
    page = studio(60)
    page.middle.query_bar.take_focus()
    QTest.keyClicks(page.middle.query_bar.field, "label:dangerous reviewed:no")
    QTest.keyClick(page.middle.query_bar.field, Qt.Key.Key_Return)
    found = count(page, "label:dangerous reviewed:no")
    assert 0 < found < 60
    assert len(page.grid.ids) == found
    assert page.middle.results.found.text() == str(found)


def test_a_query_that_cannot_be_read_is_underlined_and_explained(studio):
    page = studio(20)
    page.show_query("label:dangerous")
    page.show_query("split:nowhere")
    assert page.middle.query_bar.field.colours.wrong is not None
    assert "train" in page.middle.problem.text()
    assert not page.middle.problem.isHidden()
    assert page.asked.query == "label:dangerous"


def test_chinese_words_are_found(studio):
    page = studio(40)
    page.show_query("街道")
    assert len(page.grid.ids) == count(page, "caption:街道") > 0
    assert "街道" in page.grid.row(0).caption


def test_nothing_found_offers_to_drop_the_clause_that_is_in_the_way(studio, qtbot):
    page = studio(30)
    page.show_query("label:dangerous AND caption:zebra")
    assert page.middle.stack.currentWidget() is page.middle.nothing
    assert "Without caption:zebra" in page.middle.nothing.sentence.text()
    page.middle.nothing.button.click()
    assert page.asked.query == "label:dangerous"
    assert len(page.grid.ids) > 0


def test_an_empty_project_offers_to_import(studio, qtbot):
    page = studio(0)
    assert page.middle.stack.currentWidget() is page.middle.empty
    with qtbot.waitSignal(page.go) as went:
        page.middle.empty.button.click()
    assert went.args[0] == Destination(PageName.DATA, part="import")


def test_a_label_key_edits_and_goes_on_and_shift_stays(studio):
    page = studio(20)
    page.grid.setFocus()
    first = page.grid.current_id()
    QTest.keyClick(page.grid, Qt.Key.Key_1)
    assert row(page, first).label == "dangerous"
    assert page.grid.current == 1
    QTest.keyClick(page.grid, Qt.Key.Key_3, SHIFT)
    assert page.grid.current == 1
    assert row(page, page.grid.current_id()).label == "unsure"
    QTest.keyClick(page.grid, Qt.Key.Key_P)
    assert row(page, int(page.grid.ids[1])).label == "safe"
    assert page.document.history()[0].title == "Label 100002 safe"


def test_zero_takes_the_label_away(studio):
    page = studio(20)
    page.grid.setFocus()
    QTest.keyClick(page.grid, Qt.Key.Key_1)
    page.grid.go_to(0)
    QTest.keyClick(page.grid, Qt.Key.Key_0)
    assert row(page, int(page.grid.ids[0])).label is None


def test_letter_keys_are_dead_while_the_caption_is_edited(studio):
    page = studio(20)
    sample = page.grid.current_id()
    before = row(page, sample)
    page.wishes.edit_caption()
    QTest.keyClicks(page.details.caption_tab.editor, "123xpu dage ")
    after = row(page, sample)
    assert after.label == before.label
    assert after.reviewed == before.reviewed
    assert page.grid.current == 0
    assert "123xpu dage" in page.details.caption_tab.editor.toPlainText()


def test_letter_keys_are_dead_while_a_query_is_typed(studio):
    page = studio(20)
    before = row(page, page.grid.current_id()).label
    page.middle.query_bar.take_focus()
    QTest.keyClicks(page.middle.query_bar.field, "g1e2")
    assert page.middle.query_bar.text() == "g1e2"
    assert row(page, 1).label == before
    assert page.middle.stack.currentWidget() is page.grid


def test_a_caption_is_one_step_however_much_is_typed(studio):
    page = studio(20)
    sample = page.grid.current_id()
    steps = len(page.document.history())
    old = row(page, sample).caption
    page.wishes.edit_caption()
    editor = page.details.caption_tab.editor
    editor.selectAll()
    QTest.keyClicks(editor, "A red lorry. ")
    QTest.keyClicks(editor, "It waits.")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert row(page, sample).caption == "A red lorry. It waits."
    assert len(page.document.history()) == steps + 1
    assert page.document.history()[0].title == "Caption of 100001"
    page.document.undo()
    assert row(page, sample).caption == old


def test_control_enter_in_the_caption_keeps_the_text_accepts_and_goes_on(studio):
    page = studio(20)
    sample = page.grid.current_id()
    page.wishes.edit_caption()
    editor = page.details.caption_tab.editor
    editor.selectAll()
    QTest.keyClicks(editor, "New words")
    QTest.keyClick(editor, Qt.Key.Key_Return, CONTROL)
    assert row(page, sample).caption == "New words"
    assert row(page, sample).reviewed
    assert page.grid.current == 1


def test_leaving_a_sample_by_click_keeps_its_own_caption(studio):
    page = studio(20)
    first, second = int(page.grid.ids[0]), int(page.grid.ids[1])
    other = row(page, second).caption
    page.wishes.edit_caption()
    page.details.caption_tab.editor.setPlainText("Mine")
    page.grid.go_to(1)
    assert row(page, first).caption == "Mine"
    assert row(page, second).caption == other


def test_select_all_means_the_query_not_the_loaded_rows(studio, qtbot):
    page = studio(3000)
    page.show_query("label:safe")
    found = count(page, "label:safe")
    assert found > 1000
    page.grid.setFocus()
    QTest.keyClick(page.grid, Qt.Key.Key_A, CONTROL)
    assert page.chosen().query == "label:safe"
    QTest.keyClick(page.grid, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: count(page, "label:unsure") == found, timeout=10000)
    assert page.document.history()[0].title == f"Relabel {found:,} samples unsure"
    page.document.undo()
    assert count(page, "label:safe") == found


def test_all_but_one_of_a_large_query_is_labelled_by_id(studio, qtbot):
    page = studio(1500)
    page.grid.setFocus()
    QTest.keyClick(page.grid, Qt.Key.Key_A, CONTROL)
    page.grid.selection = page.grid.selection.toggled(3)
    left_out = int(page.grid.ids[3])
    label = row(page, left_out).label
    page.wishes.give_key("3", stay=True)
    qtbot.waitUntil(lambda: count(page, "label:unsure") == 1499, timeout=10000)
    assert row(page, left_out).label == label


def test_find_and_replace_shows_each_change_and_acts_on_the_query(studio, qtbot):
    page = studio(800)
    page.wishes.open_replace()
    strip = page.middle.replace
    strip.wanted_words.setText("kerb")
    strip.put.setText("curb")
    found = count(page, "caption:kerb")
    qtbot.waitUntil(lambda: f"{found} captions" in strip.button.text(), timeout=3000)
    assert strip.lines.changes[0].found == "kerb"
    strip.button.click()
    qtbot.waitUntil(lambda: count(page, "caption:kerb") == 0, timeout=10000)
    assert count(page, "caption:curb") == found
    title = page.document.history()[0].title
    assert title == f"Replace “kerb” with “curb” in {found} captions"


def test_undo_brings_the_old_label_back_to_the_grid(studio, qtbot):
    page = studio(20)
    page.grid.setFocus()
    before = page.grid.row(0).label
    QTest.keyClick(page.grid, Qt.Key.Key_3)
    assert page.grid.row(0).label == "unsure"
    page.document.undo()
    qtbot.waitUntil(lambda: page.grid.row(0).label == before, timeout=2000)
    assert page.grid.current_id() is not None


def test_history_walks_back_and_forth_to_a_step(studio):
    page = studio(20)
    page.grid.setFocus()
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3):
        QTest.keyClick(page.grid, key)
    newest, _middle, oldest = page.document.history()[:3]
    page.wishes.walk_history(oldest.id)
    assert [step.undone for step in page.document.history()[:3]] == [True, True, False]
    page.wishes.walk_history(newest.id)
    assert not any(step.undone for step in page.document.history()[:3])


def test_markup_in_a_caption_is_shown_as_text(studio):
    page = studio(20)
    page.grid.go_to(4)
    assert page.details.caption_tab.editor.toPlainText() == MARKUP
    page.wishes.show_big(1)
    tile = page.middle.big.tiles[0]
    assert tile.caption.text() == MARKUP
    assert tile.caption.textFormat() == Qt.TextFormat.PlainText


def test_space_marks_reviewed_and_the_next_unreviewed_one_is_found(studio):
    page = studio(30)
    page.grid.setFocus()
    QTest.keyClick(page.grid, Qt.Key.Key_Space)
    assert row(page, page.grid.current_id()).reviewed
    page.grid.go_to(1)
    QTest.keyClick(page.grid, Qt.Key.Key_J, CONTROL)
    assert not page.grid.row(page.grid.current).reviewed
    assert page.grid.current == 3


def test_the_grid_is_walked_by_keys(studio):
    page = studio(100)
    page.grid.setFocus()
    columns = page.grid.geometry_now().columns
    QTest.keyClick(page.grid, Qt.Key.Key_Down)
    assert page.grid.current == columns
    QTest.keyClick(page.grid, Qt.Key.Key_Right)
    assert page.grid.current == columns + 1
    QTest.keyClick(page.grid, Qt.Key.Key_Down, SHIFT)
    assert page.grid.selection.count(100) == columns + 1
    QTest.keyClick(page.grid, Qt.Key.Key_End)
    assert page.grid.current == 99
    QTest.keyClick(page.grid, Qt.Key.Key_I, CONTROL)
    assert page.grid.selection.count(100) == 99


def test_rows_of_the_left_panel_build_the_query(studio):
    page = studio(60)
    lines = {line.row.words: line for line in page.left.panel.lines}
    QTest.mouseClick(lines["dangerous"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(lines["validation"], Qt.MouseButton.LeftButton, CONTROL)
    assert page.asked.query == "label:dangerous AND NOT split:validation"
    assert len(page.grid.ids) == count(page, page.asked.query)
    QTest.mouseClick(lines["dangerous"], Qt.MouseButton.LeftButton)
    assert page.asked.query == "NOT split:validation"


def test_the_split_is_previewed_and_made(studio, qtbot):
    page = studio(100)
    page.wishes.open_split()
    assert "81 train, 9 validation" in page.middle.split.words.text()
    page.middle.split.button.click()
    qtbot.waitUntil(lambda: count(page, "split:validation") == 9, timeout=5000)
    assert page.document.history()[0].title == "Split 9 : 1, by label"


def test_a_read_only_project_says_so_and_changes_nothing(studio, qtbot):
    page = studio(10)
    page.document._writer, writer = None, page.document._writer
    page.grid.setFocus()
    with qtbot.waitSignal(page.said):
        QTest.keyClick(page.grid, Qt.Key.Key_3)
    page.document._writer = writer
    assert page.grid.current == 0
    assert count(page, "label:unsure") == 0


def test_suspects_of_a_run_open_most_suspect_first(studio):
    page = studio(30, prepare=lambda connection: judge(connection, [9, 4, 20]))
    page.show_destination(Destination(PageName.SAMPLES, run_ids=(7,), part="suspects"))
    assert list(page.grid.ids) == [9, 4, 20]
    assert page.grid.row(0).suspect


def test_unlabelled_unfound_images_are_told_in_the_foot(studio, tmp_path, qtbot):
    page = studio(10, with_images=True)
    assert page.left.foot.isHidden()
    (tmp_path / "media").rename(tmp_path / "moved")
    page._count()
    qtbot.waitUntil(lambda: not page.left.foot.isHidden(), timeout=3000)
    assert page.left.foot.text() == "1 source needs re-linking"


def test_the_example_says_what_it_is_until_it_is_hidden_for_good(studio, tmp_path, qtbot):
    for name in ("p0", "p1"):
        (tmp_path / f"{name}.images").mkdir()
        (tmp_path / f"{name}.images" / "truth.json").write_text("{}")
    page = studio(10)
    qtbot.waitUntil(lambda: not page.middle.banner.isHidden(), timeout=5000)
    assert "These 10 scenes are drawn" in page.middle.banner.words.text()
    page.middle.banner.hidden.emit()
    assert page.middle.banner.isHidden()
    assert studio(10).middle.banner.isHidden()


def test_another_project_has_no_band(studio):
    assert studio(10).middle.banner.isHidden()


def test_without_a_sample_nothing_of_the_last_one_is_left(studio):
    page = studio(30, prepare=lambda connection: judge(connection, [2, 4]))
    page.show_query("key:100002")
    assert page.details.caption_tab.bars._opinions
    assert page.details.tabs.tabText(2) == "Predictions  1"
    page.show_query("caption:zebra caption:lion")
    assert page.details.name.text() == "No sample"
    assert not page.details.caption_tab.bars._opinions
    assert page.details.tabs.tabText(2) == "Predictions"


def test_a_clause_that_would_not_help_is_not_offered(studio):
    page = studio(30)
    page.show_query("caption:zebra caption:lion")
    assert page.middle.nothing.sentence.text() == "No sample matches."
    page.middle.nothing.button.click()
    assert page.asked.query == ""
    assert len(page.grid.ids) == 30


def test_a_warm_inspector_counts_the_caption_s_tokens(studio, qtbot):
    if config_folder("minilm") is None:
        pytest.skip("the shape of MiniLM is not on this computer")
    page = studio(10)
    inspector = Inspector(page)
    tab = page.details.caption_tab
    assert "words" in tab._origin.text()
    tab.count_tokens_by(inspector)
    inspector.warm_up()
    qtbot.waitUntil(lambda: "tokens" in tab._origin.text(), timeout=60000)
    inspector.close()


def test_thumbnails_arrive_and_are_painted(studio, qtbot):
    page = studio(12, with_images=True)
    page.grid.viewport().repaint()
    qtbot.waitUntil(lambda: len(page.grid._thumbnails._cells) > 0, timeout=10000)
    assert page.grid.accessible_text(0).startswith("Sample 100001, safe, not reviewed")


def test_an_image_that_broke_after_its_import_says_so_in_cell_and_viewer(studio, tmp_path, qtbot):
    page = studio(12, with_images=True)
    for file in (tmp_path / "media").iterdir():
        file.write_bytes(b"not an image")
    page.images.forget_reasons()
    page.show_query("key:100005")
    key = row(page, 5).image_sha256

    def forget_what_was_read_before() -> None:  # in memory and on disk, also what comes late
        page.images._cache._connection.execute("DELETE FROM thumbnails")
        page.images._images.clear()
        page.grid._thumbnails.forget()

    def cell_says_so() -> bool:
        forget_what_was_read_before()
        page.grid.viewport().repaint()
        return 5 in page.grid._broken

    qtbot.waitUntil(cell_says_so, timeout=10000)
    forget_what_was_read_before()
    page.details.show_sample(page.current_detail())
    qtbot.waitUntil(lambda: page.images.reason(key) is not None, timeout=10000)
    qtbot.waitUntil(lambda: page.details.viewer.controls.isHidden(), timeout=5000)
    assert page.grid._broken[5][1].image_problem == page.images.reason(key)


def test_the_numbers_of_the_split_are_seen(studio):
    page = studio(10)
    page.split_button.click()
    strip = page.middle.split
    assert not strip.isHidden()
    for field, text in ((strip.percent, "10\u00a0%"), (strip.seed, "42")):
        assert field.lineEdit().text() == text
        assert field.lineEdit().width() >= 48
