"""The Compare page: what differs, what was won, and a report that needs nothing else."""

import re

import pytest
from PySide6.QtCore import Qt

from studio.project import queries
from studio.runs import comparison
from studio.ui.compare import reading
from studio.ui.navigation import Destination, PageName
from tests.studio.ui.runs import filled


def wait_for(qtbot, page, runs):
    def shown():
        compared = page.compared()
        assert compared is not None
        assert (compared.first.row.id, compared.second.row.id) == runs

    qtbot.waitUntil(shown, timeout=20_000)
    return page.compared()


def destinations(page):
    found = []
    page.go.connect(found.append)
    return found


def test_without_two_runs_the_page_says_what_is_missing(open_page, document, tmp_path):
    page = open_page()
    assert page.empty.sentence.text() == "Choose two runs. There are none yet."
    filled.add_run(document, filled.make_options(tmp_path))
    page.refresh()
    assert page.empty.sentence.text() == "Choose two runs. There is one so far."
    assert page.empty.isVisible()
    assert not page.save.isVisible()


def test_the_two_latest_runs_are_compared_and_said_to_be_until_then(open_page, qtbot, two_runs):
    page = open_page()
    assert page.empty.sentence.text() == f"Comparing run {two_runs[0]} with run {two_runs[1]}…"
    wait_for(qtbot, page, two_runs)
    assert page.cards.isVisible()
    assert not page.empty.isVisible()
    assert page.cards.second.runs.currentText() == "Run 2 · <i>after</i>"


def test_right_and_left_go_through_what_was_won_and_lost(open_page, qtbot, two_runs):
    page = open_page()
    wait_for(qtbot, page, two_runs)
    strips = (page.changed.won, page.changed.lost, page.changed.missed)
    pictures = [one for strip in strips for one in strip.thumbnails()]
    assert len(pictures) > 1
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    page.changed.step(1)
    assert pictures[0].hasFocus()
    qtbot.keyClick(pictures[0], Qt.Key.Key_Right)
    assert pictures[1].hasFocus()
    qtbot.keyClick(pictures[1], Qt.Key.Key_Left)
    qtbot.keyClick(pictures[0], Qt.Key.Key_Left)
    assert pictures[-1].hasFocus()
    asked = destinations(page)
    qtbot.keyClick(pictures[-1], Qt.Key.Key_Return)
    assert asked[-1].sample_id == pictures[-1].row.id


def test_a_run_is_shown_alone_and_both_again(open_page, qtbot, two_runs):
    page = open_page()
    wait_for(qtbot, page, two_runs)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    page.setFocus()
    plot = page.curves.plot
    for key, shown in ((Qt.Key.Key_1, "A"), (Qt.Key.Key_2, "B"), (Qt.Key.Key_2, "AB")):
        qtbot.keyClick(page, key)
        assert "".join(letter for letter in "AB" if plot.is_shown(letter)) == shown


def test_cards_show_both_figures_and_the_gain(open_page, qtbot, document, two_runs):
    page = open_page()
    page.show_destination(Destination(PageName.COMPARE, run_ids=two_runs))
    compared = wait_for(qtbot, page, two_runs)
    found = comparison.compare(document, *two_runs)
    points = 100 * found.intervals[0].difference
    assert page.cards.gain.text().replace("−", "-").replace("\u00a0", " ").split()[0] == (
        f"{points:+.1f}" if round(points, 1) else "0"
    )
    changed = f"{len(found.won)} won, {len(found.lost)} lost"
    assert page.cards.samples.text() == changed
    best = compared.second.best
    assert page.cards.second.count.text() == f"{best.correct} of {best.count}"


def test_the_four_groups_are_all_the_shared_samples_and_open_themselves(
    open_page, qtbot, document, two_runs
):
    page = open_page()
    page.show_runs(*two_runs)
    found = wait_for(qtbot, page, two_runs).comparison
    assert len({*found.won, *found.lost, *found.both, *found.neither}) == found.shared
    asked = destinations(page)
    for kind in ("won", "lost", "both", "neither"):
        ids = getattr(found, kind)
        asked.clear()
        page.changed.samples_wanted.emit(kind)
        assert [set(document.query(queries.sample_ids, one.query)) for one in asked] == (
            [set(ids)] if ids else []
        )
    page.changed.review_wanted.emit("both")
    assert asked[-1].page == PageName.REVIEW


def test_data_and_options_show_what_differs(open_page, qtbot, two_runs):
    page = open_page()
    page.show_runs(*two_runs)
    wait_for(qtbot, page, two_runs)
    data = {row.name: (row.first, row.second) for row in page.differences.data_table.rows()}
    assert data["safe → dangerous"] == ("", "2")
    assert page.differences.data.head.detail == "2 of 90 train samples differ"
    options = page.differences.option_table.rows()
    assert [(row.name, row.first, row.second) for row in options if row.differs] == [
        ("Learning rate", "2e-4", "0.001")
    ]
    assert len(options) == 5
    page.differences.all.click()
    assert len(page.differences.option_table.rows()) > 20


def test_swap_turns_the_gain_around(open_page, qtbot, two_runs):
    page = open_page()
    page.show_runs(*two_runs)
    before = wait_for(qtbot, page, two_runs).comparison
    page.swap.click()
    after = wait_for(qtbot, page, two_runs[::-1]).comparison
    assert after.won == before.lost
    assert page.cards.first.runs.currentData() == two_runs[1]


def test_one_run_is_set_against_the_one_before(open_page, qtbot, two_runs):
    page = open_page()
    page.show_destination(Destination(PageName.COMPARE, run_ids=(two_runs[1],)))
    assert page.shown_runs() == two_runs


def test_the_metric_can_be_switched(open_page, qtbot, two_runs):
    page = open_page()
    page.show_runs(*two_runs)
    compared = wait_for(qtbot, page, two_runs)
    page.curves.switch.choose("f1/dangerous")
    values = page.curves.plot.data("B").points.y
    assert values[-1] == compared.second.evaluations[-1].metrics["f1/dangerous"]
    page.curves.switch.choose("accuracy")
    assert [one.name for one in page.curves.plot.references] == ["majority", "seed S0a"]


def test_the_report_is_one_file_with_every_word_escaped(open_page, qtbot, tmp_path, two_runs):
    page = open_page()
    page.show_runs(*two_runs)
    found = wait_for(qtbot, page, two_runs).comparison
    assert found.won or found.lost
    page.save_report(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert "&lt;i&gt;after&lt;/i&gt;" in text
    assert "<i>after" not in text
    assert "<img src=x>" not in text
    sources = re.findall(r'src="([^"]*)"', text)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert "http://" not in text
    assert "https://" not in text
    assert found.sentence in text


def test_captions_in_the_report_are_escaped(open_page, qtbot, document, tmp_path, two_runs):
    page = open_page()
    page.show_runs(*two_runs)
    compared = wait_for(qtbot, page, two_runs)
    marked = [row for row in compared.samples.values() if "<img src=x>" in row.caption]
    page.save_report(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert text.count("&lt;img src=x&gt;") == len(marked)


def test_runs_that_share_no_sample_cannot_be_compared(
    open_page, qtbot, document, tmp_path, two_runs
):
    document.edit("Move", filled.move_validation)
    other = filled.add_run(document, filled.make_options(tmp_path), name="Run 3")
    page = open_page()
    page.show_runs(two_runs[0], other)
    qtbot.waitUntil(lambda: "none is shared" in page.empty.sentence.text(), timeout=20_000)
    assert page.cards.isVisible()


@pytest.mark.parametrize("everything", [False, True])
def test_options_of_equal_runs_do_not_differ(open_page, qtbot, document, tmp_path, everything):
    options = filled.make_options(tmp_path)
    runs = (filled.add_run(document, options), filled.add_run(document, options))
    compared = reading.read_compared(document, *runs)
    rows = reading.option_rows(compared, everything=everything)
    assert rows
    assert not any(differs for *_, differs in rows)
