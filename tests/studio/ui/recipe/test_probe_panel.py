"""The longest batch, tried from the Recipe page: progress, result, proposals, reasons."""

import pytest

from studio.runs import prepare, probing
from studio.runs.ingest import ingest
from studio.runs.probing import Probe
from studio.runs.run_record import load_record
from studio.runs.state import RunState
from studio.ui.recipe.inspection import MemoryPanel
from studio.ui.recipe.probe_panel import AGAIN, STALE, TRY, ProbeLook, ProbePanel, seconds_words
from workers.contract import folder
from workers.contract.events import Finished, Probed, Proposal, Started
from workers.contract.journal import JournalWriter
from workers.contract.options import TrainingOptions, with_values

SMALLER = Proposal(
    options={"micro_batch_size": 2, "accumulation": 4},
    words="Micro-batch 2 × 4",
    cost="same result a step",
    bytes=900_000_000,
)
FITS = Probed(
    device="cpu", fits=True, rows=8, tokens=120, low=1_000_000_000, high=1_400_000_000,
    free=9_000_000_000, loaded=700_000_000, peak=1_300_000_000, steps=2240, seconds_per_step=1.44,
    seconds_to_end=3100.0, checkpoint=800_000, disk=3_500_000, disk_free=60_000_000_000,
)  # fmt: skip
TOO_MUCH = FITS.model_copy(
    update={
        "fits": False,
        "peak": 0,
        "free": 1_100_000_000,
        "message": "m",
        "proposals": (SMALLER,),
    }
)


def probe_of(found=None, state=RunState.FINISHED, **named):
    return Probe(7, state, TrainingOptions(), found, **named)


@pytest.fixture
def panel(qtbot):
    made = ProbePanel()
    qtbot.addWidget(made)
    made.resize(444, 300)
    made.show()
    return made


def test_without_a_probe_there_is_only_the_button(panel):
    panel.show_look(ProbeLook())
    assert panel.button.isVisible()
    assert panel.button.text() == TRY
    assert not panel.figures.isVisible()
    assert not panel.sentence.isVisible()


def test_a_reason_keeps_it_from_being_pressed(panel):
    panel.show_look(ProbeLook(blocked="Run 4 has not ended yet."))
    assert not panel.button.isEnabled()
    assert "Run 4 has not ended" in panel.button.toolTip()
    assert panel.remark.text().startswith("Run 4")


def test_how_far_it_is_can_be_cancelled(panel, qtbot):
    going = probe_of(state=RunState.RUNNING, stage="Trying the longest batch", done=2, total=6)
    panel.show_look(ProbeLook(going, blocked="The longest batch is being tried."))
    assert panel.progress.isVisible()
    assert not panel.button.isVisible()
    assert panel.progress.count.text() == "2 of 6"
    with qtbot.waitSignal(panel.cancelled):
        panel.progress.cancel.click()


def test_measured_stands_beside_estimated(panel):
    panel.show_look(ProbeLook(probe_of(FITS)))
    assert panel.sentence.text() == (
        "It fits: 1.3\u00a0GB measured, 1.0\u00a0GB – 1.4\u00a0GB estimated."
    )
    shown = {name: label.text() for name, label in panel.numbers.items()}
    assert shown == {
        "Peak": "1.3\u00a0GB",
        "A step": "1.4\u00a0s",
        "To the end": "51\u00a0min 40\u00a0s",
        "Batch": "8 × 120",
        "Free": "9.0\u00a0GB",
        "Disk": "4\u00a0MB",
    }
    assert panel.button.text() == AGAIN


def test_a_result_of_other_options_says_so_and_offers_nothing(panel):
    panel.show_look(ProbeLook(probe_of(TOO_MUCH), stale=True))
    assert panel.remark.text() == STALE
    assert panel.button.text() == TRY
    assert panel.rows == []


def test_what_would_fit_can_be_used(panel, qtbot):
    panel.show_look(ProbeLook(probe_of(TOO_MUCH)))
    assert panel.sentence.text().endswith("This would fit:")
    assert [row.words.text() for row in panel.rows] == ["Micro-batch 2 × 4"]
    assert panel.rows[0].detail.text() == "same result a step · about 900\u00a0MB"
    with qtbot.waitSignal(panel.used) as used:
        panel.rows[0].use.click()
    assert used.args == [SMALLER]


def test_a_probe_that_failed_says_why(panel):
    panel.show_look(ProbeLook(probe_of(state=RunState.FAILED, message="The weights are gone.")))
    assert panel.sentence.text() == "The weights are gone."


@pytest.mark.parametrize(
    ("value", "words"), [(0.034, "0.03\u00a0s"), (1.44, "1.4\u00a0s"), (75, "1\u00a0min 15\u00a0s")]
)
def test_seconds_in_words(value, words):
    assert seconds_words(value) == words


def tell(document, run_id, *events):
    record = document.query(load_record, run_id)
    with JournalWriter(document.folder / record.folder / folder.JOURNAL) as journal:
        for event in events:
            journal.append(event)
    ingest(document, run_id)


@pytest.fixture
def model(tmp_path):
    place = tmp_path / "model"
    place.mkdir()
    (place / "config.json").write_text("{}")
    (place / "model.safetensors").write_bytes(b"")
    return place


def test_the_page_follows_a_probe_and_takes_its_proposal(labelled_project, open_recipe, model):
    page = open_recipe(labelled_project)
    page.editing.set_value("base_model", str(model))
    page.probe.show_options(page.editing.standing().options, "")
    panel = page.dock.memory.probe
    options = with_values(page.editing.choice.options, {})
    run_id = prepare.prepare_probe(labelled_project, options)
    assert probing.busy_with(labelled_project) == "The longest batch is being tried."
    page.probe.look()
    assert not panel.progress.isHidden()
    tell(labelled_project, run_id, Started(pid=1, start_time=1.0, token="t"), TOO_MUCH, Finished())
    labelled_project.record(end, run_id, tables=("runs",))
    assert panel.progress.isHidden()
    assert [row.words.text() for row in panel.rows] == ["Micro-batch 2 × 4"]
    panel.rows[0].use.click()
    taken = page.editing.choice.options
    assert (taken.micro_batch_size, taken.accumulation) == (2, 4)
    page.probe.show_options(taken, "")
    assert panel.remark.text() == STALE


def end(connection, run_id):
    from studio.runs import queue

    queue.set_state(connection, run_id, RunState.FINISHED, "")


def test_what_a_frozen_tower_keeps_is_said_before_the_run(qtbot):
    panel = MemoryPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.show_features(196_608, 18)
    assert panel.features.text().endswith("about 4\u00a0MB for 18 pictures")
    assert panel.features.isVisible()
    panel.show_features(0, 18)
    assert not panel.features.isVisible()
