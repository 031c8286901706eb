"""The Attention page: words, layers and heads of base and tuned, driven through its widgets."""

import pytest
from PySide6.QtCore import Qt

from studio.attention.look import Side
from studio.attention.reduce import Over
from studio.attention.words import Word
from studio.project import caption_edits
from studio.ui.attention import word_layout
from studio.ui.navigation import Destination, PageName
from tests.studio.ui.attention import captured


def test_without_runs_the_page_offers_the_recipe(open_page):
    page = open_page()
    asked = []
    page.go.connect(asked.append)
    assert page.pages.currentWidget() is page.empty
    assert page.empty.sentence.text() == "No finished run to look into yet."
    page.empty.button.click()
    assert asked == [Destination(PageName.RECIPE)]


def test_a_captured_sample_shows_its_words_from_cls(run_id, open_page):
    page = open_page()
    assert page.pages.currentWidget() is page.stage
    assert [word.text for word in page.stage.line.words][:3] == ["[CLS]", "A", "motorcyclist"]
    assert page.stage.chips.current == 0
    assert page.look.reduction.layer == page.view.found.layers - 1
    assert page.stage.line.reading.shares[0] == 0
    assert "“[CLS]”" in page.stage.bar_note.text()
    assert page.position.text() == "1 of 6"
    assert page.dock.head_note.text().startswith("It was labelled dangerous.")
    assert "adapter abab" in page.dock.origin.text()


def test_a_click_on_a_word_looks_from_it(run_id, open_page, qtbot):
    page = open_page()
    place = page.stage.line.word_rect(2).center().toPoint()
    qtbot.mouseClick(page.stage.line, Qt.MouseButton.LeftButton, pos=place)
    assert page.look.word == 2
    assert page.stage.chips.current == 2
    assert page.stage.strip_title.text() == "Every layer, for “motorcyclist”"
    chip = page.stage.chips.word_rect(5).center().toPoint()
    qtbot.mouseClick(page.stage.chips, Qt.MouseButton.LeftButton, pos=chip)
    assert page.look.word == 5


def test_layers_heads_and_reductions_are_chosen(run_id, open_page, qtbot):
    page = open_page()
    strip = page.stage.strip
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.layer_rect(2).center().toPoint())
    assert (page.look.reduction.over, page.look.reduction.layer) == (Over.LAYER, 2)
    page.stage.controls.over.choose(Over.ROLLOUT)
    assert page.look.reduction.over == Over.ROLLOUT
    assert strip.current == -1
    grid = page.dock.heads
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.cell_rect(1, 3).center().toPoint())
    assert (page.look.reduction.layer, page.look.reduction.head) == (1, 3)
    assert page.stage.controls.head.currentText() == "4"
    page.step_head(1)
    assert page.look.reduction.head is None
    page.step_layer(50)
    assert page.look.reduction.layer == page.view.found.layers - 1


def test_hovering_a_head_looks_through_it_and_leaves_the_choice(run_id, open_page):
    page = open_page()
    before = page.stage.line.reading.shares.copy()
    page.dock.heads.hovered.emit(0, 1)
    through = page.stage.line.reading.shares.copy()
    page.dock.heads.hovered.emit(-1, -1)
    assert abs(through - before).max() > 1e-3
    assert page.stage.line.reading.shares == pytest.approx(before)


def test_base_tuned_and_difference_are_flicked(run_id, open_page):
    page = open_page()
    page.flick()
    assert page.look.side == Side.BASE
    assert page.stage.controls.side.value() == Side.BASE
    page.flick()
    page.show_difference()
    assert page.stage.line.reading.is_difference
    assert "less" in page.stage.bar_note.text()
    page.show_difference()
    assert page.look.side == Side.TUNED


def test_special_tokens_can_set_the_scale(run_id, open_page):
    page = open_page()
    page.stage.controls.special.setChecked(True)
    assert page.look.special
    assert page.stage.line.reading.shares[0] > 0


def test_stepping_to_a_sample_without_a_map_offers_a_capture(run_id, open_page, qtbot):
    page = open_page()
    page.step_sample(2)
    captured.wait_for_view(qtbot, page)
    assert page.pages.currentWidget() is page.empty
    assert page.empty.sentence.text() == "No map of this sample for run 1."
    assert page.empty.button.text().startswith("Capture")
    page.step_sample(-2)
    captured.wait_for_view(qtbot, page)
    assert page.pages.currentWidget() is page.stage


def test_a_caption_edited_since_makes_the_map_stale(run_id, open_page, qtbot, document):
    page = open_page()
    assert not page.stage.stale.isVisible()
    first = page.sample_id()
    document.edit("Write caption", caption_edits.write_caption, first, "Another caption.")
    qtbot.waitUntil(lambda: page.stage.stale.isVisible(), timeout=5000)
    assert "Stale" in page.stage.stale.text
    assert page.stage.line.words[1].text == "A"


def test_a_map_that_arrives_is_shown(run_id, open_page, qtbot, document):
    page = open_page()
    page.step_sample(3)
    captured.wait_for_view(qtbot, page)
    assert page.pages.currentWidget() is page.empty
    captured.add_maps(document, run_id, [page.sample_id()])
    qtbot.waitUntil(lambda: page.pages.currentWidget() is page.stage, timeout=5000)
    assert page.view.found.provenance.sample_id == page.sample_id()


def test_a_destination_names_the_sample(run_id, open_page, qtbot, document):
    page = open_page()
    wanted = captured.validation(document)[1]
    page.show_destination(Destination(PageName.ATTENTION, run_ids=(run_id,), sample_id=wanted))
    captured.wait_for_view(qtbot, page)
    assert page.view.detail.row.id == wanted
    page.show_destination(Destination(PageName.ATTENTION, query="label:nothing"))
    captured.wait_for_view(qtbot, page)
    assert page.empty.sentence.text() == "No sample matches."


def test_the_page_opens_at_a_captured_sample_and_goes_where_it_is_sent(run_id, open_page, qtbot):
    page = open_page()
    page.step_sample(3)
    captured.wait_for_view(qtbot, page)
    assert page.pages.currentWidget() is page.empty
    page.show_destination(Destination(PageName.ATTENTION, run_ids=(run_id,)))
    captured.wait_for_view(qtbot, page)
    assert page.pages.currentWidget() is page.stage
    page.show_destination(Destination(PageName.ATTENTION, run_ids=(run_id,), sample_id=4))
    captured.wait_for_view(qtbot, page)
    assert page.view.detail.row.id == 4
    assert page.pages.currentWidget() is page.empty


def test_without_a_map_the_caption_stands_under_its_image(run_id, open_page, qtbot):
    page = open_page()
    assert not page.dock.caption.isVisible()
    page.step_sample(3)
    captured.wait_for_view(qtbot, page)
    assert page.dock.caption.isVisible()
    assert page.dock.caption.text() == page.view.detail.row.caption


def test_the_colours_of_the_heat_are_chosen_and_kept(run_id, open_page):
    page = open_page()
    before = page.stage.strip.grab().toImage()
    controls = page.stage.controls
    assert controls.colours.currentText() == "inferno"
    controls.colours.setCurrentText("viridis")
    controls.colours.activated.emit(controls.colours.currentIndex())
    assert page.look.colours == page.stage.line.reading.colours == "viridis"
    assert page.stage.strip.grab().toImage() != before
    assert open_page().stage.controls.colours.currentText() == "viridis"


@pytest.mark.parametrize("width", range(150, 400, 22))
def test_no_line_of_words_begins_with_a_closing_mark(qapp, width):
    marks = "，。.!"
    text = "夜路，空无一人。A car waits. 雨！"
    shown = [
        Word((place,), (letter,), special=False)
        for place, letter in enumerate(text.replace(" ", ""))
    ]
    places, _ = word_layout.arrange(word_layout.STAGE, shown, width)
    assert len(places) == len(shown)
    for before, here, word in zip(places, places[1:], shown[1:], strict=False):
        if word.text in marks:
            assert here.top() == before.top()
