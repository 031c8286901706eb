"""Training does what its options say, and says what it did."""

import math
import signal

import numpy as np
import pytest

from tests.workers.training.run_folders import (
    LABELS,
    events_of,
    make_samples,
    of_kind,
    start,
    wait_for,
    work,
    work_here,
    write_evaluation,
)
from workers.contract import folder
from workers.contract.events import (
    BaselineMeasured,
    CheckpointSaved,
    Evaluated,
    Failed,
    Finished,
    Paused,
    Phase,
    Prepared,
    Reason,
    Resumed,
    Said,
    SamplesMeasured,
    Started,
    Stepped,
    Stopped,
)
from workers.contract.folder import Request


def test_a_run_tells_its_whole_story(tiny_bert, make_run):
    run = make_run(tiny_bert)
    assert work(run) == 0
    events = events_of(run)
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    prepared = of_kind(run, Prepared)[0]
    assert (prepared.train_count, prepared.validation_count) == (32, 8)
    assert (prepared.steps_per_epoch, prepared.total_steps) == (8, 16)
    assert prepared.trainable == 578
    steps = of_kind(run, Stepped)
    assert [step.step for step in steps] == list(range(1, 17))
    assert steps[-1].epoch == 2.0
    for name in ("train/loss", "learning_rate", "gradient_norm", "samples_per_second", "memory"):
        assert all(math.isfinite(step.metrics[name]) for step in steps)
    assert len(of_kind(run, BaselineMeasured)[0].accuracies) == 2
    assert folder.best_step(run) in folder.checkpoint_steps(run)
    assert not folder.is_alive(run)


def test_every_sample_is_measured_before_its_update_in_every_epoch(tiny_bert, make_run):
    run = make_run(tiny_bert, epochs=3)
    assert work_here(run) == 0
    measured = [one for one in of_kind(run, SamplesMeasured) if one.phase is Phase.TRAINING]
    assert [one.epoch for one in measured] == [1, 2, 3]
    expected = [sample.id for sample in make_samples() if sample.split == "train"]
    for one in measured:
        assert list(one.sample_ids) == expected
        assert np.isfinite([one.losses, one.confidences, one.margins]).all()
        assert np.allclose(np.exp(-np.array(one.losses)), one.confidences)
        assert all(
            (margin > 0) == (sure > 0.5)
            for margin, sure in zip(one.margins, one.confidences, strict=True)
        )


def test_the_epochs_loss_is_the_mean_of_what_its_samples_lost(tiny_bert, make_run):
    run = make_run(tiny_bert, epochs=1)
    assert work_here(run) == 0
    dynamics = of_kind(run, SamplesMeasured)[0]
    told = [step.metrics["train/loss"] for step in of_kind(run, Stepped)]
    assert np.mean(told) == pytest.approx(np.mean(dynamics.losses), rel=1e-12)


def test_a_run_learns(tiny_bert, make_run):
    run = make_run(tiny_bert, method="full", epochs=8, optimizer__learning_rate=2e-3)
    assert work_here(run) == 0
    last = [one for one in of_kind(run, Evaluated) if one.split == "validation"][-1]
    assert last.accuracy == 1.0
    assert last.majority_count == 4


def test_one_label_is_refused(tiny_bert, make_run):
    samples = [one for one in make_samples() if one.label == "safe"]
    run = make_run(tiny_bert, samples=samples)
    assert work_here(run) == 1
    failed = events_of(run)[-1]
    assert isinstance(failed, Failed)
    assert failed.reason is Reason.ONE_LABEL
    assert failed.message == (
        "All 16 train samples are labelled safe. A classifier needs two labels."
    )


@pytest.mark.parametrize("method", ["freeze", "full"])
def test_quantised_weights_train_by_lora_only(wide_bert, make_run, method):
    run = make_run(wide_bert, method=method, quantisation__kind="nf4")
    assert work_here(run) == 1
    assert events_of(run)[-1].reason is Reason.BAD_OPTION


def test_a_missing_base_model_is_named(tmp_path, make_run):
    run = make_run(tmp_path / "nowhere")
    assert work_here(run) == 1
    failed = events_of(run)[-1]
    assert failed.reason is Reason.MODEL_NOT_FOUND
    assert "not on this computer" in failed.message


def test_an_unknown_target_is_named(tiny_bert, make_run):
    run = make_run(tiny_bert, adapter__targets=["q_proj"])
    assert work_here(run) == 1
    failed = events_of(run)[-1]
    assert failed.reason is Reason.BAD_OPTION
    assert "q_proj" in failed.message


def test_an_altered_snapshot_is_refused(tiny_bert, make_run):
    run = make_run(tiny_bert)
    with (run / folder.SNAPSHOT).open("a") as file:
        file.write("\n")
    assert work_here(run) == 1
    assert events_of(run)[-1].reason is Reason.BAD_SAMPLE


def test_empty_and_long_captions_are_told(tiny_bert, make_run):
    samples = make_samples()
    samples[3] = samples[3].model_copy(update={"text": "  "})
    samples[4] = samples[4].model_copy(update={"text": "car " * 90})
    run = make_run(tiny_bert, samples=samples, epochs=1)
    assert work_here(run) == 0
    prepared = of_kind(run, Prepared)[0]
    assert prepared.train_count == 31
    assert prepared.cut_samples == (samples[4].id,)
    warnings = [said.message for said in of_kind(run, Said) if said.warning]
    assert any(str(samples[3].id) in message for message in warnings)
    assert "1 of 39 captions are longer than 32 tokens and are cut." in warnings


def test_a_loss_that_is_no_number_pauses_before_the_update(poisoned_bert, make_run):
    samples = make_samples()
    samples[6] = samples[6].model_copy(update={"text": "poison on the road"})
    run = make_run(poisoned_bert, samples=samples, accumulation=2)
    worker = start(run)
    paused = wait_for(run, Paused, worker)[0]
    assert paused.reason is Reason.DIVERGED
    assert paused.sample_ids == (samples[6].id,)
    assert f"micro-batch {paused.step + 1}.{paused.micro_batch}" in paused.message
    assert len(of_kind(run, Stepped)) == paused.step
    folder.ask(run, Request.STOP)
    assert worker.wait(timeout=30) == 0
    assert isinstance(events_of(run)[-1], Stopped)
    from safetensors.numpy import load_file

    weights = load_file(folder.checkpoint_folder(run, paused.step) / "adapter.safetensors")
    assert all(np.isfinite(tensor).all() for tensor in weights.values())


def test_pause_save_evaluate_and_stop_are_answered(tiny_bert, make_run):
    run = make_run(tiny_bert, epochs=10_000)
    worker = start(run)
    wait_for(run, Stepped, worker, count=3)
    folder.ask(run, Request.PAUSE)
    paused = wait_for(run, Paused, worker)[0]
    assert paused.reason is None
    assert folder.checkpoint_folder(run, paused.step).is_dir()
    if not of_kind(run, Evaluated):
        assert not any(one.best for one in of_kind(run, CheckpointSaved)), "nothing was measured"
    folder.take_back(run, Request.PAUSE)
    assert wait_for(run, Resumed, worker)[0].step == paused.step
    folder.ask(run, Request.SAVE)
    folder.ask(run, Request.EVALUATE)
    wait_for(run, Stepped, worker, count=len(of_kind(run, Stepped)) + 20)
    assert not folder.is_asked(run, Request.SAVE)
    assert not folder.is_asked(run, Request.EVALUATE)
    folder.ask(run, Request.STOP)
    assert worker.wait(timeout=30) == 0
    stopped = events_of(run)[-1]
    assert isinstance(stopped, Stopped)
    assert stopped.step in folder.checkpoint_steps(run)
    assert not folder.is_asked(run, Request.STOP)
    evaluated = [one for one in of_kind(run, Evaluated) if one.split == "validation"]
    closed = [one for one in of_kind(run, SamplesMeasured) if one.phase is Phase.TRAINING]
    assert len(evaluated) == len(closed) + 1, "one was asked for beside those of the epochs"


def test_a_terminating_signal_is_a_request_to_stop(tiny_bert, make_run):
    run = make_run(tiny_bert, epochs=10_000)
    worker = start(run)
    wait_for(run, Stepped, worker, count=2)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    assert isinstance(events_of(run)[-1], Stopped)


def test_early_stop_ends_the_run(tiny_bert, make_run):
    run = make_run(
        tiny_bert, epochs=500, optimizer__learning_rate=0.05, evaluation__early_stop_epochs=2
    )
    assert work_here(run) == 0
    finished = events_of(run)[-1]
    assert finished.early
    assert finished.step < 500 * 8


def test_only_the_best_and_the_last_two_checkpoints_stay(tiny_bert, make_run):
    run = make_run(tiny_bert, epochs=4, checkpoints__every_steps=3)
    assert work_here(run) == 0
    steps = folder.checkpoint_steps(run)
    best = folder.best_step(run)
    saved = {event.step for event in of_kind(run, CheckpointSaved)}
    assert {3, 6, 8, 9} <= saved
    assert steps[-1] == 32
    assert set(steps) == {*sorted(saved)[-2:], best}


def test_a_checkpoint_is_the_best_only_once_an_evaluation_says_so(tiny_bert, make_run):
    run = make_run(tiny_bert, epochs=2, checkpoints__every_steps=3)
    assert work_here(run) == 0
    saved = {event.step: event.best for event in of_kind(run, CheckpointSaved)}
    assert not saved[3], "before the first evaluation"
    assert not saved[6]
    best = folder.best_step(run)
    assert best in (8, 16)
    assert saved[best]
    kept = make_run(tiny_bert, name="kept", epochs=1, checkpoints__keep_best=False)
    assert work_here(kept) == 0
    assert not any(event.best for event in of_kind(kept, CheckpointSaved))
    assert folder.best_step(kept) == 8, "an evaluation of the best takes the newest then"


def test_evaluating_a_run_gives_its_own_figures(tiny_bert, make_run, tmp_path):
    run = make_run(tiny_bert, epochs=3)
    assert work_here(run) == 0
    place = write_evaluation(tmp_path / "evaluation", run, make_samples())
    assert work_here(place, "evaluate") == 0
    own = {one.split: one for one in of_kind(run, Evaluated)}
    for again in of_kind(place, Evaluated):
        mine = own[again.split]
        assert again.loss == pytest.approx(mine.loss, abs=1e-6)
        assert (again.correct, again.confusion) == (mine.correct, mine.confusion)
        assert again.step == folder.best_step(run)
    assert {one.split for one in of_kind(place, Evaluated)} == {"train", "validation"}


def test_the_final_figures_are_those_of_the_best_checkpoint(tiny_bert, make_run):
    run = make_run(tiny_bert, epochs=6, optimizer__learning_rate=0.05)
    assert work_here(run) == 0
    validation = [one for one in of_kind(run, Evaluated) if one.split == "validation"]
    *during, final = validation
    best = min(during, key=lambda one: one.loss)
    assert (final.step, final.loss) == (best.step, pytest.approx(best.loss, abs=1e-6))
    predicted = [one for one in of_kind(run, SamplesMeasured) if one.probabilities]
    assert {one.split for one in predicted} == {"train", "validation"}
    assert all(len(row) == len(LABELS) for one in predicted for row in one.probabilities)


@pytest.mark.parametrize("kind", ["nf4", "8-bit"])
def test_quantised_weights_train_with_paged_8_bit_adamw(wide_bert, make_run, kind):
    run = make_run(wide_bert, quantisation__kind=kind, optimizer__kind="paged-adamw-8bit", epochs=1)
    assert work_here(run) == 0, events_of(run)[-1]
    prepared = of_kind(run, Prepared)[0]
    assert prepared.trainable == 2 * 2 * 2 * (64 + 64) + 64 * 2 + 2
    assert isinstance(events_of(run)[-1], Finished)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_trains_on_a_processor(tiny_bert, make_run, precision):
    run = make_run(tiny_bert, precision=precision, epochs=1)
    assert work_here(run) == 0
    said = " ".join(one.message for one in of_kind(run, Said))
    assert ("fp16 needs a GPU" in said) == (precision == "fp16")


def test_the_baseline_does_not_disturb_training(tiny_bert, make_run):
    told = []
    for heads in (0, 5):
        run = make_run(tiny_bert, name=f"run-{heads}", evaluation__baseline_seeds=heads)
        assert work_here(run) == 0
        told.append([step.metrics["train/loss"].hex() for step in of_kind(run, Stepped)])
    assert told[0] == told[1]


def test_accumulation_gives_the_gradient_of_the_whole_batch(steady_bert, make_run):
    """Thirty-one samples in micro-batches of 4 and 8: the last ones are short."""
    samples = [one.model_copy(update={"split": "train"}) for one in make_samples()[:31]]
    told = []
    for size, accumulation in ((31, 1), (4, 8), (8, 4)):
        run = make_run(
            steady_bert,
            name=f"run-{size}",
            samples=samples,
            epochs=1,
            micro_batch_size=size,
            accumulation=accumulation,
            adapter__dropout=0.0,
        )
        assert work_here(run) == 0
        assert len(of_kind(run, Stepped)) == 1
        told.append(of_kind(run, Stepped)[0].metrics)
    for name in ("train/loss", "gradient_norm"):
        assert told[1][name] == pytest.approx(told[0][name], rel=1e-5)
        assert told[2][name] == pytest.approx(told[0][name], rel=1e-5)


def test_a_second_worker_stays_out(tiny_bert, make_run):
    run = make_run(tiny_bert, epochs=10_000)
    worker = start(run)
    wait_for(run, Stepped, worker)
    assert work(run) == 2
    folder.ask(run, Request.STOP)
    assert worker.wait(timeout=30) == 0
    assert len(of_kind(run, Started)) == 1


def test_a_job_that_cannot_be_read_ends_in_words(tmp_path):
    (tmp_path / folder.JOB).write_text('{"kind": "train"')
    assert work_here(tmp_path) == 1
    failed = events_of(tmp_path)[-1]
    assert isinstance(failed, Failed)
    assert "job.json" in failed.message
