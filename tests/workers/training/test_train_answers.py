"""Language models train by their answers: whole runs, troubles, and resuming to the bit."""

import json
import math
import shutil

import numpy as np
import pytest

from tests.workers.training.answer_runs import ANSWER, LEARNING, TEXT, answered, clear, perplexities
from tests.workers.training.run_folders import (
    LABELS,
    events_of,
    make_samples,
    of_kind,
    start,
    wait_for,
    work_here,
)
from tests.workers.training.test_resume import (
    cut_after,
    dynamics_of,
    final_weights,
    kill_after,
    losses_of,
)
from workers.contract import folder
from workers.contract.events import (
    BaselineMeasured,
    Evaluated,
    Failed,
    Finished,
    Paused,
    Phase,
    Prepared,
    Reason,
    Said,
    SamplesMeasured,
    Stepped,
    Stopped,
)


def test_label_answers_tell_all_that_a_classifier_tells(language_model, make_run):
    run = make_run(language_model("llama"), **ANSWER)
    assert work_here(run) == 0, events_of(run)[-1]
    assert isinstance(events_of(run)[-1], Finished)
    assert len(of_kind(run, BaselineMeasured)[0].accuracies) == 1
    prepared = of_kind(run, Prepared)[0]
    assert (prepared.train_count, prepared.total_steps) == (32, 16)
    training = [one for one in of_kind(run, SamplesMeasured) if one.phase is Phase.TRAINING]
    assert [one.epoch for one in training] == [1, 2]
    for one in training:
        assert np.isfinite([one.losses, one.confidences, one.margins]).all()
    validation = [one for one in of_kind(run, Evaluated) if one.split == "validation"]
    assert [one.count for one in validation] == [8, 8, 8]
    predicted = [one for one in of_kind(run, SamplesMeasured) if one.probabilities]
    assert all(len(row) == len(LABELS) for one in predicted for row in one.probabilities)
    assert [one.step for one in perplexities(run)] == [0, 8, 16, folder.best_step(run)]
    assert any("untrained" in one.message for one in of_kind(run, Said))


def test_label_answers_are_learnt(language_model, make_run):
    run = make_run(language_model("llama"), samples=clear(), **ANSWER, **LEARNING)
    assert work_here(run) == 0
    last = [one for one in of_kind(run, Evaluated) if one.split == "validation"][-1]
    assert last.accuracy == 1.0


def test_free_answers_are_judged_by_their_perplexity_alone(language_model, make_run):
    run = make_run(language_model("llama"), samples=answered(), epochs=3, **TEXT)
    assert work_here(run) == 0
    assert of_kind(run, Evaluated) == []
    told = perplexities(run)
    assert [one.step for one in told] == [0, 8, 16, 24, folder.best_step(run)]
    best = min(told[1:-1], key=lambda one: one.mean)
    assert folder.best_step(run) == best.step
    assert told[-1].mean == pytest.approx(best.mean, rel=1e-6)
    assert (best.count, best.tokens) == (8, 8 * 5)
    training = of_kind(run, SamplesMeasured)
    assert len(training) == 3
    assert np.isfinite(training[0].losses).all()
    assert np.isnan(training[0].margins).all()


def test_the_steps_loss_is_a_mean_over_tokens(language_model, make_run):
    samples = [
        one.model_copy(update={"answer": "safe " * (1 + index % 7), "split": "train"})
        for index, one in enumerate(make_samples())
    ]
    run = make_run(
        language_model("llama"), samples=samples, **TEXT, micro_batch_size=5, accumulation=8,
        epochs=1,
    )  # fmt: skip
    assert work_here(run) == 0
    (step,) = of_kind(run, Stepped)
    one = of_kind(run, SamplesMeasured)[0]
    tokens = np.array([2 + index % 7 for index in range(40)])
    expected = np.dot(one.losses, tokens) / tokens.sum()
    assert step.metrics["train/loss"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("packed", [False, True])
def test_accumulation_gives_the_gradient_of_the_whole_batch(language_model, make_run, packed):
    told = []
    for size, accumulation in ((32, 1), (5, 7)):
        run = make_run(
            language_model("llama"), name=f"run-{size}", samples=answered(), **TEXT,
            micro_batch_size=size, accumulation=accumulation, packed=packed, epochs=1,
            adapter__dropout=0.0,
        )  # fmt: skip
        assert work_here(run) == 0
        (step,) = of_kind(run, Stepped)
        told.append(step.metrics)
    for name in ("train/loss", "gradient_norm"):
        assert told[1][name] == pytest.approx(told[0][name], rel=1e-5)


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        ({"label": "safe"}, Reason.ONE_LABEL, "All 32 train samples are labelled safe."),
        ({"label": None}, Reason.BAD_SAMPLE, "No sample of the train split has a label"),
        ({"label": "odd"}, Reason.BAD_SAMPLE, "odd"),
    ],
)
def test_senseless_label_answers_are_refused(language_model, make_run, changes, reason, words):
    samples = [one.model_copy(update=changes) for one in make_samples()]
    run = make_run(language_model("llama"), samples=samples, **ANSWER)
    assert work_here(run) == 1
    failed = events_of(run)[-1]
    assert isinstance(failed, Failed)
    assert failed.reason is reason
    assert words in failed.message


def test_empty_and_long_answers_are_told(language_model, make_run):
    samples = answered()
    samples[1] = samples[1].model_copy(update={"answer": " "})
    samples[2] = samples[2].model_copy(update={"answer": "safe " * 200})
    run = make_run(language_model("llama"), samples=samples, epochs=1, **TEXT)
    assert work_here(run) == 0
    said = " ".join(one.message for one in of_kind(run, Said) if one.warning)
    assert f"1 samples have no caption or no answer and were left out: {samples[1].id}." in said
    assert "1 of 39 answers do not fit" in said


def test_an_answer_that_is_wholly_cut_away_does_not_look_like_divergence(language_model, make_run):
    samples = answered()
    samples[2] = samples[2].model_copy(update={"text": "car " * 90})
    options = TEXT | {"max_length": 32, "prompt__cut": "end"}
    run = make_run(language_model("llama"), samples=samples, epochs=1, **options)
    assert work_here(run) == 0
    assert of_kind(run, Paused) == []
    told = perplexities(run, "train")[-1]
    assert samples[2].id not in told.sample_ids
    assert told.count == 31


def test_labels_that_are_the_same_tokens_are_refused(language_model, make_run):
    samples = [
        one.model_copy(update={"label": {"dangerous": "zig", "safe": "zag"}[one.label or ""]})
        for one in make_samples()
    ]
    run = make_run(language_model("llama"), samples=samples, labels=("zig", "zag"), **ANSWER)
    assert work_here(run) == 1
    assert "“zig” and “zag” are the same tokens" in events_of(run)[-1].message


def test_labels_of_several_tokens_are_named(language_model, make_run):
    samples = [
        one.model_copy(update={"label": "very safe" if one.label == "safe" else one.label})
        for one in make_samples()
    ]
    run = make_run(
        language_model("llama"), samples=samples, labels=("dangerous", "very safe"), epochs=1,
        **ANSWER,
    )  # fmt: skip
    assert work_here(run) == 0
    said = [one.message for one in of_kind(run, Said) if one.warning]
    assert any("dangerous 1, very safe 2" in message for message in said)


@pytest.mark.parametrize(
    "options",
    [
        ANSWER,
        TEXT | {"packed": True, "accumulation": 2},
        ANSWER | {"quantisation__kind": "nf4", "optimizer__kind": "paged-adamw-8bit"},
        ANSWER | {"gradient_checkpointing": True, "precision": "bf16"},
        TEXT
        | {"quantisation__kind": "nf4", "gradient_checkpointing": True}
        | {"packed": True, "accumulation": 3},
    ],
    ids=["lora", "packed text", "nf4", "checkpointing in bf16", "all at once"],
)
def test_stopped_and_resumed_is_unbroken_to_the_bit(language_model, make_run, options):
    options = options | {"epochs": 3, "checkpoints__every_epochs": 0, "adapter__dropout": 0.2}
    model = language_model("llama")
    unbroken = make_run(model, name="unbroken", samples=answered(), **options)
    assert work_here(unbroken) == 0, events_of(unbroken)[-1]
    broken = make_run(model, name="broken", samples=answered(), **options)
    # Over three, an epoch has two whole steps and one of what is left; over two it ends at step 4.
    for step in (4, 8):
        cut_after(broken, step)
    assert work_here(broken) == 0
    assert losses_of(broken) == losses_of(unbroken)
    assert str(dynamics_of(broken)) == str(dynamics_of(unbroken))
    assert final_weights(broken) == final_weights(unbroken)


@pytest.mark.slow
def test_killed_and_resumed_is_unbroken_to_the_bit(language_model, make_run):
    options = ANSWER | {
        "epochs": 12,
        "checkpoints__every_steps": 3,
        "quantisation__kind": "nf4",
        "adapter__dropout": 0.2,
    }
    model = language_model("llama")
    unbroken = make_run(model, name="unbroken", **options)
    assert work_here(unbroken) == 0
    broken = make_run(model, name="broken", **options)
    for step in (7, 40):
        kill_after(broken, step)
    assert work_here(broken) == 0
    assert losses_of(broken) == losses_of(unbroken)
    assert len(losses_of(broken)) == 96
    assert final_weights(broken) == final_weights(unbroken)


def test_an_answer_that_is_no_number_pauses_before_the_update(language_model, make_run, tmp_path):
    from safetensors.torch import load_file, save_file

    model = tmp_path / "poisoned"
    shutil.copytree(language_model("llama"), model)
    words = json.loads((model / "tokenizer.json").read_text())["model"]["vocab"]
    weights = load_file(model / "model.safetensors")
    weights["model.embed_tokens.weight"][words["w99"]] = math.inf
    save_file(weights, model / "model.safetensors", {"format": "pt"})
    samples = clear()
    samples[6] = samples[6].model_copy(update={"text": "a van w99"})
    run = make_run(model, samples=samples, **TEXT, accumulation=2)
    worker = start(run)
    paused = wait_for(run, Paused, worker)[0]
    assert paused.reason is Reason.DIVERGED
    assert paused.sample_ids == (samples[6].id,)
    folder.ask(run, folder.Request.STOP)
    assert worker.wait(timeout=30) == 0
    assert isinstance(events_of(run)[-1], Stopped)
