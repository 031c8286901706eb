"""A probe is a run of its own kind: queued, followed, read back, and forgotten by the next."""

import pytest

from studio.errors import StudioError
from studio.project import run_queries
from studio.runs import advice, prepare, probing
from studio.runs.event_rows import fold
from studio.runs.ingest import ingest
from studio.runs.run_record import load_record
from studio.runs.state import RunState
from workers.contract import folder
from workers.contract.events import Failed, Finished, Probed, Proposal, Reason, Started
from workers.contract.job import ProbeJob
from workers.contract.journal import JournalWriter
from workers.contract.options import TrainingOptions

SMALLER = Proposal(
    options={"micro_batch_size": 4, "accumulation": 2},
    words="Micro-batch 4 × 2",
    cost="same result a step",
    bytes=900_000_000,
)
FOUND = Probed(
    device="cpu",
    fits=False,
    rows=8,
    tokens=120,
    low=1_000_000_000,
    high=1_400_000_000,
    free=1_100_000_000,
    message="Out of memory.",
    proposals=(SMALLER,),
)


def tell(document, run_id, *events):
    record = document.query(load_record, run_id)
    with JournalWriter(document.folder / record.folder / folder.JOURNAL) as journal:
        for event in events:
            journal.append(event)
    ingest(document, run_id)


def test_a_probe_freezes_what_its_training_would(document, options):
    run_id = prepare.prepare_probe(document, options, memory=2_000_000_000)
    job = document.query(load_record, run_id).job
    assert isinstance(job, ProbeJob)
    assert job.memory == 2_000_000_000
    assert job.training.options == options
    trained = document.query(load_record, prepare.prepare_training(document, options, recipe="r"))
    assert job.training.labels == trained.training.labels
    assert job.training.snapshot_sha256 == trained.training.snapshot_sha256
    assert [row.id for row in document.query(run_queries.run_rows, "train")] == [trained.id]


def test_what_cannot_be_trained_is_not_tried(document):
    options = TrainingOptions(base_model="nowhere/to-be-found")
    with pytest.raises(StudioError, match="nowhere"):
        prepare.prepare_probe(document, options)
    assert probing.newest(document) is None
    assert not document.runs_folder.exists()


def test_the_answer_is_read_back_from_the_project(document, options):
    run_id = prepare.prepare_probe(document, options)
    probe = probing.newest(document)
    assert (probe.run_id, probe.state, probe.found) == (run_id, RunState.QUEUED, None)
    tell(document, run_id, Started(pid=1, start_time=1.0, token="t"), FOUND, Finished())
    found = probing.newest(document).found
    assert found.model_copy(update={"at": 0.0}) == FOUND
    assert probing.newest(document).options == options


def test_only_the_newest_probe_stays(document, options, controller):
    first = controller.probe(options)
    controller.stop(first)
    controller.stop(first)
    assert controller.wait(first, timeout=20).is_over
    place = document.folder / document.query(load_record, first).folder
    second = controller.probe(options)
    assert probing.newest(document).run_id == second
    assert not place.exists()
    assert len(document.query(run_queries.run_rows, "probe")) == 1


def test_who_is_at_work_is_named(document, options):
    assert probing.busy_with(document) == ""
    prepare.prepare_training(document, options, recipe="r", name="rank 4")
    assert probing.busy_with(document) == "Run 1 · rank 4 has not ended yet."


def test_what_would_fit_becomes_the_remedies_of_a_failed_run(document, options):
    run_id = prepare.prepare_training(document, options, recipe="r")
    record = document.query(load_record, run_id)
    failed = Failed(reason=Reason.OUT_OF_MEMORY, message="No room.", proposals=(SMALLER,))
    proposals = fold(record, [failed]).summary["proposals"]
    found = advice.advice_for(Reason.OUT_OF_MEMORY, options, proposals)
    assert [one.text for one in found.remedies] == ["Micro-batch 4 × 2"]
    assert dict(found.remedies[0].options) == SMALLER.options
    assert advice.advice_for(Reason.OUT_OF_MEMORY, options).remedies != found.remedies
