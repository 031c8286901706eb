"""The general widgets: plain text everywhere, sizes, what they emit."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QLabel

from studio import numbers, preferences
from studio.errors import StudioError
from studio.ui import fonts, theme
from studio.ui.error_dialog import make_error_dialog
from studio.ui.widgets import icons
from studio.ui.widgets.buttons import make_button, make_icon_button, show_key
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.dialog import Answer, QuestionDialog
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.label_button import LabelButton
from studio.ui.widgets.label_mark import SHAPES, paint_label_mark
from studio.ui.widgets.page_frame import PageFrame, PageHeader
from studio.ui.widgets.progress_row import ProgressRow
from studio.ui.widgets.search_list import Entry, SearchList
from studio.ui.widgets.section import FoldingSection
from studio.ui.widgets.segmented import SegmentedSwitch
from studio.ui.widgets.text import LinesLabel, PlainLabel, plain_tooltip
from studio.ui.widgets.toast import Toast

PAYLOADS = [
    '<img src="/etc/hostname" width=900>',
    "<table width=1000000><tr><td>x</td></tr></table>",
    "a <b>car</b> and <a href='x'>more</a>",
    "<script>1</script>",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_a_label_is_shown_letter_by_letter(qtbot, payload):
    label = PlainLabel(payload)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == payload
    metrics = label.fontMetrics()
    assert label.sizeHint().width() == pytest.approx(metrics.horizontalAdvance(payload), abs=8)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_a_tooltip_is_escaped(qtbot, payload):
    tip = plain_tooltip(payload)
    assert payload not in tip
    assert "&lt;" in tip
    button = make_icon_button("eye", payload)
    qtbot.addWidget(button)
    assert payload not in button.toolTip()


def test_markup_in_every_widget_that_takes_text_stays_plain(qtbot):
    payload = PAYLOADS[1]
    widgets = [
        EmptyState("eye", payload, payload),
        ProgressRow(payload),
        QuestionDialog(payload, payload, [Answer("a", payload, harmless=True)], details=payload),
        make_error_dialog(StudioError(payload, payload)),
        make_error_dialog(ValueError(payload)),
    ]
    for widget in widgets:
        qtbot.addWidget(widget)
        for label in widget.findChildren(QLabel):
            assert label.textFormat() == Qt.TextFormat.PlainText
        assert widget.sizeHint().width() < 4000


def test_a_label_that_gives_way_ends_in_an_ellipsis(qtbot):
    label = PlainLabel("A yellow taxi and two buses share a wet road", elide=True)
    qtbot.addWidget(label)
    label.resize(90, 20)
    assert label.shown_text().endswith("…")
    assert label.text() == "A yellow taxi and two buses share a wet road"


def test_help_takes_two_lines_at_most(qtbot):
    label = LinesLabel("Names of the layers that get LoRA; none takes the model's usual ones")
    qtbot.addWidget(label)
    assert len(label.lines(140)) == 2
    assert label.lines(140)[1].endswith("…")
    assert label.lines(4000) == [label.words]


def test_numbers_are_written_as_agreed():
    assert numbers.format_count(75266) == "75,266"
    assert numbers.format_share(0.737) == "73.7\u00a0%"
    assert numbers.format_probability(0.549, 3) == ".549"
    assert numbers.format_probability(1.0) == "1.00"
    assert numbers.format_probability(float("nan")) == "not a number"
    assert numbers.format_of(74, 99) == "74 of 99"
    assert numbers.format_bytes(83.5e6) == "84\u00a0MB"
    assert numbers.format_duration(72) == "1\u00a0min 12\u00a0s"
    assert numbers.format_number(0.0002) == "2e-4"
    assert numbers.format_number(20.0) == "20"
    assert numbers.format_number(0.05) == "0.05"


def test_a_switch_is_chosen_by_mouse_and_keys(qtbot):
    switch = SegmentedSwitch([("a", "Loss"), ("b", "Accuracy"), ("c", "F1")], "a")
    qtbot.addWidget(switch)
    switch.resize(switch.sizeHint())
    heard = []
    switch.chosen.connect(heard.append)
    place = switch._part_rect(1).center().toPoint()
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton, pos=place)
    qtbot.keyClick(switch, Qt.Key.Key_Right)
    qtbot.keyClick(switch, Qt.Key.Key_Right)
    switch.set_value("a")
    assert heard == ["b", "c"]
    assert switch.value() == "a"


def test_a_folded_section_is_remembered(qtbot):
    section = FoldingSection("History", PlainLabel("x"), remember_as="samples/history")
    qtbot.addWidget(section)
    section.head.click()
    assert section.is_folded()
    assert preferences.load().folded == ("samples/history",)
    again = FoldingSection("History", PlainLabel("x"), remember_as="samples/history")
    qtbot.addWidget(again)
    assert again.is_folded()
    again.head.click()
    assert preferences.load().folded == ()


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_label_is_told_apart_without_colour(qapp, shape):
    drawn = {}
    for name in SHAPES:
        image = QImage(24, 24, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.black)
        painter = QPainter(image)
        paint_label_mark(painter, QRectF(2, 2, 20, 20), name, "unsure")
        painter.end()
        drawn[name] = bytes(image.constBits())
    assert [name for name in SHAPES if drawn[name] == drawn[shape]] == [shape]


@pytest.mark.parametrize("name", ["database", "squares-four", "cards", "warning-fill", "snowflake"])
def test_icons_of_the_design_are_in_the_typeface(qapp, name):
    assert icons.has_icon(name)
    assert not icons.icon(name).pixmap(16, 16).toImage().allGray() or name


def test_a_button_keeps_its_words_and_shows_its_key(qtbot):
    plain, keyed = make_button("Train"), make_button("Train", key="Ctrl+T")
    for button in (plain, keyed):
        qtbot.addWidget(button)
    assert keyed.sizeHint().width() > plain.sizeHint().width() + 20
    assert keyed.minimumSizeHint() == keyed.sizeHint()
    assert show_key("Ctrl+Return") == "Ctrl ↵"


def test_a_label_button_may_lose_its_key_but_never_its_word(qtbot):
    button = LabelButton("dangerous", "triangle", "dangerous", "1")
    qtbot.addWidget(button)
    width = button.fontMetrics().horizontalAdvance("dangerous")
    assert button.minimumSizeHint().width() > width
    assert button.minimumSizeHint().width() < button.sizeHint().width()


def test_a_removable_chip_tells_a_click_from_a_removal(qtbot):
    chip = Chip("query", removable=True)
    qtbot.addWidget(chip)
    chip.resize(chip.sizeHint())
    heard = []
    chip.clicked.connect(lambda: heard.append("clicked"))
    chip.removed.connect(lambda: heard.append("removed"))
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=chip.rect().center())
    right = chip.rect().center()
    right.setX(chip.width() - 6)
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=right)
    assert heard == ["clicked", "removed"]


def test_time_left_is_told_after_five_steps_only(qtbot):
    row = ProgressRow("Import")
    qtbot.addWidget(row)
    row.show_progress(3, 20, 60)
    assert row.count.text() == "3 of 20"
    row.show_progress(14, 20, 72)
    assert row.count.text().startswith("14 of 20 · 1\u00a0min")


def test_escape_gives_the_harmless_answer(qtbot):
    dialog = QuestionDialog(
        "Run 8 is still training.",
        "",
        [Answer("keep", "Keep", "primary"), Answer("cancel", "Cancel", harmless=True)],
    )
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.answer == "cancel"


def test_a_toast_carries_one_act(qtbot):
    window = PlainLabel("")
    window.resize(800, 600)
    qtbot.addWidget(window)
    toast = Toast(window)
    done = []
    toast.say("Run 7 finished.", action="See it", act=lambda: done.append(1))
    toast.button.click()
    assert done == [1]
    assert toast.isHidden()


def test_a_search_list_narrows_and_takes(qtbot):
    rows = [Entry("a", "Samples", "Page"), Entry("b", "Rank", "Option adapter.rank")]
    found = SearchList("Find", rows)
    qtbot.addWidget(found)
    taken = []
    found.taken.connect(taken.append)
    qtbot.keyClicks(found.field, "adapter ran")
    assert [entry.id for entry in found.shown()] == ["b"]
    qtbot.keyClick(found.field, Qt.Key.Key_Return)
    assert taken == ["b"]


def test_docks_keep_their_widths_and_narrow_in_a_narrow_window(qtbot):
    frame = PageFrame(PageHeader("Samples"), PlainLabel("l"), PlainLabel("m"), PlainLabel("r"))
    qtbot.addWidget(frame)
    frame.resize(1440, 900)
    frame.show()
    assert (frame.left.width(), frame.right.width()) == (212, 388)
    frame.resize(1280, 800)
    assert (frame.left.width(), frame.right.width()) == (200, 348)
    frame.toggle_dock("left")
    assert frame.left.isHidden()
    frame.close()


def test_chinese_runs_are_known():
    assert fonts.holds_chinese("夜间路口 at night")
    assert not fonts.holds_chinese("night")


def test_the_theme_changes_while_the_program_runs(qapp, qtbot):
    label = PlainLabel("x")
    qtbot.addWidget(label)
    theme.apply_theme(qapp, "light", text_size=1.4)
    assert theme.current_tokens().theme == "light"
    assert label.font().pixelSize() == 18
    theme.apply_theme(qapp, "dark")
    assert label.font().pixelSize() == 13
