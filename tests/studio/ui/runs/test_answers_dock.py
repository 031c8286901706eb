"""The right column and the tables of runs that answer in words, and how their cards are cut."""

import pytest
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.project import queries
from studio.runs import prepare, queue
from studio.runs.controller import RunController
from studio.ui import fonts
from studio.ui.navigation import PageName
from studio.ui.runs.run_card import fitting
from studio.ui.runs.trouble_band import Trouble, TroubleBand
from studio.ui.widgets.flow_row import FlowRow
from studio.ui.widgets.text import PlainLabel
from tests.studio.ui.runs import filled, filled_answers
from workers.contract import events, folder
from workers.contract.journal import JournalWriter
from workers.contract.snapshot import read_snapshot

ACTS = (("a", "Run again: 1 x 4, same result per step"), ("b", "Run again: Captions of 128 tokens"))


@pytest.fixture
def document(tmp_path):
    made = filled_answers.make_document(tmp_path / "junction.studio")
    yield made
    made.close()


@pytest.fixture
def options(tmp_path):
    return filled_answers.make_options(tmp_path)


def write_answers(document, run_id, text):
    """An evaluation of the run in which it wrote this for every validation sample."""
    key = prepare.prepare_evaluation(document, run_id, "best", ("validation",), writes=True)
    document.record(queue.mark_started, key, tables=("runs",))
    place = filled.run_folder(document, key)
    ids = [one.id for one in read_snapshot(place) if one.split == "validation"]
    with JournalWriter(place / folder.JOURNAL) as journal:
        token = folder.load_job(place).token
        journal.append(events.Started(pid=1, start_time=0.0, token=token))
        journal.append(
            events.AnswersWritten(
                step=24,
                epoch=3,
                split="validation",
                sample_ids=tuple(ids),
                texts=tuple(f"{text} {one}" for one in ids),
            )
        )
        journal.append(events.Finished(step=24))
    controller = RunController(document)
    controller.wait(key, timeout=20)
    controller.close()


def test_the_lineage_stands_beside_the_run_and_leads_to_its_parent(
    open_page, qtbot, document, options
):
    first = filled_answers.add_run(document, options, name="first")
    second = filled_answers.add_run(document, options, name="second", start_from=first)
    page = open_page()
    page.choose(second)
    dock = page.parts.panel.answers
    qtbot.waitUntil(lambda: len(dock.tree.rows) == 2, timeout=20_000)
    rows = dock.tree.rows
    assert [(row.name, row.depth, row.chosen) for row in rows] == [
        ("first", 0, False),
        ("second", 1, True),
    ]
    assert all(row.detail.startswith("perplexity") for row in rows)
    assert rows[1].total.startswith("6")
    assert dock.lineage.isVisible()
    dock.tree.picked.emit(first)
    assert page.chosen_run() == first


def test_a_run_of_its_own_has_no_lineage_to_show(open_page, qtbot, document, options):
    filled_answers.add_run(document, options)
    dock = open_page().parts.panel.answers
    qtbot.waitUntil(lambda: dock.unlikely.isVisible(), timeout=20_000)
    assert not dock.lineage.isVisible()


def test_the_least_likely_answers_open_their_samples(open_page, qtbot, document, options):
    run_id = filled_answers.add_run(document, options)
    page = open_page()
    dock = page.parts.panel.answers
    qtbot.waitUntil(lambda: dock.unlikely.isVisible(), timeout=20_000)
    worst = document.query(queries.perplexities, run_id, "validation")[-1].worst
    shown = [one.loss for one in dock._shown.unlikely]  # the rows follow these
    assert shown[0] == pytest.approx(worst[0][1])
    gone = []
    page.go.connect(gone.append)
    dock.sample_wanted.emit(worst[0][0])
    assert gone[0].page == PageName.SAMPLES
    assert gone[0].sample_id == worst[0][0]


def test_best_and_worst_show_the_answer_what_was_written_and_its_perplexity(
    open_page, qtbot, document, options
):
    run_id = filled_answers.add_run(document, options)
    write_answers(document, run_id, "it waits")
    page = open_page()
    table = page.parts.details.extremes
    qtbot.waitUntil(lambda: bool(table.rows()), timeout=20_000)
    assert table.horizontalHeaderItem(4).text() == "Perplexity"
    assert all(row[3].startswith("it waits") for row in table.rows())
    assert table.rows()[0][2] == "夜黑风高，行人无踪"
    figures = [float(row[4]) for row in table.rows()]
    assert figures == sorted(figures, reverse=True)
    assert not table.isColumnHidden(3)


def test_before_an_evaluation_best_and_worst_say_when_they_come(open_page, document, options):
    run_id = prepare.prepare_training(document, options, recipe="qlora-instruct")
    document.record(queue.put, run_id)
    shown = open_page().parts.details
    assert shown.no_extremes.text().endswith("first evaluation.")
    assert shown.extremes.rows() == []


def test_a_card_leaves_out_whole_parts(styled):
    metrics = QFontMetricsF(fonts.role_font("small"))
    text = "perplexity 26.42 · 1 epoch"
    assert fitting(metrics, text, 1000) == text
    assert fitting(metrics, text, metrics.horizontalAdvance("perplexity 26.42 ·")) == (
        "perplexity 26.42"
    )
    assert fitting(metrics, "one part", 3) == "one part"


def test_the_buttons_of_the_band_go_on_in_the_next_line(styled, qtbot):
    holder, band = QWidget(), TroubleBand()
    qtbot.addWidget(holder)
    column = QVBoxLayout(holder)
    column.addWidget(band)
    column.addStretch(1)
    band.show_trouble(Trouble("Out of memory.", True, ACTS, "a trace"))
    holder.resize(1200, 400)
    holder.show()
    buttons = band.buttons.widgets()
    qtbot.waitUntil(lambda: buttons[2].x() > buttons[1].x() > buttons[0].x())
    assert len({button.y() for button in buttons}) == 1
    holder.resize(360, 400)
    qtbot.waitUntil(lambda: buttons[1].y() > buttons[0].y())
    assert band.height() >= buttons[2].geometry().bottom()
    assert band.button_keys() == ["a", "b", "details"]


def test_a_row_that_flows_keeps_its_order(styled, qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    row = FlowRow()
    holder.setLayout(row)
    labels = [PlainLabel(f"word number {number}") for number in range(6)]
    for label in labels:
        row.addWidget(label)
    holder.resize(labels[0].sizeHint().width() * 2 + 20, 300)
    holder.show()
    places = [(label.y(), label.x()) for label in row.widgets()]
    assert row.widgets() == labels
    assert places == sorted(places)
    assert len({y for y, _ in places}) == 3
