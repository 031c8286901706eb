"""A run that diverged waits; another goes on from its newest checkpoint with other options."""

import pytest

from studio.errors import StudioError
from studio.runs import forking
from studio.runs.run_record import load_record
from studio.runs.state import RunState
from workers.contract.folder import load_job
from workers.contract.options import with_values


def wait_for_pause(controller, document, run_id):
    for _ in range(900):
        controller.wait(run_id, timeout=0.1)
        if document.query(load_record, run_id).has_diverged:
            return
    raise AssertionError("the run never paused")


@pytest.fixture
def diverged(controller, document, options):
    run_id = controller.train(options, recipe="diverge")
    wait_for_pause(controller, document, run_id)
    return run_id


def test_a_diverged_run_goes_on_as_a_new_one_with_a_lower_rate(
    controller, document, options, diverged
):
    lower = with_values(options, {"optimizer.learning_rate": 1e-5})
    made = forking.fork(controller, diverged, lower)
    assert controller.wait(made, timeout=120) == RunState.FINISHED
    assert document.query(load_record, diverged).state == RunState.STOPPED
    record = document.query(load_record, made)
    job = load_job(document.folder / record.folder)
    assert record.parent_run_id == diverged
    assert (job.start.step, job.start.keeps_optimizer) == (14, True)
    assert job.options.optimizer.learning_rate == 1e-5
    assert job.options.epochs == 2  # the second was begun, the third had not
    assert load_job(document.folder / document.query(load_record, diverged).folder).options == (
        options
    )


def test_a_fork_that_does_not_fit_leaves_the_run_as_it_is(controller, document, options, diverged):
    wider = with_values(options, {"adapter.rank": 64})
    with pytest.raises(StudioError, match=r"adapter\.rank"):
        forking.fork(controller, diverged, wider)
    assert document.query(load_record, diverged).state == RunState.PAUSED


def test_a_run_that_only_pauses_is_no_start_for_another(controller, document, options):
    run_id = controller.train(with_values(options, {"epochs": 50}), recipe="")
    controller.pause(run_id)
    for _ in range(900):
        if controller.wait(run_id, timeout=0.1) == RunState.PAUSED:
            break
    with pytest.raises(StudioError, match="has not ended"):
        controller.train(options, recipe="", start_from=run_id)
