"""The Export page: choose a checkpoint, see what stands against it, follow the proof."""

import pytest

from studio.runs import prepare, queue
from studio.runs.controller import RunController
from studio.runs.state import RunState
from studio.ui import background
from studio.ui.export import form, run_facts, steps
from studio.ui.export.page import ExportPage
from studio.ui.export.run_facts import ExportState
from studio.ui.navigation import Destination, PageName
from studio.ui.widgets.image_loader import ImageLoader
from tests.studio.ui.runs import filled
from workers.contract import events, folder
from workers.contract.journal import JournalWriter


@pytest.fixture
def document(tmp_path):
    made = filled.make_document(tmp_path / "p.studio", count=24)
    yield made
    made.close()


@pytest.fixture
def open_page(qapp, qtbot, document):
    images = ImageLoader()

    def build():
        page = ExportPage(document, RunController(document), images)
        qtbot.addWidget(page)
        page.resize(1280, 800)
        page.show()
        background.wait()
        qtbot.waitUntil(lambda: page.chosen is None or page.form.card.toPlainText() != "")
        return page

    yield build
    images.close()


@pytest.fixture
def run_id(document, tmp_path):
    return filled.add_run(document, filled.make_options(tmp_path, epochs=2), name="Run 7")


def test_without_a_finished_run_nothing_can_be_exported(open_page):
    page = open_page()
    asked = []
    page.go.connect(asked.append)
    assert page.pages.currentWidget() is page.empty
    assert not page.button.isEnabled()
    page.empty.button.click()
    assert asked == [Destination(PageName.RECIPE)]


def test_the_best_checkpoint_and_the_facts_are_filled_in(run_id, open_page, document):
    page = open_page()
    best = [
        point.step
        for run in run_facts.exportable_runs(document)
        for point in run.checkpoints
        if point.best
    ]
    assert page.chosen == (run_id, best[0])
    assert page.button.isEnabled()
    assert "dangerous" in page.form.labels.text()
    assert page.form.destination().parent == document.folder
    assert "Base model" in page.form.card.toPlainText()
    assert [key for key, _, _ in page.form.kind.parts] == ["adapter", "merged"]


def test_another_kind_names_another_folder(run_id, open_page):
    page = open_page()
    adapter = page.form.destination()
    page.form.kind.choose(form.MERGED)
    assert page.form.is_merged()
    assert page.form.destination() != adapter
    assert page.form.destination().name.endswith("merged")


def test_a_folder_with_something_in_it_is_refused_beside_the_field(run_id, open_page, tmp_path):
    page = open_page()
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    page.form.folder.setText(str(tmp_path / "taken"))
    assert "not empty" in page.form.problem.text()
    assert not page.button.isEnabled()
    page.form.folder.setText("somewhere")
    assert "whole path" in page.form.problem.text()
    page.form.folder.setText(str(tmp_path / "free"))
    assert not page.form.problem.text()
    assert page.button.isEnabled()


def test_a_card_that_was_typed_is_kept_while_looking_elsewhere(run_id, open_page, document):
    page = open_page()
    page.form.card.selectAll()
    page.form.card.insertPlainText("# Mine")
    steps_there = [point.step for point in run_facts.exportable_runs(document)[0].checkpoints]
    page.choice.choose(run_id, steps_there[-1])
    page.choice.choose(run_id, steps_there[0])
    assert page.form.card.toPlainText() == "# Mine"


def test_an_export_that_cannot_start_says_why(run_id, open_page, tmp_path):
    page = open_page()
    target = tmp_path / "late"
    page.form.folder.setText(str(target))
    target.mkdir()
    (target / "file").write_text("")
    page.export()
    assert "not empty" in page.form.problem.text()
    assert page.exporting is None


@pytest.mark.parametrize(
    ("state", "expected", "words"),
    [
        (ExportState(RunState.QUEUED), ["waiting"] * 4, "Waits for the run"),
        (
            ExportState(RunState.RUNNING, "compare", 20, 99),
            ["done", "done", "working", "waiting"],
            "",
        ),
        (
            ExportState(RunState.FAILED, "compare", 99, 99, "Loaded, but the answers differ."),
            ["done", "done", "failed", "waiting"],
            "answers differ",
        ),
        (ExportState(RunState.STOPPED, "load"), ["done", "failed", "waiting", "waiting"], "behind"),
        (
            ExportState(RunState.FINISHED, "hash", 1, 1, "", "there", 3.14e-6, 99),
            ["done"] * 4,
            "Loaded in a clean process. Largest difference 3.1e-6 over 99 samples.",
        ),
    ],
)
def test_the_steps_are_shown_as_they_happen(qapp, qtbot, state, expected, words):
    panel = steps.StepsPanel()
    qtbot.addWidget(panel)
    panel.show_state(state)
    assert [row.accessibleDescription() for row in panel.rows.values()] == expected
    assert words in panel.outcome.text()
    assert panel.open.isVisibleTo(panel) == (state.difference is not None)
    assert panel.cancel.isVisibleTo(panel) == (not state.state.is_over)


def prove(document, run_id, folder_name):
    """An export whose worker wrote the folder and proved it."""
    destination = document.folder / folder_name
    key = prepare.prepare_export(
        document, run_id, destination, merged=False, checkpoint="best", model_card="# card"
    )
    document.record(queue.mark_started, key, tables=("runs",))
    place = filled.run_folder(document, key)
    destination.mkdir()
    with JournalWriter(place / folder.JOURNAL) as journal:
        token = folder.load_job(place).token
        journal.append(events.Started(pid=1, start_time=0.0, token=token))
        journal.append(
            events.Exported(
                path=str(destination), max_logit_difference=3.1e-6, samples=6, files={"a": "b"}
            )
        )
        journal.append(events.Finished(step=0))
    controller = RunController(document)
    controller.wait(key, timeout=20)
    controller.close()
    return destination


def test_an_earlier_proof_is_shown_when_the_page_is_opened_again(run_id, open_page, document):
    destination = prove(document, run_id, "carried-away")
    page = open_page()
    assert "Largest difference 3.1e-6 over 6 samples" in page.steps.outcome.text()
    assert page.steps.where.text().endswith(str(destination))
    assert page.steps.open.isVisible()
    page.form.kind.choose("merged")
    page.form.kind.chosen.emit("merged")
    assert "Nothing counts as exported" in page.steps.outcome.text()
    assert not page.steps.where.isVisible()


def test_a_proof_whose_folder_is_gone_is_not_shown(run_id, open_page, document):
    prove(document, run_id, "carried-away").rmdir()
    assert "Nothing counts as exported" in open_page().steps.outcome.text()
