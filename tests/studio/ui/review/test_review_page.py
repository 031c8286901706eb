from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest

from studio.project import queries
from studio.ui.fonts import role_font
from studio.ui.navigation import Destination, PageName
from studio.ui.review.deck import Deck, minutes_left
from studio.ui.review.page import ReviewPage
from studio.ui.review.reading import run_words
from studio.ui.review.side import why_words
from studio.ui.review.stage import LARGE
from studio.ui.widgets.buttons import key_width
from tests.studio.ui.samples.scene_project import MARKUP, judge

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CARDS = [8, 4, 14, 5]  # 8, 4 and 14 are labelled dangerous, none is reviewed


@pytest.fixture
def deck(studio):
    """A deck of four suspects of run 7."""
    page = studio(30, prepare=lambda connection: judge(connection, CARDS), kind=ReviewPage)
    page.show_destination(Destination(PageName.REVIEW, run_ids=(7,), part="suspects"))
    page.setFocus()
    return page


def row(page, sample_id):
    return page.document.query(queries.sample_rows, [sample_id])[0]


def test_a_deck_holds_what_the_run_suspects_and_says_why(deck):
    assert deck.deck.ids == tuple(CARDS)
    assert "never learned" in deck.side.why.text()
    assert "says safe" in deck.side.why.text()
    assert deck.middle.place.text() == "1 of 4"
    said = next(button for button in deck.middle.label_buttons if button.text() == "safe")
    assert said.remark == "run 7"


def test_a_key_labels_marks_reviewed_and_moves_on(deck, qtbot):
    assert row(deck, 8).label == "dangerous"
    QTest.keyClick(deck, Qt.Key.Key_2)
    assert row(deck, 8).label == "safe"
    assert row(deck, 8).reviewed
    assert deck.deck.position == 0
    qtbot.waitUntil(lambda: deck.deck.position == 1, timeout=2000)
    assert deck.deck.changed == 1
    assert deck.document.history()[0].title == "Label 100008 safe"


def test_shift_and_a_key_label_and_stay(deck, qtbot):
    QTest.keyClick(deck, Qt.Key.Key_3, SHIFT)
    qtbot.wait(200)
    assert row(deck, 8).label == "unsure"
    assert deck.deck.position == 0


def test_fast_keys_decide_one_card_each(deck, qtbot):
    for _ in range(3):
        QTest.keyClick(deck, Qt.Key.Key_3)
    assert [row(deck, each).label for each in CARDS[:3]] == ["unsure"] * 3
    qtbot.waitUntil(lambda: deck.deck.position == 3, timeout=2000)
    assert len(deck.deck.decided) == 3


def test_accept_keeps_the_label_and_skip_decides_nothing(deck, qtbot):
    label = row(deck, 8).label
    QTest.keyClick(deck, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: deck.deck.position == 1, timeout=2000)
    assert row(deck, 8).label == label
    assert row(deck, 8).reviewed
    QTest.keyClick(deck, Qt.Key.Key_Space, CONTROL)
    assert deck.deck.position == 2
    assert not row(deck, 4).reviewed
    assert deck.deck.decided == {8: False}


def test_undo_opens_the_card_again(deck, qtbot):
    QTest.keyClick(deck, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: deck.deck.position == 1, timeout=2000)
    deck.document.undo()
    assert row(deck, 8).label == "dangerous"
    assert not row(deck, 8).reviewed
    assert deck.deck.position == 0
    assert deck.deck.decided == {}


def test_the_end_counts_and_offers_to_retrain(deck, qtbot):
    for key in (Qt.Key.Key_1, Qt.Key.Key_1, Qt.Key.Key_1, Qt.Key.Key_3):
        QTest.keyClick(deck, key)
    qtbot.waitUntil(lambda: deck.deck.is_over, timeout=2000)
    sentence = deck.middle.nothing.sentence.text()
    assert sentence.startswith(f"4 decided, {deck.deck.changed} changed. Retrain")
    assert deck.middle.nothing.button.text() == "Retrain run 7"
    with qtbot.waitSignal(deck.go) as went:
        deck.middle.nothing.second.click()
    assert went.args[0].page == PageName.SAMPLES


def test_retraining_a_run_whose_options_are_gone_opens_the_form(deck, qtbot):
    with qtbot.waitSignal(deck.go) as went:
        deck.retrain()
    assert went.args[0] == Destination(PageName.RECIPE)


def test_blind_hides_what_models_say_until_it_is_decided(deck, qtbot):
    QTest.keyClick(deck, Qt.Key.Key_M)
    assert deck.side.models.isHidden()
    assert deck.side.why_section.isHidden()
    assert not any("run 7" in button.remark for button in deck.middle.label_buttons)
    assert not any(button.isChecked() for button in deck.middle.label_buttons)
    before = row(deck, deck.deck.current)
    deck.accept()  # nobody accepts a label unseen
    assert row(deck, before.id) == before
    assert deck.deck.current == before.id
    QTest.keyClick(deck, Qt.Key.Key_1, SHIFT)
    assert not deck.side.models.isHidden()
    assert deck.middle.label_buttons[0].isChecked()


def test_letter_keys_are_dead_while_the_caption_is_edited(deck):
    before = row(deck, 8)
    deck.middle.edit_caption()
    deck.middle.editor.selectAll()
    QTest.keyClicks(deck.middle.editor, "1 and 2 xpu")
    QTest.keyClick(deck.middle.editor, Qt.Key.Key_Escape)
    after = row(deck, 8)
    assert after.label == before.label
    assert after.caption == "1 and 2 xpu"
    assert deck.deck.position == 0
    assert deck.document.history()[0].title == "Caption of 100008"


def test_escape_leaves_the_deck_for_its_samples(deck, qtbot):
    with qtbot.waitSignal(deck.go) as went:
        QTest.keyClick(deck, Qt.Key.Key_Escape)
    assert went.args[0] == Destination(PageName.SAMPLES, run_ids=(7,), part="suspects")


def test_a_caption_with_markup_is_text(deck):
    deck.go_to(3)
    assert deck.middle.caption.text() == MARKUP
    assert deck.middle.caption.textFormat() == Qt.TextFormat.PlainText


def test_a_query_is_a_deck_and_an_empty_one_names_the_next(studio):
    page = studio(30, prepare=lambda connection: judge(connection, CARDS), kind=ReviewPage)
    page.show_destination(Destination(PageName.REVIEW, query="label:dangerous"))
    assert len(page.deck.ids) == page.document.query(queries.count, "label:dangerous")
    page.show_destination(Destination(PageName.REVIEW, query="caption:zebra"))
    sentence = page.middle.nothing.sentence.text()
    assert sentence.endswith("The next deck with work: Suspected labels, 4.")
    page.middle.nothing.button.click()
    assert page.deck.ids == tuple(CARDS)


def test_an_unreadable_image_leaves_the_keys_alive(studio, tmp_path, qtbot):
    page = studio(12, with_images=True, kind=ReviewPage)
    for file in (tmp_path / "media").iterdir():
        file.write_bytes(b"not an image")
    page.show_destination(Destination(PageName.REVIEW, query="key:100002"))
    QTest.keyClick(page, Qt.Key.Key_3)
    assert row(page, 2).label == "unsure"


def test_the_curve_compares_with_others_of_the_label(deck):
    dynamics = deck.facts.dynamics
    assert dynamics is not None
    assert list(dynamics.epochs) == [1, 2, 3, 4, 5, 6]
    assert dynamics.sample[-1] < dynamics.sample[0]


def test_the_time_left_follows_the_pace():
    deck = Deck(tuple(range(64))).with_decision(0, True).with_decision(1, False)
    deck = deck.with_decision(2, False).at(4)
    assert minutes_left(deck, 30.0) == "about 10 min left"
    assert minutes_left(deck.at(63), 3.0) == "under 1 min left"


def test_the_reason_names_the_run_and_the_label_it_trained_with(deck):
    label = row(deck, 8).label
    assert f"Labelled {label} when run 7 trained." in deck.side.why.text()
    trained = replace(deck.facts.dynamics, label=label)
    QTest.keyClick(deck, Qt.Key.Key_2, SHIFT)
    said = why_words(replace(deck.facts, dynamics=trained))
    assert said.startswith(f"Labelled {label} when run 7 trained.")
    assert said.endswith(f"The label was changed to {row(deck, 8).label} since.")


def test_a_run_is_quoted_by_its_own_name_only():
    assert run_words(7, "Run 7") == "run 7"
    assert run_words(7, "labels fixed") == "“labels fixed”"


def test_the_run_fits_beside_the_longest_label(deck):
    deck.resize(1280, 800)
    deck.show()
    for button in deck.middle.label_buttons:
        words = button._words_width() + QFontMetrics(role_font("tiny")).horizontalAdvance("run 88")
        assert 46 + words + 12 + key_width(button.key) + 9 <= button.width()


def test_a_deck_gone_through_without_a_decision_can_be_started_again(deck):
    deck.go_to(4)
    assert deck.deck.is_over
    assert deck.middle.nothing.sentence.text() == "The deck is through. Nothing was decided."
    assert not deck.frame.right.isVisibleTo(deck)
    deck.middle.nothing.button.click()
    assert deck.deck.position == 0
    assert deck.frame.right.isVisibleTo(deck)


def test_the_cards_image_is_asked_for_before_the_filmstrip(studio):
    page = studio(30, with_images=True, kind=ReviewPage)
    page.show_destination(Destination(PageName.REVIEW, query=""))
    key = row(page, page.deck.current).image_sha256
    assert page.middle.stage._images._first == (key, LARGE)
