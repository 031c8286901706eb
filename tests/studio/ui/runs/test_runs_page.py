"""The Runs page shows what journals say and asks for what the user wants."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from sqlalchemy import select

from studio.project import queries, schema
from studio.runs import prepare, queue
from studio.runs.controller import RunController
from studio.ui.navigation import Destination, PageName
from studio.ui.runs import words
from studio.ui.widgets.scatter_map import ScatterMap
from tests.studio.runs.fake_worker import STEPS_PER_EPOCH
from tests.studio.ui.runs import filled
from workers.contract.folder import JOURNAL

FAKE = "tests.studio.runs.fake_worker"


@pytest.fixture
def options(tmp_path):
    return filled.make_options(tmp_path)


def destinations(page):
    found = []
    page.go.connect(found.append)
    return found


def wait_for_curves(qtbot, page, run_id, metric="train/loss"):
    key = (run_id, metric)
    panel = page.parts.curves
    qtbot.waitUntil(lambda: key in panel.points() and panel.points()[key].count > 0, timeout=5000)


def test_without_runs_the_page_offers_the_recipe(open_page):
    page = open_page()
    found = destinations(page)
    page.parts.empty.button.click()
    assert page.parts.stack.currentIndex() == 1
    assert found == [Destination(PageName.RECIPE)]


def test_a_finished_run_shows_curves_verdict_confusion_and_suspects(
    open_page, qtbot, document, options
):
    run_id = filled.add_run(document, options, name="Run 1 · first")
    page = open_page()
    wait_for_curves(qtbot, page, run_id)
    curve = document.query(queries.curve, run_id, "train/loss")
    assert page.parts.curves.points()[run_id, "train/loss"].points.y.tolist() == list(curve.values)
    best = document.query(queries.best_evaluation, run_id)
    assert page.parts.panel.verdict.head.detail == f"{best.correct} of {best.count}"
    assert page.parts.panel.matrix._counts == best.confusion
    qtbot.waitUntil(page.parts.panel.suspects.isVisible, timeout=5000)
    assert "of 90" in page.parts.panel.suspects.head.detail
    card = page.parts.list.card(run_id)
    assert f"{best.correct} of {best.count}" in card.values.detail
    assert page.parts.head.chip.text == "finished"


def test_a_confusion_cell_opens_exactly_its_samples(open_page, qtbot, document, options):
    run_id = filled.add_run(document, options)
    page = open_page()
    found = destinations(page)
    labels = {row.sample_id: row.label for row in document.query(queries.run_samples, run_id)}
    said = document.query(queries.predictions, run_id, "validation")
    wanted = {
        row.sample_id
        for row in said
        if row.label == "dangerous" and labels[row.sample_id] == "safe"
    }
    page.parts.panel.matrix.cell_chosen.emit("safe", "dangerous")
    assert found[0].page == PageName.SAMPLES
    assert set(document.query(queries.sample_ids, found[0].query)) == wanted


def test_review_all_opens_the_suspects_of_that_run(open_page, qtbot, document, options):
    run_id = filled.add_run(document, options)
    page = open_page()
    qtbot.waitUntil(page.parts.panel.suspects.isVisible, timeout=5000)
    found = destinations(page)
    qtbot.mouseClick(page.parts.panel.review, Qt.MouseButton.LeftButton)
    assert found == [Destination(PageName.REVIEW, run_ids=(run_id,), part="suspects")]


def test_the_options_shown_are_the_runs_own(open_page, document, tmp_path):
    first = filled.add_run(document, filled.make_options(tmp_path, adapter__rank=3))
    filled.add_run(document, filled.make_options(tmp_path, adapter__rank=32))
    page = open_page()
    page.choose(first)
    rows = {row[2]: row[1] for row in page.parts.details.options.rows()}
    assert rows["adapter.rank"] == "3"
    assert rows["optimizer.learning_rate"] == "2e-4"
    assert "freeze.trainable" not in rows


def test_the_log_speaks_plainly_and_leaves_steps_out(open_page, qtbot, document, options):
    filled.add_run(document, options)
    page = open_page()
    log = page.parts.details.log
    qtbot.waitUntil(lambda: "finished" in log.toPlainText(), timeout=5000)
    assert "75,266 of 22,713,986 parameters train" in log.toPlainText()
    assert log.document().blockCount() < 40


def test_a_kept_log_that_is_damaged_says_so(open_page, qtbot, document, options):
    run_id = filled.add_run(document, options)
    (filled.run_folder(document, run_id) / JOURNAL).unlink()
    document.record(
        lambda connection: connection.exec_driver_sql(
            "UPDATE blobs SET content = zeroblob(64) WHERE id = "
            "(SELECT journal_blob_id FROM runs WHERE id = ?)",
            (run_id,),
        )
    )
    log = open_page().parts.details.log
    qtbot.waitUntil(lambda: "is damaged" in log.toPlainText(), timeout=5000)
    assert "finished" not in log.toPlainText()


def test_csv_holds_every_point_of_the_curve(open_page, document, options, tmp_path):
    run_id = filled.add_run(document, options, name="=1+1")
    page = open_page()
    page.takeout.save_csv(tmp_path / "curve.csv")
    with (tmp_path / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    for metric in ("train/loss", "validation/loss"):
        curve = document.query(queries.curve, run_id, metric)
        mine = [row for row in rows if row["metric"] == metric]
        assert [int(row["step"]) for row in mine] == curve.steps.tolist()
        assert [float(row["value"]) for row in mine] == curve.values.tolist()
        assert [float(row["epoch"]) for row in mine] == curve.epochs.tolist()
    assert rows[0]["name"] == "'=1+1"


def test_a_deleted_run_comes_back_by_undo(open_page, document, options):
    run_id = filled.add_run(document, options)
    other = filled.add_run(document, options)
    page = open_page()
    page.choose(run_id)
    page.parts.head.delete.click()
    assert page.parts.list.run_ids() == [other]
    assert page.parts.list.trash.text() == "Trash, 1 run"
    assert page.toast.isVisible()
    page.toast.button.click()
    assert run_id in page.parts.list.run_ids()
    assert page.chosen_run() == run_id


def test_a_failure_names_the_option_and_leads_to_it(open_page, document, options):
    run_id = filled.add_run(document, options, end="failed")
    page = open_page()
    found = destinations(page)
    band = page.parts.band
    assert band.isVisible()
    assert "Out of GPU memory" in band.sentence.text()
    assert "no steps yet" in band.sentence.text()
    band.press("option")
    assert found == [Destination(PageName.RECIPE, run_ids=(run_id,), part="micro_batch_size")]
    band.press("details")
    assert "OutOfMemoryError" in band.details.toPlainText()


def test_a_remedy_runs_again_with_what_would_fit(open_page, document, options):
    filled.add_run(document, options, end="failed")
    page = open_page(RunController(document, module=FAKE))
    page.parts.band.press("remedy 0")
    again = queries_of(document)[0]
    assert page.chosen_run() == again.id
    rows = {row[2]: row[1] for row in page.parts.details.options.rows()}
    assert rows["micro_batch_size"] == "4 samples"
    assert rows["accumulation"] == "2 micro-batches"


def test_a_run_is_duplicated_as_a_recipe_to_change(open_page, qtbot, document, tmp_path):
    filled.add_run(document, filled.make_options(tmp_path, adapter__rank=5), name="Run 1")
    page = open_page()
    found = destinations(page)
    page.parts.duplicate.click()
    page.parts.duplicate.click()
    rows = {row.id: row for row in document.query(queries.recipe_rows)}
    assert sorted(row.name for row in rows.values()) == ["Run 1, changed", "Run 1, changed 2"]
    kept = rows[int(found[0].part.removeprefix("saved:"))]
    assert json.loads(kept.options)["adapter.rank"] == 5
    assert found[0].page == PageName.RECIPE


def queries_of(document):
    return document.query(queries.run_rows, "train")


def test_a_run_that_paused_itself_shows_its_samples(open_page, document, options):
    filled.add_run(document, options, epochs=1, end="paused")
    page = open_page()
    found = destinations(page)
    assert page.parts.band.button_keys() == ["samples", "fork", "stop"]
    page.parts.band.press("samples")
    assert found[0].query == "sample:3,5,7"


def test_a_vanished_worker_is_lost_and_can_be_resumed(open_page, document, options):
    filled.add_run(document, options, epochs=2, end="lost")
    page = open_page()
    assert page.parts.head.chip.text == "lost"
    assert "without a word" in page.parts.band.sentence.text()
    assert page.parts.band.button_keys() == ["resume"]
    assert page.parts.head.resume.isVisible()


def test_overfitting_is_said_beside_the_curve(open_page, document, options):
    filled.add_run(document, options, epochs=6, end="running")
    page = open_page()
    note = page.parts.curves.head.note
    assert "rose in the last 3 evaluations" in note.text()
    assert "since epoch 3" in note.text()
    assert page.parts.curves.head.stop.isVisible()
    assert page.parts.details.overfitting.text() == note.text()


def test_another_run_is_laid_over_and_taken_off(open_page, qtbot, document, options):
    first = filled.add_run(document, options, name="Run 1")
    second = filled.add_run(document, options, name="Run 2")
    page = open_page()
    page.overlay(first)
    wait_for_curves(qtbot, page, first, "validation/loss")
    keys = page.parts.curves.main.curve_keys()
    assert f"{first} validation/loss" in keys
    assert f"{second} train/loss" in keys
    page.overlay(first)
    assert f"{first} validation/loss" not in page.parts.curves.main.curve_keys()


def test_a_click_on_a_small_curve_makes_it_the_large_one(open_page, qtbot, document, options):
    run_id = filled.add_run(document, options)
    page = open_page()
    wait_for_curves(qtbot, page, run_id, "validation/accuracy")
    panel = page.parts.curves
    qtbot.mouseClick(panel.small[0].plot._overlay, Qt.MouseButton.LeftButton)
    assert panel.main_group.key == "quality"
    assert panel.small[0].group.key == "loss"
    assert [one.name for one in panel.main.references] == ["majority", "seed S0a"]


def test_the_queue_can_be_reordered(open_page, document, options):
    filled.add_run(document, options, epochs=1, end="running")
    waiting = []
    for _ in range(3):
        run_id = prepare.prepare_training(document, options, recipe="example")
        document.record(queue.put, run_id)
        waiting.append(run_id)
    page = open_page()
    page.parts.list.card(waiting[2]).moved.emit(waiting[2], -2)
    order = RunController(document).waiting_runs()
    assert order == [waiting[2], waiting[0], waiting[1]]
    assert page.parts.list.run_ids()[1:4] == order
    assert page.parts.list.card(waiting[2]).values.side == "next"


def test_a_run_can_be_renamed(open_page, document, options):
    run_id = filled.add_run(document, options)
    page = open_page()
    page.parts.head.name.setText("雾天 <b>first</b>")
    page.parts.head.name.editingFinished.emit()
    assert document.query(queries.run, run_id).name == "雾天 <b>first</b>"
    assert page.parts.list.card(run_id).values.title == f"Run {run_id} · 雾天 <b>first</b>"


def test_evaluations_made_later_fold_into_their_run(open_page, qtbot, document, options):
    run_id = filled.add_run(document, options)
    child = prepare.prepare_evaluation(document, run_id, "best", ("validation",))
    page = open_page()
    assert child not in page.parts.list.run_ids()
    table = page.parts.details.evaluation.table
    qtbot.waitUntil(lambda: [row[0] for row in table.rows()] == ["Tuned"], timeout=5000)


def test_the_page_follows_a_live_run_without_blocking(open_page, qtbot, document, options):
    controller = RunController(document, module=FAKE)
    page = open_page(controller)
    run_id = controller.train(options, recipe="example", name="Run 1")
    controller.start_timer()
    try:
        wait_for_curves(qtbot, page, run_id)
        qtbot.waitUntil(lambda: page.parts.head.chip.text == "finished", timeout=30_000)
    finally:
        controller.close()
    total = STEPS_PER_EPOCH * options.epochs
    key = (run_id, "train/loss")
    qtbot.waitUntil(lambda: page.parts.curves.points()[key].count == total, timeout=5000)
    assert not page.parts.head.stop.isVisible()


def test_stop_asks_the_worker(open_page, qtbot, document, tmp_path):
    controller = RunController(document, module=FAKE)
    page = open_page(controller)
    options = filled.make_options(tmp_path, epochs=400)
    run_id = controller.train(options, recipe="example")
    controller.start_timer()
    try:
        wait_for_curves(qtbot, page, run_id)
        page.parts.head.stop.click()
        qtbot.waitUntil(lambda: page.parts.head.chip.text == "stopped", timeout=20_000)
    finally:
        controller.close()
    assert page.parts.head.resume.isVisible()


def test_captions_that_were_cut_are_told_and_shown(open_page, document, options):
    run_id = filled.add_run(document, options)

    def cut(connection):
        row = connection.execute(select(schema.runs).where(schema.runs.c.id == run_id)).one()
        summary = json.loads(row.summary)
        summary["prepared"]["cut_samples"] = [3, 5]
        values = {"summary": json.dumps(summary)}
        connection.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(values))

    page = open_page()
    assert not page.parts.band.isVisible()
    document.record(cut, tables=("runs",))
    page.refresh()
    limit = options.max_length
    assert page.parts.band.sentence.text() == (
        f"2 of 120 captions are longer than {limit} tokens and were cut."
    )
    asked = []
    page.go.connect(asked.append)
    page.parts.band.press("cut")
    assert asked == [Destination(PageName.SAMPLES, query="sample:3,5")]


def test_until_the_first_loss_the_curve_says_what_is_coming(document, options):
    run_id = filled.add_run(document, options)
    row = replace(document.query(queries.run, run_id), state="running", step=0, total_steps=0)
    assert words.starting_words(row, "minilm", "") == (
        f"Run {run_id} started. First losses in about 6\u00a0s.\nLoading minilm…"
    )
    assert words.starting_words(row, "another", "Reading.") == f"Run {run_id} started.\nReading."


def test_the_corner_of_the_map_is_named_only_where_samples_lie_in_it(qtbot):
    shown = ScatterMap()
    qtbot.addWidget(shown)
    ids, flags = np.array([1, 2]), np.array([True, False])
    shown.show_points(ids, np.array([0.2, 0.1]), np.array([0.6, 0.9]), flags)
    assert shown.corner_count() == 0
    without = shown.grab().toImage()
    shown.show_points(ids, np.array([0.2, 0.1]), np.array([0.2, 0.9]), flags)
    assert shown.corner_count() == 1
    assert shown.grab().toImage() != without


def test_what_ran_while_the_program_was_closed_says_nothing_of_the_pace(document, options):
    run_id = filled.add_run(document, options, epochs=2, end="running")
    row = replace(document.query(queries.run, run_id), state="running", total_steps=1000)
    pace = words.Pace()
    for seconds, step in ((0.0, 10), (0.2, 400), (0.4, 600), (5.0, 610), (10.0, 620)):
        pace.watch(replace(row, step=step), now=seconds)
    assert pace.seconds_left(replace(row, step=620)) == pytest.approx(190, rel=0.05)
