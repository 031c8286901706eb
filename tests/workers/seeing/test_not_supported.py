"""What a model that sees cannot do yet is said in a sentence, and nothing wrong comes out."""

import os

import pytest

from tests.workers.seeing.captioner_runs import write_captioner_run
from tests.workers.seeing.tiny_eyes import draw_samples
from tests.workers.training.run_folders import of_kind, work_here, write_evaluation
from workers.contract import folder
from workers.contract.events import Exported, Failed
from workers.contract.job import EvaluationJob, ExportJob
from workers.contract.snapshot import write_snapshot


@pytest.fixture
def run(tmp_path, tower, decoder, own_cache):
    made = write_captioner_run(tmp_path, tower, decoder, epochs=1)
    assert work_here(made) == 0
    return made


def test_it_is_not_exported(run, tmp_path):
    place = run.with_name("export")
    place.mkdir()
    digest = write_snapshot(place, draw_samples(tmp_path))
    job = ExportJob(
        token="export",
        parent=os.path.relpath(run, place),
        snapshot_sha256=digest,
        destination=str(tmp_path / "out"),
    )
    folder.write_job(place, job)
    assert work_here(place, "export") == 1
    assert "not supported yet" in of_kind(place, Failed)[0].message
    assert not of_kind(place, Exported)
    assert not (tmp_path / "out").exists()


def test_solved_samples_have_no_pictures(run, tmp_path):
    samples = draw_samples(tmp_path)
    place = write_evaluation(run.with_name("shots"), run, samples[-4:])
    job = folder.load_job(place)
    assert isinstance(job, EvaluationJob)
    folder.write_job(place, job.model_copy(update={"shots": (samples[0],)}))
    assert work_here(place, "evaluate") == 1
    assert "have no pictures" in of_kind(place, Failed)[0].message
