"""Over the query: where its maps point, by class and by head; chosen, saved, and why not."""

import csv
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import Qt

from studio.attention.look import Look
from studio.attention.reduce import Over, Reduction
from studio.project import edits, map_queries
from studio.ui.attention import query_facts
from studio.ui.attention.query_panel import QueryPanel
from tests.studio.ui.attention import captured
from tests.studio.ui.attention.test_map_checks import run_check, taxi

LAST = Look(reduction=Reduction(Over.LAYER, 5))


@pytest.fixture
def page(picture_page):
    return picture_page


def read(page, query=None, look=LAST):
    asked = query_facts.Asked(page.run_id, query, None, look)
    return query_facts.read_over_query(page.document, asked, lambda _done, _all: True)


def open_panel(page, qtbot):
    page.want(replace(page.look, reduction=LAST.reduction))
    page.dock.over_query.click()
    panel = page.over.panel
    qtbot.waitUntil(lambda: panel.shown is not None and not panel.progress.isVisible())
    return panel


def test_the_table_has_a_row_for_each_class_beside_chance(page, qtbot):
    panel = open_panel(page, qtbot)
    assert page.pages.currentWidget() is panel
    rows = panel.table.rows()
    assert [row[0] for row in rows] == ["All classes", "taxicab"]
    assert rows[0][1:] == rows[1][1:]
    assert rows[0][3] == "4.2\u00a0%"
    assert panel.sentence.text().startswith("Layer 6, mean of all heads: ")
    assert "Maps of 1 of " in panel.sentence.text()
    assert panel.heads.values.shape == (6, 3)
    assert "Too few samples" in panel.best.text()
    assert panel.checked.text().startswith("No map here was checked")


def test_a_click_on_a_head_looks_through_it(page, qtbot):
    panel = open_panel(page, qtbot)
    whole = panel.table.rows()[0]
    at = panel.heads.cell_rect(0, 1).center().toPoint()
    panel.heads.hovered.emit(0, 1)
    assert panel.table.rows()[0] != whole
    panel.heads.hovered.emit(-1, -1)
    assert panel.table.rows()[0] == whole
    qtbot.mouseClick(panel.heads, Qt.MouseButton.LeftButton, pos=at)
    assert page.look.reduction == Reduction(Over.LAYER, 0, 1)
    assert panel.sentence.text().startswith("Layer 1, head 2: ")
    assert page.pages.currentWidget() is panel
    panel.back.click()
    assert page.pages.currentWidget() is page.stage


def test_the_table_is_saved_as_csv(page, qtbot, tmp_path):
    open_panel(page, qtbot)
    page.over.save_csv(tmp_path / "pointing.csv")
    with (tmp_path / "pointing.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["class"] for row in rows] == ["all", "taxicab"]
    assert float(rows[1]["chance"]) == pytest.approx(1 / 24, abs=1e-5)
    assert float(rows[1]["ratio"]) > 1


def test_each_empty_query_says_why(page, qtbot):
    panel = QueryPanel()
    qtbot.addWidget(panel)
    panel.show_query(read(page, "split:train"))
    assert panel.empty.sentence.text().startswith("None of the ")
    assert panel.empty.button.text() == "Capture for this query"
    boxes = page.view.detail.boxes
    page.document.edit("Delete", edits.remove_boxes, [boxes[0].id])
    panel.show_query(read(page))
    assert panel.empty.sentence.text().startswith("No word of the 1 captured captions")
    page.document.edit("Delete", edits.remove_boxes, [boxes[1].id])
    assert page.document.query(map_queries.count_boxes, "") == 0
    panel.show_query(read(page))
    assert panel.empty.sentence.text().startswith("No sample of this query has a box")
    assert not panel.save.isEnabled()


def test_reading_can_be_cancelled(page, qtbot):
    asked = query_facts.Asked(page.run_id, None, None, LAST)
    nothing = query_facts.read_over_query(page.document, asked, lambda _done, _all: False)
    assert nothing is None
    page.over.open()
    page.over.panel.progress.cancel.click()
    assert page.over.panel.empty.sentence.text() == "The maps were not read."
    assert not page.over.panel.progress.isVisible()


def test_checks_of_the_query_are_summed(page, qtbot):
    look = taxi(page)
    run_check(page, look)
    found = read(page, look=look)
    assert [word.text for word in found.checked] == ["taxicab"]
    assert found.judged.better == found.judged.words == 1
    panel = QueryPanel()
    qtbot.addWidget(panel)
    panel.show_query(found)
    assert panel.checked.text().startswith("Deletion .15 (chance ")
    assert "1 of 1 words fall faster" in panel.checked.text()
    assert read(page).checked == found.checked
    assert read(page, look=replace(look, reduction=Reduction(Over.MEAN))).checked == ()


def test_a_check_of_the_query_takes_all_content_words(page):
    asked = query_facts.Asked(page.run_id, None, None, LAST)
    wish = query_facts.wish_for_query(page.document, asked, lambda _done, _all: True)
    assert [word.text for word in wish.samples[0].words] == ["red", "taxicab", "turns"]
    assert (wish.step, wish.look) == (12, "tuned, layer 5, all heads")


def test_maps_of_other_checkpoints_are_not_mixed_in(page):
    other = captured.validation(page.document)[1]
    later = partial(captured.captioned, step=20)
    captured.add_maps(page.document, page.run_id, [other], later)
    assert (read(page).captured, read(page).step) == (1, 20)  # of the newest map
    asked = query_facts.Asked(page.run_id, None, 12, LAST)
    at_twelve = query_facts.read_over_query(page.document, asked, lambda _done, _all: True)
    assert (at_twelve.captured, len(at_twelve.measured)) == (1, 1)
