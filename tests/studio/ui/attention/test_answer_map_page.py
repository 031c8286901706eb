"""The Attention page on a language model's map: choose a word of the answer, see what it read."""

import pytest
from PySide6.QtCore import Qt

from studio.attention.reduce import Over, Reduction
from tests.studio.attention import answer_files, map_files
from tests.studio.ui.attention import captured
from tests.studio.ui.runs import filled


@pytest.fixture
def page(document, tmp_path, open_page):
    run_id = filled.add_run(document, filled.make_options(tmp_path, epochs=2), name="Run 8")
    ids = captured.validation(document)[:1]
    captured.add_maps(
        document,
        run_id,
        ids,
        lambda one, sha256: answer_files.map_file(sample_id=one, caption_sha256=sha256),
    )
    return open_page()


def texts(flow):
    return [word.text for word in flow.words]


def test_chips_are_the_answers_words_and_the_line_is_all(page):
    assert texts(page.stage.chips) == ["dangerous", "<end>"]
    assert texts(page.stage.line)[:3] == ["<s>", "Is", "it"]
    assert page.look.word == 13
    assert page.stage.line.reading.shares[0] == 0
    assert page.stage.line.reading.shares.sum() == pytest.approx(1, abs=1e-3)
    assert page.stage.caption_note.text().startswith("Answer · ")
    assert "to write “dangerous”" in page.stage.bar_note.text()
    assert not page.stage.stale.isVisible()


def test_a_word_of_the_answer_is_chosen_and_one_of_the_prompt_is_not(page, qtbot):
    chip = page.stage.chips.word_rect(1).center().toPoint()
    qtbot.mouseClick(page.stage.chips, Qt.MouseButton.LeftButton, pos=chip)
    assert page.look.word == 14
    prompt = page.stage.line.word_rect(3).center().toPoint()
    qtbot.mouseClick(page.stage.line, Qt.MouseButton.LeftButton, pos=prompt)
    assert page.look.word == 14
    page.step_word(1)
    assert page.look.word == 13


def test_layers_and_heads_are_those_of_the_map(page):
    page.choose_head(2, 1)
    assert (page.look.reduction.layer, page.look.reduction.head) == (2, 1)
    page.stage.controls.over.choose(Over.MEAN)
    assert page.look.reduction.over == Over.MEAN
    assert [part[1] for part in page.stage.controls.over.parts] == [
        "Layer 3",
        "Mean 1–3",
        "Rollout",
    ]


def test_the_rollout_of_an_answer_is_of_all_heads(page):
    page.choose_head(2, 1)
    page.stage.controls.over.choose(Over.ROLLOUT)
    assert page.look.reduction == Reduction(Over.ROLLOUT, 2, None)
    assert not page.stage.controls.head.isEnabled()
    shares = page.stage.line.reading.shares
    assert [index for index, share in enumerate(shares) if share > 0.4] == [12, 13]
    assert page.dock.head_figures.text().startswith("Rollout, mean of all heads.")
    page.step_head(1)
    assert page.look.reduction.head is None
    page.choose_layer(1)
    assert page.stage.controls.head.isEnabled()


def test_a_map_from_before_rollouts_says_so_and_offers_another_capture(
    document, tmp_path, open_page, qtbot
):
    run_id = filled.add_run(document, filled.make_options(tmp_path, epochs=2), name="Run 8")

    def old_file(one, sha256):
        origin = answer_files.provenance(sample_id=one, caption_sha256=sha256)
        return map_files.old_file(answer_files.arrays(), origin)

    captured.add_maps(document, run_id, captured.validation(document)[:1], old_file)
    page = open_page()
    before = page.look
    qtbot.keyClick(page, Qt.Key.Key_R)
    assert page.look == before
    assert page.stage.controls.over.value() == Over.LAYER
    assert page.stage.stale.isVisible()
    assert "captured before there were any" in page.stage.stale.text
    assert page.stage.again.isVisible()


def test_the_dock_says_how_likely_the_word_is(page):
    assert not page.dock.answers.isVisible()
    assert "“dangerous” is 10.0" in page.dock.head_note.text()
    assert "72.0" in page.dock.head_note.text()
    page.show_difference()
    assert page.stage.line.reading.is_difference
    assert "more from" in page.dock.changed.text().lower()


def test_a_model_whose_layers_cannot_be_multiplied_is_offered_no_rollout(
    document, tmp_path, open_page, qtbot
):
    run_id = filled.add_run(document, filled.make_options(tmp_path, epochs=2), name="Run 8")
    captured.add_maps(
        document,
        run_id,
        captured.validation(document)[:1],
        lambda one, sha256: answer_files.map_file(
            answer_files.arrays(), sample_id=one, caption_sha256=sha256
        ),
    )
    page = open_page()
    controls = page.stage.controls
    assert [part[1] for part in controls.over.parts] == ["Layer 3", "Mean 1–3"]
    assert "No rollout" in controls.over.toolTip()
    qtbot.keyClick(page, Qt.Key.Key_R)
    assert page.look.reduction.over == Over.LAYER
    assert not page.stage.stale.isVisible()
