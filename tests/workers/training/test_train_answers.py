"""Language models train by their answers: whole runs, their arms, and runs that go on."""

import json
import math
import shutil

import numpy as np
import pytest
import torch
from run_folders import (
    LABELS,
    events_of,
    make_samples,
    of_kind,
    start,
    wait_for,
    work_here,
    write_evaluation,
)
from test_resume import cut_after, dynamics_of, final_weights, kill_after, losses_of

from workers.contract import folder
from workers.contract.catalogue import refer_to, weights_folder
from workers.contract.events import (
    AnswersWritten,
    BaselineMeasured,
    Evaluated,
    Failed,
    Finished,
    Paused,
    PerplexityMeasured,
    Phase,
    Prepared,
    Reason,
    Said,
    SamplesMeasured,
    Stepped,
    Stopped,
)
from workers.contract.job import EvaluationJob, Start, TrainingJob
from workers.contract.options import TrainingOptions, with_values
from workers.data import prompts
from workers.data.wording import AnswerRow
from workers.models import causal, likelihood
from workers.objectives.answers import Answers
from workers.objectives.writing import write_batch

ANSWER = {
    "task": "answer",
    "max_length": 96,
    "adapter__targets": ["q_proj", "v_proj"],
    "prompt__template": "plain",
}
TEXT = ANSWER | {"prompt__answer": "text"}


def answered(count=40):
    """The samples with an answer in words besides."""
    return [
        one.model_copy(update={"answer": f"the van stops {one.label}"})
        for one in make_samples(count)
    ]


def clear(count=40):
    """Samples in the words that the tiny models know: they can be learnt."""
    texts = {"dangerous": "a cyclist crosses the road w{}", "safe": "fog . the van stops w{}"}
    return [
        one.model_copy(update={"text": texts[one.label or ""].format(index)})
        for index, one in enumerate(answered(count))
    ]


LEARNING = {"method": "full", "epochs": 6, "optimizer__learning_rate": 2e-3}


def perplexities(run, split="validation"):
    return [one for one in of_kind(run, PerplexityMeasured) if one.split == split]


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
    ],
    ids=["lora", "packed text", "nf4", "checkpointing in bf16"],
)
def test_stopped_and_resumed_is_unbroken_to_the_bit(language_model, make_run, options):
    options = options | {"epochs": 3, "checkpoints__every_epochs": 0, "adapter__dropout": 0.2}
    model = language_model("llama")
    unbroken = make_run(model, name="unbroken", samples=answered(), **options)
    assert work_here(unbroken) == 0, events_of(unbroken)[-1]
    broken = make_run(model, name="broken", samples=answered(), **options)
    for step in (3, 6):
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


def go_on(parent, place, *, keeps_optimizer=False):
    """Give a run folder the last checkpoint of another run to start from."""
    step = folder.checkpoint_steps(parent)[-1]
    shutil.copytree(folder.checkpoint_folder(parent, step), place / folder.START)
    job = folder.load_job(place)
    assert isinstance(job, TrainingJob)
    goes_on = Start(
        token=parent.name, name="first", step=step, epochs=2, keeps_optimizer=keeps_optimizer
    )
    folder.write_job(place, job.model_copy(update={"start": goes_on}))
    return place


@pytest.mark.parametrize("keeps_optimizer", [False, True])
def test_a_run_goes_on_from_anothers_weights(language_model, make_run, keeps_optimizer):
    options = ANSWER | {"adapter__dropout": 0.0, "schedule__kind": "linear"}
    model = language_model("llama")
    first = make_run(model, name="first", **options)
    assert work_here(first) == 0
    second = make_run(model, name="second", **options)
    go_on(first, second, keeps_optimizer=keeps_optimizer)
    assert work_here(second) == 0
    steps = of_kind(second, Stepped)
    assert (steps[0].step, len(steps)) == (1, 16)
    assert steps[0].metrics["learning_rate"] == pytest.approx(1e-3)
    said = " ".join(one.message for one in of_kind(second, Said))
    assert "Continuing “first” from its step 16" in said
    assert ("its optimizer goes on" in said) == keeps_optimizer
    assert perplexities(second)[1].mean < perplexities(first)[-1].mean


def test_kept_moments_change_the_updates(language_model, make_run):
    model, told = language_model("llama"), []
    first = make_run(model, name="first", **ANSWER)
    assert work_here(first) == 0
    for keeps in (False, True):
        run = go_on(first, make_run(model, name=f"run-{keeps}", **ANSWER), keeps_optimizer=keeps)
        assert work_here(run) == 0
        told.append(losses_of(run))
    assert told[0][1] == told[1][1], "the first loss is that of the same weights"
    assert told[0][2] != told[1][2]


@pytest.mark.parametrize(
    ("changes", "keeps_optimizer", "words"),
    [
        ({"adapter__rank": 4}, False, "“first” cannot be continued with these options"),
        ({"optimizer__kind": "adamw-8bit"}, True, "Choose the same optimizer, or start it anew."),
    ],
)
def test_what_does_not_fit_is_not_gone_on_from(
    language_model, make_run, changes, keeps_optimizer, words
):
    model = language_model("llama")
    first = make_run(model, name="first", **ANSWER, epochs=1)
    assert work_here(first) == 0
    second = make_run(model, name="second", **ANSWER, **changes)
    go_on(first, second, keeps_optimizer=keeps_optimizer)
    assert work_here(second) == 1
    failed = events_of(second)[-1]
    assert failed.reason is Reason.BAD_CHECKPOINT
    assert words in failed.message
    assert of_kind(second, Stepped) == []


def test_a_continued_run_resumes_from_its_own_checkpoint(language_model, make_run):
    model = language_model("llama")
    first = make_run(model, name="first", **ANSWER)
    assert work_here(first) == 0
    runs = [go_on(first, make_run(model, name=name, **ANSWER)) for name in ("whole", "broken")]
    assert work_here(runs[0]) == 0
    cut_after(runs[1], 5)
    assert isinstance(events_of(runs[1])[-1], Stopped)
    assert work_here(runs[1]) == 0
    assert losses_of(runs[1]) == losses_of(runs[0])


def test_a_classifier_goes_on_too(tiny_bert, make_run):
    first = make_run(tiny_bert, name="first")
    assert work_here(first) == 0
    second = go_on(first, make_run(tiny_bert, name="second"))
    assert work_here(second) == 0
    before, after = (of_kind(run, Stepped)[-1].metrics["train/loss"] for run in (first, second))
    assert math.isfinite(after)
    assert after < before + 0.2


def arm(place, parent, samples, **values):
    """Measure an arm of a run, and give the folder in which that was done."""
    write_evaluation(place, parent, samples)
    job = folder.load_job(place)
    assert isinstance(job, EvaluationJob)
    folder.write_job(place, job.model_copy(update=values))
    assert work_here(place, "evaluate") == 0, events_of(place)[-1]
    return place


def test_the_arms_of_a_run(language_model, make_run, tmp_path):
    model = language_model("llama")
    run = make_run(model, **ANSWER, epochs=3)
    assert work_here(run) == 0
    samples = make_samples()
    validation = [one for one in samples if one.split == "validation"]
    tuned = arm(tmp_path / "tuned", run, validation)
    zero = arm(tmp_path / "zero", run, validation, untrained=True)
    few = arm(tmp_path / "few", run, validation, untrained=True, shots=tuple(samples[:3]))
    turned = arm(tmp_path / "turned", run, validation, untrained=True, shots=tuple(samples[2::-1]))
    own = [one for one in of_kind(run, Evaluated) if one.split == "validation"][-1]
    (again,) = of_kind(tuned, Evaluated)
    assert again.loss == pytest.approx(own.loss, abs=1e-5)
    assert perplexities(zero)[0].mean == pytest.approx(perplexities(run)[0].mean, rel=1e-5)
    assert perplexities(zero)[0].step == 0
    found = [perplexities(place)[0].mean for place in (tuned, zero, few, turned)]
    assert len(set(found)) == 4, "each arm, and each order of shots, reads something else"


@pytest.mark.parametrize("beams", [1, 2])
def test_written_answers_are_read_as_labels(language_model, make_run, tmp_path, beams):
    run = make_run(
        language_model("llama"), samples=clear(), **ANSWER, **LEARNING,
        generation__max_new_tokens=4, generation__beams=beams,
    )  # fmt: skip
    assert work_here(run) == 0
    samples = [one for one in clear() if one.split == "validation"]
    place = arm(tmp_path / "written", run, samples, writes=True)
    (written,) = of_kind(place, AnswersWritten)
    assert written.strict == tuple(one.label for one in samples)
    assert written.lenient == written.strict == written.texts
    (evaluated,) = of_kind(place, Evaluated)
    assert evaluated.metrics["text/strict"] == 1.0
    assert evaluated.metrics["text/unparsed"] == 0.0


def test_an_answer_written_in_a_batch_is_the_one_written_alone(language_model, make_run, tmp_path):
    run = make_run(
        language_model("llama"), samples=answered(), **TEXT, generation__max_new_tokens=6
    )
    assert work_here(run) == 0
    samples = [one for one in answered() if one.split == "validation"]
    together = of_kind(arm(tmp_path / "all", run, samples, writes=True), AnswersWritten)[0]
    assert (together.strict, together.lenient) == ((), ())
    for index, one in enumerate(samples):
        alone = arm(tmp_path / f"one-{index}", run, [one], writes=True)
        assert of_kind(alone, AnswersWritten)[0].texts == (together.texts[index],)


def test_an_answer_ends_before_its_stop_string(language_model, make_run, tmp_path):
    run = make_run(
        language_model("llama"), samples=clear(), **TEXT, **LEARNING, generation__stop=["stops"],
    )  # fmt: skip
    assert work_here(run) == 0
    samples = [one for one in clear() if one.split == "validation"]
    (written,) = of_kind(arm(tmp_path / "cut", run, samples, writes=True), AnswersWritten)
    assert set(written.texts) == {"the van"}


def test_a_classifier_is_shown_no_solved_samples(tiny_bert, make_run, tmp_path):
    run = make_run(tiny_bert, epochs=1)
    assert work_here(run) == 0
    place = write_evaluation(tmp_path / "arm", run, make_samples())
    job = folder.load_job(place)
    folder.write_job(place, job.model_copy(update={"writes": True}))
    assert work_here(place, "evaluate") == 1
    assert events_of(place)[-1].reason is Reason.BAD_OPTION


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


def test_an_untrained_classifier_is_an_arm_too(tiny_bert, make_run, tmp_path):
    run = make_run(tiny_bert, method="full", epochs=4, optimizer__learning_rate=2e-3)
    assert work_here(run) == 0
    samples = [one for one in make_samples() if one.split == "validation"]
    (tuned,) = of_kind(arm(tmp_path / "tuned", run, samples), Evaluated)
    (base,) = of_kind(arm(tmp_path / "base", run, samples, untrained=True), Evaluated)
    assert base.loss > tuned.loss
    assert (base.step, base.epoch) == (0, 0)


def test_the_real_model_scores_and_writes():
    """SmolLM2 in one file: labels of several tokens, its own chat template, a batch and alone."""
    weights = weights_folder("smollm2")
    if weights is None:
        pytest.skip("SmolLM2 is not on this computer")
    options = with_values(
        TrainingOptions(),
        {"base_model": "smollm2", "task": "answer", "generation.max_new_tokens": 5},
    )
    job = TrainingJob(
        token="real", base_model=refer_to("smollm2"), options=options, labels=LABELS,
        snapshot_sha256="",
    )  # fmt: skip
    objective = Answers(job, "cpu")
    model, tokenizer = objective.load()
    rows = [
        AnswerRow(1, "", "A child runs into the road.", "dangerous", 0),
        AnswerRow(2, "", "The road is empty and dry; nobody is near, in any direction.", "safe", 1),
    ]
    eos = causal.eos_of(model.config, tokenizer)
    samples = prompts.encode(tokenizer, eos, rows, LABELS, options, 128)
    asked = [
        tokens[:length] for tokens, length in zip(samples.tokens, samples.prompts, strict=True)
    ]
    with torch.inference_mode():
        scores = likelihood.score_answers(
            model.eval(), asked, samples.label_tokens, pad=samples.pad, device="cpu"
        )
        for at, tokens in enumerate(samples.tokens):
            logits = model(input_ids=tokens[None]).logits[0, samples.prompts[at] - 1 : -1]
            wanted = torch.nn.functional.cross_entropy(
                logits, tokens[samples.prompts[at] :], reduction="sum"
            )
            assert float(scores[at, rows[at].label]) == pytest.approx(-float(wanted), abs=1e-3)
        generation = options.generation
        assert generation is not None
        together = write_batch(model, tokenizer, asked, generation, ends=[eos])
        alone = [write_batch(model, tokenizer, [one], generation, ends=[eos])[0] for one in asked]
    assert together == alone
    assert all(together)
