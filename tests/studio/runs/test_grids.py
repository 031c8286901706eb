"""Grids and the queue: every combination once, and a failure that holds up nothing."""

import json

import pytest

from studio.errors import StudioError
from studio.runs.grids import grid, point_name
from studio.runs.run_record import load_record
from studio.runs.state import RunState
from workers.contract.options import TrainingOptions, with_values


def test_a_grid_is_every_combination_the_last_name_quickest():
    points = grid(
        TrainingOptions(), {"adapter.rank": [8, 40], "optimizer.learning_rate": [1e-4, 1e-3]}
    )
    found = [(point.adapter.rank, point.optimizer.learning_rate) for point in points]
    assert found == [(8, 1e-4), (8, 1e-3), (40, 1e-4), (40, 1e-3)]
    assert point_name(points[1], ["adapter.rank", "optimizer.learning_rate"]) == (
        "Rank 8 · Learning rate 0.001"
    )
    assert grid(TrainingOptions(), {"adapter.rank": [8, 8, 16, 8]}) == grid(
        TrainingOptions(), {"adapter.rank": [8, 16]}
    )
    assert grid(TrainingOptions(), {}) == (TrainingOptions(),)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"rank": [8]}, "There is no option “rank”"),
        ({"adapter.rank": [0]}, "adapter.rank: .*not “0”"),
        ({"freeze.trainable": [["pooler"]]}, "freeze.trainable does not apply"),
        ({"seed": []}, "No value is given for seed"),
        ({"seed": list(range(65))}, "at most 64 runs"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(values, sentence):
    with pytest.raises(StudioError, match=sentence):
        grid(TrainingOptions(), values)


def test_a_grid_is_queued_named_and_goes_on_after_a_failure(controller, document, options):
    made = controller.train_grid(options, {"seed": [1, 13, 2]}, recipe="", name="seeds")
    controller.wait(made[-1], timeout=40)
    records = [document.query(load_record, run_id) for run_id in made]
    assert [record.name for record in records] == [
        "seeds · Random seed 1",
        "seeds · Random seed 13",
        "seeds · Random seed 2",
    ]
    assert [record.state for record in records] == [
        RunState.FINISHED,
        RunState.FAILED,
        RunState.FINISHED,
    ]


def test_nothing_of_a_grid_is_queued_when_one_point_cannot_train(controller, options):
    with pytest.raises(StudioError, match="neither in the catalogue"):
        controller.train_grid(options, {"base_model": [options.base_model, "nowhere"]}, recipe="")
    assert controller.is_idle()


def test_a_queued_run_says_what_it_waits_for(controller, document, options, monkeypatch):
    monkeypatch.setenv("FAKE_WORKER_SECONDS", "0.05")
    first, second, third = (controller.train(options, recipe="") for _ in range(3))
    assert controller.waits_for(second) == "waits for Run 1"
    assert controller.waits_for(third) == "waits for Run 2, 2 runs before it"
    assert controller.waits_for(first) == ""
    while document.query(load_record, first).step < 2:
        controller.poll()
    assert controller.waits_for(second).startswith("waits for Run 1, at step ")
    controller.stop(first)
    controller.wait(first, timeout=20)
    assert document.query(load_record, first).state == RunState.STOPPED


def test_a_resume_with_other_options_is_refused(controller, document, options, monkeypatch):
    monkeypatch.setenv("FAKE_WORKER_SECONDS", "0.03")
    run_id = controller.train(options, recipe="")
    while document.query(load_record, run_id).step < 2:
        controller.poll()
    controller.stop(run_id)
    assert controller.wait(run_id, timeout=20) == RunState.STOPPED
    changed = with_values(options, {"optimizer.learning_rate": 0.01})
    with pytest.raises(StudioError, match=r"optimizer\.learning_rate was .*, now 0\.01") as refused:
        controller.resume(run_id, changed)
    assert refused.value.advice == f"Start a new run from run {run_id} with the new ones."
    path = document.folder / document.query(load_record, run_id).folder / "job.json"
    whole = path.read_text()
    edited = json.loads(whole)
    edited["options"]["epochs"] = 50
    path.write_text(json.dumps(edited))
    with pytest.raises(StudioError, match="epochs was 3, now 50"):
        controller.resume(run_id)
    path.write_text(whole)
    controller.resume(run_id, options)
    assert controller.wait(run_id, timeout=20) == RunState.FINISHED
