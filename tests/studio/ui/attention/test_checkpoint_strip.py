"""The same words along checkpoints: base, then each map that was captured; a click shows it."""

import hashlib
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import Qt

from studio.attention.look import Side
from studio.attention.reduce import Over, Reduction
from studio.project import run_queries
from studio.ui.attention import query_facts
from studio.ui.attention.query_panel import NO_ROLLOUT
from tests.studio.attention import picture_files
from tests.studio.ui.attention import captured


@pytest.fixture
def page(picture_page, qtbot):
    """With two more maps of the sample, at steps 20 and 30; those of 30 are of other words."""
    document, sample_id = picture_page.document, picture_page.sample_id()
    make = partial(captured.captioned, step=20)
    captured.add_maps(document, picture_page.run_id, [sample_id], make)
    text = "".join(picture_files.PIECES[:-1])
    other = {
        "step": 30,
        "text": text,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "tokens": ["<image>"] * picture_files.IMAGE + ["<b>", *picture_files.PIECES[1:]],
    }
    captured.add_maps(
        document, picture_page.run_id, [sample_id], partial(captured.captioned, **other)
    )
    picture_page.step = 12
    picture_page.load()
    qtbot.waitUntil(lambda: len(picture_page.view.along) == 2, timeout=5000)
    picture_page.stage.strip_kind.choose("steps")
    return picture_page


def test_base_and_each_checkpoint_stand_in_a_row(page):
    strip = page.stage.picture_strip
    assert list(strip.names) == ["base", "step 12", "step 20"]
    assert strip.current == range(1, 2)
    assert strip.rows[0].argmax() == 0  # the base model's patch
    assert page.stage.strip_title.text() == "Along checkpoints, for “a red taxicab”"
    assert not page.stage.layer_keys.isVisible()


def test_a_click_shows_that_checkpoint_and_keeps_the_word(page, qtbot):
    page.step_word(1)
    strip = page.stage.picture_strip
    at = strip.cell_rect(2).center().toPoint()
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: page.view.found.provenance.step == 20, timeout=5000)
    assert page.view.words[page.look.word].text == "red"
    assert strip.current == range(2, 3)
    assert page.stage.caption_note.text().endswith("step 20")
    at = strip.cell_rect(0).center().toPoint()
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)
    assert page.look.side == Side.BASE
    assert strip.current == range(1)


def test_a_checkpoint_without_a_rollout_stands_in_no_row_of_rollouts(page, qtbot):
    document, sample_id = page.document, page.sample_id()

    def old(sample_id, sha256):
        values = picture_files.arrays()
        return picture_files.map_file(values, sample_id=sample_id, caption_sha256=sha256, step=25)

    captured.add_maps(document, page.run_id, [sample_id], old)
    page.load()
    qtbot.waitUntil(lambda: len(page.view.along) == 3, timeout=5000)
    strip = page.stage.picture_strip
    assert list(strip.names) == ["base", "step 12", "step 20", "step 25"]
    page.want(replace(page.look, reduction=Reduction(Over.ROLLOUT)))
    assert list(strip.names) == ["base", "step 12", "step 20"]
    asked = query_facts.Asked(page.run_id, None, 25, page.look)
    found = query_facts.read_over_query(document, asked, lambda _done, _all: True)
    assert (found.captured, found.unfit, found.measured) == (1, 1, ())
    page.over.panel.show_query(found)
    assert page.over.panel.empty.sentence.text().startswith(NO_ROLLOUT)
    plans = query_facts.wish_for_query(document, asked, lambda _done, _all: True)
    assert plans.samples == ()


def test_checkpoints_without_a_map_can_be_captured(page, qtbot):
    kept = [
        one.step
        for one in page.document.query(run_queries.checkpoints, page.run_id)
        if not one.removed
    ]
    assert page.view.kept_steps == tuple(kept)
    missing = page.view.missing_steps
    assert set(missing) == set(kept) - {12, 20}
    assert page.stage.more_steps.isVisible() == bool(missing)
    if missing:
        assert page.stage.more_steps.text() == f"Capture at {len(missing)} more"
