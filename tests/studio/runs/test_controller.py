"""Runs from start to end, with real processes: what the fake worker does, the rows tell."""

import os
import signal
import time

import psutil
import pytest

from studio.errors import StudioError
from studio.runs import keeping
from studio.runs.ingest import replay
from studio.runs.run_record import load_record
from studio.runs.state import RunState
from tests.studio.runs.run_questions import all_rows, losses
from workers.contract import folder as run_folder


def until(controller, run_id, question, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        controller.poll()
        record = controller.document.query(load_record, run_id)
        if question(record):
            return record
        time.sleep(0.05)
    raise AssertionError(f"still {record.state} at step {record.step}")


def test_a_run_ends_with_its_whole_curve_weights_and_predictions_in_the_project(
    controller, document, options
):
    run_id = controller.train(options, recipe="")
    assert controller.wait(run_id, timeout=20) == RunState.FINISHED
    assert [step for step, _ in losses(document, run_id)] == list(range(1, 31))
    record = document.query(load_record, run_id)
    assert record.total_steps == 30
    assert record.summary["baseline"]["accuracies"] == [0.4, 0.6]
    count = document.query(lambda c: c.exec_driver_sql("SELECT count(*) FROM predictions").scalar())
    assert count == 4
    weights = document.query(
        lambda c: c.exec_driver_sql("SELECT step, path FROM run_weights ORDER BY 1, 2").all()
    )
    assert weights == [(30, "adapter.safetensors"), (30, "state.json")]


def test_the_doubted_sample_is_the_first_suspect_with_its_reason(controller, document, options):
    run_id = controller.train(options, recipe="")
    controller.wait(run_id, timeout=20)
    first = document.query(
        lambda c: c.exec_driver_sql(
            "SELECT s.key, suggested, reason, flagged FROM suspects "
            "JOIN samples s ON s.id = sample_id WHERE rank = 1"
        ).one()
    )
    assert tuple(first) == ("s8", "safe", "never learned: confidence stayed under .3", 1)


def test_a_replay_of_the_journal_gives_the_same_rows(controller, document, options):
    run_id = controller.train(options, recipe="")
    controller.wait(run_id, timeout=20)
    before = all_rows(document, run_id)
    replay(document, run_id)
    assert all_rows(document, run_id) == before
    (document.folder / document.query(load_record, run_id).folder / "events.jsonl").unlink()
    replay(document, run_id)
    assert all_rows(document, run_id) == before
    assert document.query(load_record, run_id).state == RunState.FINISHED


def test_a_stop_saves_and_a_resume_goes_on_without_a_gap(
    controller, document, options, monkeypatch
):
    monkeypatch.setenv("FAKE_WORKER_SECONDS", "0.03")
    run_id = controller.train(options, recipe="")
    until(controller, run_id, lambda record: record.step >= 3)
    controller.stop(run_id)
    assert controller.wait(run_id, timeout=10) == RunState.STOPPED
    stopped_at = document.query(load_record, run_id).step
    assert 3 <= stopped_at < 30
    controller.resume(run_id)
    assert controller.wait(run_id, timeout=20) == RunState.FINISHED
    assert losses(document, run_id) == [(step, 1.0 / step) for step in range(1, 31)]
    before = all_rows(document, run_id)
    replay(document, run_id)
    assert all_rows(document, run_id) == before


def test_a_paused_run_waits_until_it_is_told_to_go_on(controller, options, monkeypatch):
    monkeypatch.setenv("FAKE_WORKER_SECONDS", "0.02")
    run_id = controller.train(options, recipe="")
    until(controller, run_id, lambda record: record.step >= 2)
    controller.pause(run_id)
    paused = until(controller, run_id, lambda record: record.state == RunState.PAUSED)
    time.sleep(0.3)
    controller.poll()
    assert controller.document.query(load_record, run_id).step <= paused.step + 1
    controller.go_on(run_id)
    assert controller.wait(run_id, timeout=20) == RunState.FINISHED


def test_a_failure_says_its_reason(controller, document, options):
    run_id = controller.train(options, recipe="fail")
    assert controller.wait(run_id, timeout=20) == RunState.FAILED
    assert document.query(load_record, run_id).message == "Out of memory at step 1."


def test_a_crash_without_a_word_is_lost_and_shows_the_end_of_the_log(controller, document, options):
    run_id = controller.train(options, recipe="crash")
    assert controller.wait(run_id, timeout=20) == RunState.LOST
    message = document.query(load_record, run_id).message
    assert "before its first step" in message
    assert "RuntimeError: nothing was said" in message


def test_a_killed_worker_is_lost_and_can_be_resumed(controller, document, options, monkeypatch):
    monkeypatch.setenv("FAKE_WORKER_SECONDS", "0.03")
    run_id = controller.train(options, recipe="")
    record = until(controller, run_id, lambda record: record.step >= 13)
    os.kill(record.identity.pid, signal.SIGKILL)
    assert controller.wait(run_id, timeout=10) == RunState.LOST
    assert "Checkpoint: step 10" in document.query(load_record, run_id).message
    monkeypatch.setenv("FAKE_WORKER_SECONDS", "0.001")
    controller.resume(run_id)
    assert controller.wait(run_id, timeout=20) == RunState.FINISHED
    assert [step for step, _ in losses(document, run_id)] == list(range(1, 31))


def test_a_second_stop_kills_a_deaf_worker_with_its_children(controller, document, options):
    run_id = controller.train(options, recipe="hang")
    record = until(controller, run_id, lambda record: record.identity is not None)
    worker = psutil.Process(record.identity.pid)
    end = time.monotonic() + 5
    while not (children := worker.children()) and time.monotonic() < end:
        time.sleep(0.05)
    controller.stop(run_id)
    controller.poll()
    assert document.query(load_record, run_id).state == RunState.RUNNING
    controller.stop(run_id)
    assert controller.wait(run_id, timeout=10) == RunState.STOPPED
    assert children
    for process in (worker, *children):
        assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_the_queue_runs_one_at_a_time_in_the_order_chosen(controller, document, options):
    first, second, third = (controller.train(options, recipe="") for _ in range(3))
    assert controller.live_runs() == [first]
    assert controller.waiting_runs() == [second, third]
    controller.move_in_queue(third, 0)
    assert controller.waiting_runs() == [third, second]
    controller.stop(second)
    controller.wait(third, timeout=30)
    states = {run: document.query(load_record, run).state for run in (first, second, third)}
    assert states == {
        first: RunState.FINISHED,
        second: RunState.STOPPED,
        third: RunState.FINISHED,
    }


def test_a_run_without_a_checkpoint_cannot_be_resumed(controller, options):
    run_id = controller.train(options, recipe="fail")
    controller.wait(run_id, timeout=20)
    with pytest.raises(StudioError, match="no checkpoint to go on from"):
        controller.resume(run_id)


def test_kept_weights_make_the_folder_again_and_damaged_ones_do_not(controller, document, options):
    run_id = controller.train(options, recipe="")
    controller.wait(run_id, timeout=20)
    folder = document.folder / document.query(load_record, run_id).folder
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
    keeping.restore_checkpoint(document, run_id)
    weights = run_folder.checkpoint_folder(folder, 30) / "adapter.safetensors"
    assert weights.read_bytes() == b"weights of step 30"
    assert run_folder.chosen_step(folder, "best") == 30
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    document.record(lambda c: c.exec_driver_sql("UPDATE blobs SET content = x'00'"))
    with pytest.raises(StudioError, match="damaged"):
        keeping.restore_checkpoint(document, run_id)


def test_emptying_the_trash_takes_rows_and_folder_and_spares_the_rest(
    controller, document, options
):
    gone, kept = (controller.train(options, recipe="") for _ in range(2))
    controller.wait(kept, timeout=30)
    folder = document.folder / document.query(load_record, gone).folder
    controller.trash(gone)
    assert folder.exists()
    assert controller.empty_trash() == 1
    assert not folder.exists()
    with pytest.raises(StudioError, match="no run"):
        document.query(load_record, gone)
    assert keeping.restore_checkpoint(document, kept).exists()


def test_a_loss_that_is_no_number_is_stored_as_nothing(controller, document, options):
    run_id = controller.train(options, recipe="nan")
    controller.wait(run_id, timeout=20)
    assert losses(document, run_id)[4] == (5, None)
