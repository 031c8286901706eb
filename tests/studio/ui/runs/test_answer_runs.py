"""The Runs page over runs that answer in words: arms, lineage, perplexity, and trying them."""

import pytest
from PySide6.QtCore import QProcess

from studio.project import queries
from studio.runs.trial import TrialAnswer
from studio.ui.navigation import Destination, PageName
from studio.ui.runs import details
from studio.ui.runs.shots_dialog import ShotsDialog
from tests.studio.ui.runs import filled, filled_answers


@pytest.fixture
def document(tmp_path):
    made = filled_answers.make_document(tmp_path / "junction.studio")
    yield made
    made.close()


@pytest.fixture
def options(tmp_path):
    return filled_answers.make_options(tmp_path)


def shown_arms(qtbot, page, count):
    table = page.parts.details.evaluation.table
    qtbot.waitUntil(lambda: len(table.rows()) == count, timeout=5000)
    return table.rows()


def test_arms_stand_in_one_table_with_their_perplexities(open_page, qtbot, document, options):
    run_id = filled_answers.add_run(document, options)
    filled_answers.add_evaluation(document, run_id, level=22, untrained=True)
    filled_answers.add_evaluation(document, run_id, level=12, untrained=True, shots=(2, 3, 6))
    page = open_page()
    rows = shown_arms(qtbot, page, 3)
    assert [row[0] for row in rows] == ["Zero-shot", "3-shot", "Tuned"]
    own = document.query(queries.perplexities, run_id, "validation")[-1]
    assert rows[2][5:9] == tuple(
        f"{value:.2f}" for value in (own.mean, own.median, own.percentile_95, own.pooled)
    )
    table = page.parts.details.evaluation.table
    assert table.isColumnHidden(2)
    assert not table.isColumnHidden(5)
    panel = page.parts.panel
    assert panel.figure.text() == f"{own.mean:.2f}"
    assert "zero-shot" in panel.sentence.text()
    assert not panel.confusion.isVisible()
    assert f"perplexity {own.mean:.2f}" in page.parts.list.card(run_id).values.detail


def test_the_worst_ten_open_in_samples(open_page, qtbot, document, options):
    run_id = filled_answers.add_run(document, options)
    page = open_page()
    shown_arms(qtbot, page, 1)
    found = []
    page.go.connect(found.append)
    page.parts.details.evaluation.worst.click()
    worst = document.query(queries.perplexities, run_id, "validation")[-1].worst
    ids = document.query(queries.sample_ids, found[0].query)
    assert found[0].page == PageName.SAMPLES
    assert sorted(ids) == sorted(sample_id for sample_id, _ in worst)


def test_zero_shot_and_few_shot_are_queued_as_asked(open_page, qtbot, document, options):
    run_id = filled_answers.add_run(document, options)
    page = open_page()
    shown_arms(qtbot, page, 1)
    panel = page.parts.details.evaluation
    panel.writes.setChecked(True)
    asked = []
    panel.zero_shot_wanted.connect(asked.append)
    dialog = ShotsDialog(document, run_id, page)
    qtbot.addWidget(dialog)
    train = [
        row.sample_id for row in document.query(queries.run_samples, run_id) if row.split == "train"
    ]
    qtbot.waitUntil(lambda: dialog.shots() == tuple(train[-3:]), timeout=20_000)
    dialog.chosen.setCurrentRow(2)
    dialog.up.click()
    assert dialog.shots() == (train[-3], train[-1], train[-2])
    qtbot.waitUntil(lambda: dialog.found.count() > 0, timeout=20_000)
    everything = dialog.found.count()
    dialog.search.setText("motorcycle")
    qtbot.waitUntil(lambda: 0 < dialog.found.count() < everything, timeout=20_000)
    dialog.found.setCurrentRow(0)
    dialog.add.click()
    assert len(dialog.shots()) == 4
    assert dialog.run.text() == "Run 4-shot"
    dialog.search.setText("label:(")
    qtbot.waitUntil(lambda: "Expected" in dialog.problem.text(), timeout=20_000)


def test_continued_runs_stand_indented_under_their_parent(open_page, document, options):
    first = filled_answers.add_run(document, options, name="first")
    second = filled_answers.add_run(document, options, name="second", start_from=first)
    other = filled_answers.add_run(document, options, name="other")
    third = filled_answers.add_run(document, options, name="third", start_from=second)
    page = open_page()
    assert page.parts.list.run_ids() == [other, first, second, third]
    depths = [page.parts.list.card(one).values.depth for one in (other, first, second, third)]
    assert depths == [0, 0, 1, 2]
    page.choose(third)
    rows = {row[0]: row[1] for row in page.parts.details.options.rows()}
    assert "9 epochs in all" in rows["Lineage"]
    found = []
    page.go.connect(found.append)
    page.parts.go_on.click()
    assert found == [Destination(PageName.RECIPE, run_ids=(third,), part="continue")]


def test_checkpoints_stand_with_their_evaluation_and_overfitting_in_words(
    open_page, document, options
):
    filled_answers.add_run(document, options, rising=True)
    page = open_page()
    rows = page.parts.details.checkpoints.rows()
    assert [row[0] for row in rows] == ["24", "16", "8"]
    assert [row[-1] for row in rows] == ["", "", "best"]
    assert all(row[6] for row in rows)
    assert "rose in the last 2 evaluations" in page.parts.details.overfitting.text()


def test_nothing_is_started_until_a_question_is_asked(open_page, document, options):
    filled_answers.add_run(document, options)
    page = open_page()
    page.parts.details.tabs.setCurrentIndex(details.TRY)
    page.trying.step(1)
    assert page.trying.trial.findChildren(QProcess) == []
    panel = page.parts.details.trying
    assert panel.text.toPlainText().startswith("A motorcycle")
    assert panel.truth.text() == "Right: 夜黑风高，行人无踪"
    assert panel.answer.isEnabled()


def test_a_question_to_a_broken_model_ends_in_a_sentence(open_page, qtbot, document, options):
    filled_answers.add_run(document, options)
    page = open_page()
    page.parts.details.tabs.setCurrentIndex(details.TRY)
    panel = page.parts.details.trying
    panel.text.setPlainText("fog")
    panel.answer.click()
    qtbot.waitUntil(lambda: panel.status.property("tone") == "error", timeout=60_000)
    assert panel.status.text().endswith(".")
    assert panel.answer.isVisible()


def test_settings_are_checked_and_those_without_effect_are_named(open_page, document, options):
    filled_answers.add_run(document, options)
    page = open_page()
    panel = page.parts.details.trying
    panel.form.settled.emit("generation.temperature", 0.5)
    row = panel.form.rows["generation.temperature"]
    assert "no effect" in row.problem_lines[0].sentence.text()
    panel.form.settled.emit("generation.sample", True)
    assert row.problem_lines == []
    assert panel.generation()["temperature"] == 0.5
    panel.form.wrong.emit("generation.beams", "Beams is a whole number from 1 to 32.")
    asked = []
    panel.asked.connect(lambda: asked.append(1))
    panel.text.setPlainText("fog")
    panel.answer.click()
    assert asked == []
    assert panel.view.value() == "settings"


def test_answers_grow_side_by_side_with_their_figures(open_page, document, options):
    filled_answers.add_run(document, options)
    page = open_page()
    panel = page.parts.details.trying
    panel.show_answer(TrialAnswer("base", "<b>one", False, 0.5, 2))
    panel.show_answer(TrialAnswer("base", "<b>one two", True, 1.0, 4))
    panel.show_answer(TrialAnswer("tuned", "夜", True, 2.0, 3, stopped=True))
    base, tuned = (panel.answers.arms[arm] for arm in ("base", "tuned"))
    assert base.text.toPlainText() == "<b>one two"
    assert "4.0" in base.figures.text()
    assert tuned.figures.text().endswith("stopped")


def test_a_classifier_is_tried_by_its_probabilities(open_page, document, tmp_path):
    filled.add_run(document, filled.make_options(tmp_path))
    page = open_page()
    panel = page.parts.details.trying
    assert panel.generation() is None
    assert panel.instruction.isHidden()
    shares = {"dangerous": 0.9, "safe": 0.1}
    panel.show_answer(TrialAnswer("tuned", "dangerous", True, 0.1, 9, probabilities=shares))
    assert "dangerous" in panel.answers.bars.accessibleName()
