"""A probe tells what a training takes, keeps nothing of it, and says what would fit."""

import pytest

from tests.workers.training.run_folders import (
    LABELS,
    events_of,
    make_samples,
    of_kind,
    work,
    work_here,
    write_tiny_bert,
)
from workers.contract import folder
from workers.contract.events import (
    CheckpointSaved,
    Failed,
    Finished,
    Prepared,
    Probed,
    Progressed,
    Reason,
    Stepped,
    Stopped,
)
from workers.contract.folder import Request
from workers.contract.job import ProbeJob
from workers.contract.options import with_values
from workers.contract.snapshot import SnapshotSample
from workers.models import budget

LONG, SHORT = "the road ahead is clear " * 90, "child runs"


def turn_into_probe(run, memory=0):
    """The same folder with the job to probe its training."""
    folder.write_job(run, ProbeJob(token="probe", training=folder.load_job(run), memory=memory))
    return run


@pytest.fixture
def probe(make_run):
    """Make a probe of a run's options and do it: `probe(model, memory=0, **given)`."""

    def make(model, memory=0, **given):
        run = turn_into_probe(make_run(model, name="probe", **given), memory)
        # What a limit allows depends on what the process holds, so it gets one of its own.
        assert (work if memory else work_here)(run, "probe") == 0
        return run

    return make


@pytest.fixture(scope="module")
def broad_bert(tmp_path_factory):
    """A long batch of its captions takes a gigabyte, a short one hardly anything."""
    place = tmp_path_factory.mktemp("models") / "broad"
    return write_tiny_bert(place, hidden=256, layers=4, positions=512)


@pytest.fixture
def uneven():
    """Most captions are short, so that only the longest batch is too much."""
    texts = [SHORT] * 120 + [LONG] * 40
    return [
        SnapshotSample(id=n, key=f"k{n}", text=text, label=LABELS[n % 2], split="train")
        for n, text in enumerate(texts, start=1)
    ]


def test_a_probe_agrees_with_the_run_that_follows(tiny_bert, make_run, probe):
    run = make_run(tiny_bert, name="run")
    assert work_here(run) == 0
    place = probe(tiny_bert)
    found = of_kind(place, Probed)[0]
    prepared = of_kind(run, Prepared)[0]
    assert found.fits
    assert found.steps == prepared.total_steps
    assert (found.device, found.rows) == ("cpu", 4)
    longest = max(len(one.text.split()) for one in make_samples() if one.split == "train")
    assert found.tokens == longest + 2
    assert 0 < found.loaded <= found.peak
    assert found.low < found.high
    assert 0 < found.seconds_per_step < 10
    assert found.seconds_to_end > 0
    saved = of_kind(run, CheckpointSaved)[0].bytes
    assert 0 < found.checkpoint <= saved < found.checkpoint + 40_000, "without names and manifest"
    assert found.disk > found.checkpoint
    assert found.disk_free > found.disk


def test_nothing_of_a_probe_is_kept(tiny_bert, probe):
    place = probe(tiny_bert)
    assert sorted(path.name for path in place.iterdir()) == sorted(
        [folder.JOB, folder.SNAPSHOT, folder.JOURNAL, folder.LOCK]
    )
    assert not of_kind(place, Stepped)
    assert isinstance(events_of(place)[-1], Finished)
    stages = [event.stage for event in of_kind(place, Progressed)]
    assert stages[0] == "Loading the model"
    assert stages.count("Trying the longest batch") == 6


def test_a_stop_ends_it_before_the_next_step(tiny_bert, make_run):
    run = turn_into_probe(make_run(tiny_bert))
    folder.ask(run, Request.STOP)
    assert work_here(run, "probe") == 0
    assert isinstance(events_of(run)[-1], Stopped)
    assert not of_kind(run, Probed)
    assert not folder.is_asked(run, Request.STOP)


def test_what_is_estimated_above_the_memory_is_not_tried(broad_bert, probe, uneven):
    place = probe(broad_bert, 800_000_000, samples=uneven[100:], max_length=512, micro_batch_size=8)
    found = of_kind(place, Probed)[0]
    assert not found.fits
    assert (found.peak, found.steps) == (0, 0)
    assert not of_kind(place, Progressed)
    assert found.message.startswith("Out of memory: about ")
    first = found.proposals[0]
    assert first.options["micro_batch_size"] * first.options["accumulation"] == 8
    assert first.cost == "same result a step"
    assert all(one.bytes < 800_000_000 for one in found.proposals)
    assert isinstance(events_of(place)[-1], Finished)


def test_memory_that_is_refused_in_a_step_is_told_with_what_would_fit(broad_bert, probe, uneven):
    memory = 1_200_000_000
    place = probe(broad_bert, memory, samples=uneven, max_length=512, micro_batch_size=32)
    found = of_kind(place, Probed)[0]
    assert not found.fits
    assert found.low <= memory < found.high
    assert of_kind(place, Progressed), "it was tried"
    assert (found.rows, found.tokens) == (32, 452)
    assert found.proposals
    assert f"{found.proposals[0].words} (" in found.message


def test_a_training_without_memory_says_what_would_fit(broad_bert, make_run, uneven):
    run = make_run(broad_bert, samples=uneven, max_length=512, micro_batch_size=32)
    with budget.limited("cpu", budget.held("cpu") + 60_000_000):
        assert work_here(run) == 1
    failed = of_kind(run, Failed)[0]
    assert failed.reason is Reason.OUT_OF_MEMORY
    assert failed.message.startswith("Out of memory at step ")
    assert "Traceback" in failed.traceback
    job = folder.load_job(run)
    changed = with_values(job.options, dict(failed.proposals[0].options))
    assert (changed.micro_batch_size, changed.accumulation) == (16, 2)
    assert "Micro-batch 16 × 2 (same result a step, " in failed.message


def test_the_real_minilm_is_measured_near_its_estimate(minilm, probe):
    place = probe("minilm", samples=make_samples(120), max_length=128, micro_batch_size=8)
    found = of_kind(place, Probed)[0]
    assert found.fits
    assert found.peak > found.loaded > 90_000_000
    assert found.seconds_to_end > found.seconds_per_step
