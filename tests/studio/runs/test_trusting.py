"""A model's own code is allowed by the person alone: no project, recipe or job turns it on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from studio import preferences
from studio.errors import StudioError
from studio.preferences import TrustedCode
from studio.project import schema
from studio.runs import trusting
from studio.runs.controller import RunController
from studio.runs.problems import FixAction, advice_of, problems_of
from studio.runs.process import worker_environment
from studio.runs.run_record import load_record
from studio.runs.state import RunState
from tests.workers.own_code_models import SHAPE, change_record, write_own_code
from workers.contract.folder import load_job, write_job
from workers.contract.model_code import ALLOWED
from workers.contract.options import with_values

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def own_preferences(tmp_path, monkeypatch):
    """A person who allows nothing yet."""
    monkeypatch.setenv("TRAFFIC_STUDIO_CONFIG", str(tmp_path / "settings"))
    monkeypatch.setenv(ALLOWED, "")


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "it-ran"


@pytest.fixture
def own(options, tmp_path, canary):
    """Options of a model that brings its own code; it is refused before its weights are read."""
    place = write_own_code(Path(options.base_model), tmp_path / "siskin", canary)
    return with_values(options, {"base_model": str(place)})


@pytest.fixture
def real_controller(document):
    made = RunController(document)
    yield made
    made.close()


def digest_of(options) -> str:
    code = trusting.code_of(options.base_model)
    assert code is not None
    return code.digest


def keep(digest) -> None:
    preferences.trust_code(TrustedCode(digest=digest, model="siskin", allowed_at=1.79e9))


def test_code_that_is_not_allowed_is_a_problem_with_a_way_out(document, own):
    (problem,) = problems_of(document, own)
    assert problem.option == "base_model"
    assert "siskin brings its own code: modeling_siskin.py" in problem.message
    assert digest_of(own)[:12] in problem.message
    (fix,) = problem.fixes
    assert (fix.text, fix.action) == ("Allow this code…", FixAction.ALLOW_CODE)
    assert advice_of(problem).endswith(f"--trust-code {digest_of(own)}")


def test_code_of_another_repository_has_no_way_out(document, own):
    named = {"AutoModel": "other/repo--modeling_siskin.SiskinModel"}
    change_record(Path(own.base_model) / "config.json", auto_map=named)
    keep(digest_of(own))
    (problem,) = problems_of(document, own)
    assert "another repository: other/repo--modeling_siskin" in problem.message
    assert problem.fixes == ()


def test_an_allowed_revision_goes_into_the_job_and_a_changed_one_does_not(
    document, controller, own
):
    with pytest.raises(StudioError, match="--trust-code"):
        controller.train(own, recipe="", start=False)
    keep(digest_of(own))
    assert problems_of(document, own) == []
    record = document.query(load_record, controller.train(own, recipe="", start=False))
    assert record.training.base_model.trusted_code == digest_of(own)
    with (Path(own.base_model) / "modeling_siskin.py").open("a") as file:
        file.write("#")
    with pytest.raises(StudioError, match="runs only once this revision is allowed"):
        controller.train(own, recipe="", start=False)


def test_what_a_model_without_code_says_stays_empty(document, controller, options):
    keep("0" * 64)
    record = document.query(load_record, controller.train(options, recipe="", start=False))
    assert record.training.base_model.trusted_code == ""


def test_a_project_from_elsewhere_does_not_turn_it_on(document, real_controller, own, canary):
    digest = digest_of(own)
    keep(digest)
    run_id = real_controller.train(own, recipe="", start=False)
    record = document.query(load_record, run_id)
    folder = document.folder / record.folder
    assert load_job(folder).base_model.trusted_code == digest
    preferences.distrust_code(digest)  # now it is the project of another person
    real_controller.poll()
    assert real_controller.wait(run_id, timeout=60) == RunState.FAILED
    assert "brings its own code" in document.query(load_record, run_id).message
    with pytest.raises(StudioError, match="brings its own code"):
        real_controller.train(own, recipe="")
    with pytest.raises(StudioError, match="brings its own code"):
        real_controller.probe(own)
    assert not canary.exists()


def test_what_follows_a_run_is_refused_once_its_code_may_not_run(
    document, controller, own, tmp_path
):
    digest = digest_of(own)
    keep(digest)
    run_id = controller.train(own, recipe="")
    assert controller.wait(run_id, timeout=60) == RunState.FINISHED
    preferences.distrust_code(digest)
    wishes = (
        lambda: controller.evaluate(run_id),
        lambda: controller.attend(run_id, [1]),
        lambda: controller.export(run_id, tmp_path / "out"),
    )
    for wish in wishes:
        with pytest.raises(StudioError, match="brings its own code") as caught:
            wish()
        assert f"--trust-code {digest}" in str(caught.value)


def test_a_job_written_into_a_project_by_hand_does_not_either(
    document, real_controller, own, options, canary
):
    run_id = real_controller.train(options, recipe="", start=False)
    record = document.query(load_record, run_id)
    base = record.training.base_model
    foreign = base.model_copy(
        update={"folder": own.base_model, "name": own.base_model, "trusted_code": digest_of(own)}
    )
    job = record.training.model_copy(update={"base_model": foreign, "options": own})
    write_job(document.folder / record.folder, job)
    values = {"job": job.model_dump_json()}
    statement = update(schema.runs).where(schema.runs.c.id == run_id).values(**values)
    document.record(lambda connection: connection.execute(statement), tables=("runs",))
    real_controller.poll()
    assert real_controller.wait(run_id, timeout=60) == RunState.FAILED
    assert "brings its own code" in document.query(load_record, run_id).message
    assert not canary.exists()


def test_workers_are_told_what_the_person_allows_and_nothing_else():
    assert worker_environment().value(ALLOWED) == ""
    keep("a" * 64)
    trusting.allow_for_now("b" * 64)
    assert worker_environment().value(ALLOWED) == f"{'a' * 64},{'b' * 64}"
    assert trusting.allowed() == {"a" * 64, "b" * 64}
    preferences.distrust_code("a" * 64)
    assert trusting.allowed() == {"b" * 64}
    assert preferences.load().trusted_code == ()


def ask(*words):
    command = [sys.executable, "main.py", *map(str, words)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, env=environment
    )


def test_the_command_line_allows_one_revision_for_one_command(document, own, canary):
    said = [f"base_model={own.base_model}", "adapter.targets=all-linear"]
    words = ["parameters", "example", "--set", *said, "--json"]
    refused = ask(*words)
    assert refused.returncode == 1
    assert f"--trust-code {digest_of(own)}" in refused.stderr
    assert not canary.exists()
    path = Path(own.base_model) / "config.json"
    change_record(path, **SHAPE)
    counted = ask(*words, "--trust-code", digest_of(own))
    assert counted.returncode == 0, counted.stderr
    assert json.loads(counted.stdout.splitlines()[-1])["total"] > 0
    assert canary.exists()
    assert preferences.load().trusted_code == ()
    short = ask(*words, "--trust-code", digest_of(own)[:12])
    assert short.returncode == 2
    assert "64 letters" in short.stderr
