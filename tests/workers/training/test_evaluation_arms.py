"""The arms of a run: untrained, with solved samples before the prompt, and in its own words."""

import pytest
import torch

from tests.workers.training.answer_runs import ANSWER, LEARNING, TEXT, answered, clear, perplexities
from tests.workers.training.run_folders import (
    LABELS,
    events_of,
    make_samples,
    of_kind,
    work_here,
    write_evaluation,
)
from workers.contract import folder
from workers.contract.catalogue import refer_to, weights_folder
from workers.contract.events import (
    AnswersWritten,
    Evaluated,
    Reason,
)
from workers.contract.job import EvaluationJob, TrainingJob
from workers.contract.options import TrainingOptions, with_values
from workers.data import prompts
from workers.data.wording import AnswerRow
from workers.models import causal, likelihood
from workers.objectives.answers import Answers
from workers.objectives.writing import write_batch


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
