"""A run that is killed and resumed is, to the last bit, the run that was not."""

import random
import shutil
import time

import pytest

from tests.workers.training.run_folders import (
    events_of,
    losses_of,
    of_kind,
    start,
    wait_for,
    work,
    work_here,
)
from workers.contract import folder
from workers.contract.events import (
    CheckpointRemoved,
    Failed,
    Finished,
    Phase,
    Resumed,
    Said,
    SamplesMeasured,
    Started,
    Stepped,
    Stopped,
)
from workers.contract.folder import Request
from workers.contract.journal import read_journal
from workers.models import checkpoints


def kill_after(run, step) -> None:
    """Kill a real worker without warning as soon as it has told of a step."""
    worker = start(run)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        events = read_journal(run / folder.JOURNAL).events
        starts = [at for at, event in enumerate(events) if isinstance(event, Started)]
        own = events[starts[-1] :] if starts and events[starts[-1]].pid == worker.pid else []
        if any(isinstance(event, Stepped) and event.step >= step for event in own):
            break
        assert worker.poll() is None, (run / folder.LOG).read_text()
        time.sleep(0.002)
    worker.kill()
    worker.wait()
    assert not folder.is_alive(run)


def dynamics_of(run) -> dict:
    """What was told of each sample before its updates, by epoch; told twice must agree."""
    found: dict = {}
    for one in of_kind(run, SamplesMeasured):
        if one.phase is Phase.TRAINING:
            key, value = one.epoch, (one.sample_ids, one.losses, one.confidences, one.margins)
            assert found.setdefault(key, value) == value
    return found


def final_weights(run) -> bytes:
    last = folder.checkpoint_steps(run)[-1]
    return (folder.checkpoint_folder(run, last) / checkpoints.WEIGHTS).read_bytes()


@pytest.mark.slow
def test_five_kills_at_random_steps_change_nothing(tiny_bert, make_run):
    options = {"epochs": 40, "checkpoints__every_steps": 3, "schedule__kind": "cosine"}
    unbroken = make_run(tiny_bert, name="unbroken", **options)
    assert work_here(unbroken) == 0
    broken = make_run(tiny_bert, name="broken", **options)
    chance = random.Random(11)
    for step in sorted(chance.sample(range(5, 300), 5)):
        kill_after(broken, step)
    assert work(broken) == 0
    assert isinstance(events_of(broken)[-1], Finished)
    assert len(of_kind(broken, Resumed)) == 5
    assert losses_of(broken) == losses_of(unbroken)
    assert len(losses_of(broken)) == 320
    assert dynamics_of(broken) == dynamics_of(unbroken)
    assert final_weights(broken) == final_weights(unbroken)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimizer__kind": "adamw-8bit", "method": "full"},
        {"precision": "bf16", "accumulation": 2},
        {"schedule__kind": "linear", "schedule__warmup_share": 0.3, "length_bucketed": False},
    ],
    ids=["lora", "8-bit adamw", "bf16", "schedule"],
)
def test_stopped_in_the_middle_of_an_epoch_and_resumed(wide_bert, make_run, options):
    options = {"epochs": 4, "checkpoints__every_epochs": 0, **options}
    unbroken = make_run(wide_bert, name="unbroken", **options)
    assert work_here(unbroken) == 0
    broken = make_run(wide_bert, name="broken", **options)
    for already in (3, 6):
        cut_after(broken, already)
    assert work_here(broken) == 0
    assert losses_of(broken) == losses_of(unbroken)
    assert dynamics_of(broken) == dynamics_of(unbroken)
    assert final_weights(broken) == final_weights(unbroken)


def cut_after(run, step) -> None:
    """Stop a worker of this process gracefully after some steps."""
    from workers import train

    def perform(report):
        append = report.append

        def append_and_ask(event):
            append(event)
            if isinstance(event, Stepped) and event.step == step:
                folder.ask(run, Request.STOP)

        report.append = append_and_ask
        return train.perform(report)

    from workers.reporting import run_job

    assert run_job([str(run)], perform) == 0
    stopped = events_of(run)[-1]
    assert isinstance(stopped, Stopped)
    assert stopped.step == step


def test_quantised_runs_resume_exactly(wide_bert, make_run):
    options = {"quantisation__kind": "nf4", "optimizer__kind": "paged-adamw-8bit"}
    unbroken = make_run(wide_bert, name="unbroken", **options)
    assert work_here(unbroken) == 0
    broken = make_run(wide_bert, name="broken", **options)
    cut_after(broken, 5)
    assert work_here(broken) == 0
    assert losses_of(broken) == losses_of(unbroken)
    assert final_weights(broken) == final_weights(unbroken)


def spoil(checkpoint, how) -> None:
    weights = checkpoint / checkpoints.WEIGHTS
    if how == "flipped byte":
        content = bytearray(weights.read_bytes())
        content[-1] ^= 1
        weights.write_bytes(content)
    elif how == "cut short":
        weights.write_bytes(weights.read_bytes()[:-9])
    elif how == "missing file":
        (checkpoint / checkpoints.OPTIMIZER).unlink()
    elif how == "missing manifest":
        (checkpoint / checkpoints.MANIFEST).unlink()
    elif how == "senseless manifest":
        (checkpoint / checkpoints.MANIFEST).write_text('{"files": 3}')
    elif how == "empty":
        shutil.rmtree(checkpoint)
        checkpoint.mkdir()


@pytest.mark.parametrize(
    "how",
    [
        "flipped byte",
        "cut short",
        "missing file",
        "missing manifest",
        "senseless manifest",
        "empty",
    ],
)
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_taken(tiny_bert, make_run, how):
    run = make_run(tiny_bert, checkpoints__every_steps=5)
    cut_after(run, 10)
    before = losses_of(run)
    assert folder.checkpoint_steps(run)[-2:] == [8, 10]
    spoil(folder.checkpoint_folder(run, 10), how)
    assert work_here(run) == 0
    assert of_kind(run, Resumed)[0].step == 8
    said = [one.message for one in of_kind(run, Said) if one.warning]
    assert any("step 10 was skipped" in message for message in said)
    assert 10 in [one.step for one in of_kind(run, CheckpointRemoved)]
    after = losses_of(run)
    assert {step: after[step] for step in before} == before


def test_a_run_without_a_sound_checkpoint_begins_again(tiny_bert, make_run):
    run = make_run(tiny_bert)
    cut_after(run, 4)
    spoil(folder.checkpoint_folder(run, 4), "missing manifest")
    (run / folder.CHECKPOINTS / ".tmp-000004-dead").mkdir()
    assert work_here(run) == 0
    assert not of_kind(run, Resumed)
    assert isinstance(events_of(run)[-1], Finished)
    assert len(losses_of(run)) == 16
    assert not list((run / folder.CHECKPOINTS).glob(".tmp-*"))


def test_a_checkpoint_of_other_options_is_refused(tiny_bert, make_run):
    run = make_run(tiny_bert)
    cut_after(run, 4)
    job = folder.load_job(run)
    adapter = job.options.adapter.model_copy(update={"rank": 4})
    options = job.options.model_copy(update={"adapter": adapter})
    folder.write_job(run, job.model_copy(update={"options": options}))
    assert work_here(run) == 1
    failed = events_of(run)[-1]
    assert isinstance(failed, Failed)
    assert failed.reason == "bad_checkpoint"
    assert folder.checkpoint_steps(run) == [4]


def test_a_finished_run_that_is_resumed_finishes_again(tiny_bert, make_run):
    run = make_run(tiny_bert)
    assert work_here(run) == 0
    before = losses_of(run)
    assert work_here(run) == 0
    assert losses_of(run) == before
    assert [type(event) for event in events_of(run)].count(Finished) == 2


@pytest.mark.slow
def test_killed_while_a_checkpoint_is_being_written(tiny_bert, make_run):
    """Every step saves: wherever the kill falls, the folder that bears a name is whole."""
    options = {"epochs": 12, "checkpoints__every_steps": 1}
    unbroken = make_run(tiny_bert, name="unbroken", **options)
    assert work_here(unbroken) == 0
    broken = make_run(tiny_bert, name="broken", **options)
    for number in range(3):
        worker = start(broken)
        wait_for(broken, Stepped, worker, count=1 + 20 * number)
        aside = broken / folder.CHECKPOINTS
        deadline = time.monotonic() + 20
        while not list(aside.glob(".tmp-*-*")) and time.monotonic() < deadline:
            assert worker.poll() is None
        worker.kill()
        worker.wait()
        for step in folder.checkpoint_steps(broken):
            assert checkpoints.problem_of(folder.checkpoint_folder(broken, step)) == ""
    assert work(broken) == 0
    assert losses_of(broken) == losses_of(unbroken)
    assert final_weights(broken) == final_weights(unbroken)
