"""The Attention page over a picture: words, hover, phrases, layers, boxes, exports."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from studio.attention import patches
from studio.attention.look import Look, Side
from studio.attention.reduce import Over, Reduction
from studio.runs.controller import RunController
from studio.ui.attention.page import AttentionPage
from studio.ui.attention.picture_stage import Showing
from studio.ui.widgets.image_loader import ImageLoader
from tests.studio.attention.picture_files import COLUMNS, GEOMETRY, ROWS
from tests.studio.ui.attention import captured
from tests.studio.ui.attention.captured import captioned
from tests.studio.ui.runs import filled


@pytest.fixture
def page(picture_page):
    return picture_page


def chip(page, text):
    return next(place for place, word in enumerate(page.stage.chips.words) if word.text == text)


def hot_patch(page):
    """The patch in which the stage's picture is most red, in the grab of what is shown."""
    stage = page.stage.picture
    page.show_so(type(page.showing)(opacity=1.0, grey=True, boxes=False, patches=True))
    shown = stage.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    area = stage.image_rect()
    best, place = -1, (0, 0)
    for row in range(ROWS):
        for column in range(COLUMNS):
            x = area.left() + (column + 0.5) * area.width() / COLUMNS
            y = area.top() + (row + 0.5) * area.height() / ROWS
            colour = shown.pixelColor(round(x), round(y))
            if colour.red() > best:
                best, place = colour.red(), (row, column)
    return place


def test_chips_are_the_captions_words_and_the_picture_is_on_the_stage(page):
    assert page.stage.middle.currentWidget() is page.stage.picture
    shown = [word.text for word in page.stage.chips.words]
    assert shown == ["a", "red", "taxicab", "turns", "<end>"]
    assert page.look.reduction == Reduction(Over.MEAN, 2, None, (2, 3))
    assert "share of attention on the picture" in page.stage.bar_note.text()
    assert page.stage.caption_note.text().startswith("Caption · ")
    assert not page.stage.controls.special.isVisible()
    assert page.stage.controls.picture.isVisible()


def test_a_click_on_a_word_lights_the_patch_that_it_read(page, qtbot):
    for text, token in (("a", 7), ("red", 8), ("turns", 11)):
        place = page.stage.chips.word_rect(chip(page, text)).center().toPoint()
        qtbot.mouseClick(page.stage.chips, Qt.MouseButton.LeftButton, pos=place)
        assert hot_patch(page) == divmod(token, COLUMNS)
        assert f"“{text}”" in page.stage.strip_title.text()


def test_a_hover_shows_a_word_and_leaves_the_choice(page, qtbot):
    before = page.stage.picture.reading
    place = page.stage.chips.word_rect(chip(page, "turns")).center().toPoint()
    qtbot.mouseMove(page.stage.chips, place)
    assert page.stage.picture.reading is not before
    assert int(page.stage.picture.reading.row.argmax()) == 11
    assert page.stage.chips.words[chip(page, "a")].text == "a"
    assert page.view.words[page.look.word].text == "a"
    qtbot.mouseMove(page.stage.chips, QPoint(page.stage.chips.width() - 2, 1))
    assert page.stage.picture.reading.row == pytest.approx(before.row)


def test_shift_click_reads_a_phrase(page, qtbot):
    page.choose_word(page.stage.readers[0])
    place = page.stage.chips.word_rect(chip(page, "taxicab")).center().toPoint()
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mouseClick(page.stage.chips, Qt.MouseButton.LeftButton, shift, place)
    assert page.look.until == page.stage.readers[2]
    assert page.stage.strip_title.text() == "Every layer, for “a red taxicab”"
    assert page.stage.bar_note.text().split("· ")[1].startswith("a red taxicab")
    page.step_word(1)
    assert page.look.until is None


def test_layers_are_chosen_alone_and_together(page, qtbot):
    strip = page.stage.picture_strip
    at = strip.cell_rect(1).center().toPoint()
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)
    assert page.look.reduction == Reduction(Over.LAYER, 1)
    at = strip.cell_rect(4).center().toPoint()
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, shift, at)
    assert page.look.reduction.span == (1, 4)
    parts = [part[1] for part in page.stage.controls.over.parts]
    assert parts == ["Layer 2", "Mean 2–5", "All", "Rollout"]
    page.stage.controls.over.choose(Over.MEAN)
    assert page.look.reduction.span is None
    assert "the last layers point well" in page.stage.controls.over.toolTip()


def test_a_rollout_over_the_picture_is_shown_with_a_caution(page):
    page.stage.controls.choose_rollout()
    assert page.look.reduction == Reduction(Over.ROLLOUT, 2)
    assert int(page.stage.picture.reading.row.argmax()) == ROWS * COLUMNS - 1
    assert "Rollout of all layers, mean of all heads" in page.dock.head_figures.text()
    assert "seldom points" in page.dock.head_figures.text()
    page.choose_layer(5)
    assert "The last layers seldom point" in page.dock.head_figures.text()
    page.choose_layer(3)
    assert "seldom" not in page.dock.head_figures.text()


def test_one_scale_keeps_a_faint_word_faint(page, qtbot):
    stage = page.stage
    page.want(Look(stage.readers[-1], Reduction(Over.LAYER, 0), Side.BASE))
    page.show_so(Showing(opacity=1.0, boxes=False))
    assert stage.picture.reading.most is None
    own = patches.densest(stage.picture.reading.row, GEOMETRY)
    stage.one_scale.click()
    assert page.showing.one_scale
    assert stage.picture.reading.most > 1.05 * own  # of the first word, which reads fewer tokens
    strip = stage.picture_strip
    stage.strip_kind.choose("words")
    assert strip.most == pytest.approx(stage.picture.reading.most)
    page._look_from(stage.readers[0])
    assert stage.picture.reading.most == pytest.approx(strip.most)
    qtbot.keyClick(page, Qt.Key.Key_S)
    assert not stage.one_scale.isChecked()
    assert stage.picture.reading.most is None


def test_the_strip_shows_every_word_for_a_layer(page, qtbot):
    page.stage.strip_kind.choose("words")
    strip = page.stage.picture_strip
    assert list(strip.names) == ["a", "red", "taxicab", "turns", "<end>"]
    assert [int(row.argmax()) for row in strip.rows[:2]] == [7, 8]
    at = strip.cell_rect(3).center().toPoint()
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)
    assert page.view.words[page.look.word].text == "turns"


def test_the_vision_tower_is_looked_through_layer_by_layer(page, qtbot):
    assert [part[0] for part in page.stage.strip_kind.parts] == [
        "layers",
        "words",
        "vision",
        "steps",
    ]
    page.stage.strip_kind.choose("vision")
    strip = page.stage.picture_strip
    at = strip.cell_rect(1).center().toPoint()
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)
    assert int(page.stage.picture.reading.row.argmax()) == 22
    assert strip.current == range(1, 2)
    assert page.stage.strip_title.text().startswith("Vision tower")
    page.step_word(1)
    assert int(page.stage.picture.reading.row.argmax()) == 8


def test_keys_of_the_picture(page, qtbot):
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_P)
    assert page.showing.patches
    assert page.stage.controls.picture.patches.isChecked()
    before = page.showing.opacity
    qtbot.keyClick(page, Qt.Key.Key_Minus)
    assert page.showing.opacity == pytest.approx(before - 0.1)
    qtbot.keyClick(page, Qt.Key.Key_T)
    assert page.look.side == Side.BASE
    assert hot_patch(page) == (0, 0)
    qtbot.keyClick(page, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    assert page.look.side == Side.DIFFERENCE
    assert page.stage.picture.reading.is_difference


def test_a_word_is_measured_in_the_box_of_its_name(page):
    last = Reduction(Over.LAYER, 5)
    page.want(Look(page.stage.readers[chip(page, "taxicab")], last))
    assert "in the box of “Taxicab”, chance 4" in page.dock.pointing.text()
    assert "lies in “Taxicab”" in page.dock.pointing.text()
    assert "in the box of “Taxicab”" in page.stage.strip_note.text()
    page.want(Look(page.stage.readers[chip(page, "turns")], last))
    assert "in the boxes, chance" in page.dock.pointing.text()
    assert page.dock.pointing.text().endswith("lies outside.")


def test_the_page_opens_at_a_phrase_that_names_a_box(page):
    assert [page.stage.readers.index(word) for word in (page.look.word, page.look.until)] == [0, 2]
    assert "“a red taxicab”" in page.dock.head_note.text()


def test_base_and_tuned_are_shown_beside_each_other(page, qtbot):
    triple = page.dock.triple
    page.choose_word(page.stage.readers[0])
    assert set(triple.readings) == set(Side)
    at = triple.side_rect(Side.BASE).center().toPoint()
    qtbot.mouseClick(triple, Qt.MouseButton.LeftButton, pos=at)
    assert page.look.side == Side.BASE
    assert "80.0" in page.dock.head_note.text()
    assert "proven" in page.dock.proven.text
    assert "4\u00a0×\u00a06" in page.dock.proven.text


def test_a_map_without_geometry_says_so_and_keeps_its_words(page, qtbot):
    other = captured.validation(page.document)[1]

    def unproven(sample_id, sha256):
        return captioned(sample_id, sha256, geometry=None, base_model="org/InternVL3")

    captured.add_maps(page.document, page.run_id, [other], unproven)
    page.step_sample(1)
    captured.wait_for_view(qtbot, page)
    qtbot.waitUntil(lambda: page.view.found is not None, timeout=5000)
    said = page.stage.picture.accessibleDescription()
    assert said == (
        "InternVL3 is not supported yet: its patch positions are not proven. "
        "Words and probabilities work."
    )
    assert page.stage.chips.words[0].text == "a"
    assert not page.dock.triple.isVisible()
    assert "80.0" in page.dock.head_note.text()


def test_what_is_shown_is_taken_out(page, tmp_path):
    assert page.exports.button.isEnabled()
    page.exports.save_picture(tmp_path / "one.png")
    page.exports.save_sheet(tmp_path / "sheet.png")
    page.exports.save_arrays(tmp_path / "map.npz")
    assert QImage(str(tmp_path / "one.png")).size() == page.stage.picture.size()
    sheet = QImage(str(tmp_path / "sheet.png"))
    assert sheet.width() > 1000
    assert len({sheet.pixel(x, 80) for x in range(0, sheet.width(), 7)}) > 10
    with np.load(tmp_path / "map.npz") as archive:
        assert np.array_equal(archive["base"], page.view.found.base)


def test_a_picture_that_is_gone_leaves_the_heat_and_a_reason(qtbot, tmp_path, pictures):
    document = filled.make_document(tmp_path / "p.studio", count=24, images=pictures)
    run_id = filled.add_run(document, filled.make_options(tmp_path, epochs=2), name="Run 7")
    captured.add_maps(document, run_id, captured.validation(document)[:1], captioned)
    for path in pictures:
        path.unlink()
    loader = ImageLoader()
    made = AttentionPage(document, RunController(document), loader)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    captured.wait_for_view(qtbot, made)
    qtbot.waitUntil(lambda: made.stage.picture.note != "", timeout=10_000)
    assert made.stage.picture.note.startswith("The image cannot be shown: ")
    assert made.stage.picture.reading is not None
    loader.close()
    document.close()
