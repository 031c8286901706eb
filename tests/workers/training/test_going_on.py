"""A run goes on from another run's weights, or says why it cannot."""

import math
import shutil

import pytest

from tests.workers.training.answer_runs import ANSWER, perplexities
from tests.workers.training.run_folders import (
    events_of,
    of_kind,
    work_here,
)
from tests.workers.training.test_resume import cut_after, losses_of
from workers.contract import folder
from workers.contract.events import (
    Reason,
    Said,
    Stepped,
    Stopped,
)
from workers.contract.job import Start, TrainingJob


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
