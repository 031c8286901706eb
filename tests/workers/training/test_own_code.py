"""A model's own code runs for one revision alone, where both the job and the person allow it."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.workers.own_code_models import change_record, write_own_code
from tests.workers.training.run_folders import (
    LABELS,
    REPOSITORY,
    events_of,
    make_samples,
    of_kind,
    work,
    work_here,
    write_run,
)
from workers.contract import folder
from workers.contract.catalogue import refer_to
from workers.contract.events import Evaluated, Failed, Finished, Reason, Stepped
from workers.contract.job import AttentionJob, EvaluationJob, ExportJob, ProbeJob, RankingJob
from workers.contract.model_code import ALLOWED, read_code
from workers.contract.options import TrainingOptions, with_values
from workers.contract.snapshot import write_snapshot
from workers.models import causal, loading
from workers.models.trouble import Trouble

SHORT = {"epochs": 1, "adapter__targets": ["all-linear"], "evaluation__baseline_seeds": 0}


class Model:
    """A model folder with its own code, and whether that ran."""

    def __init__(self, place, canary):
        self.place, self.canary = place, canary

    @property
    def digest(self) -> str:
        code = read_code(self.place)
        assert code is not None
        return code.digest

    @property
    def ran(self) -> bool:
        return self.canary.exists()

    def refer_to(self):
        return refer_to(str(self.place), allowed_code={self.digest})

    def change_a_byte(self) -> None:
        file = self.place / "modeling_siskin.py"
        file.write_bytes(file.read_bytes().replace(b"its own", b"its oWn"))


def make_model(plain, place, kind="Bert") -> Model:
    canary = place.with_name(f"{place.name}-ran")
    return Model(write_own_code(plain, place, canary, kind), canary)


@pytest.fixture
def own(tiny_bert, tmp_path) -> Model:
    return make_model(tiny_bert, tmp_path / "siskin")


@pytest.fixture
def allow(monkeypatch):
    """What the person lets run: nothing, unless the test says so."""
    monkeypatch.delenv(ALLOWED, raising=False)
    return lambda *digests: monkeypatch.setenv(ALLOWED, ",".join(digests))


def training(place, model: Model):
    """A run of two steps, whose job says that the code as it is now was allowed."""
    run = write_run(place, model.place, make_samples(12, 4), **SHORT)
    job = folder.load_job(run)
    folder.write_job(run, job.model_copy(update={"base_model": model.refer_to()}))
    return run


def made(place, job):
    place.mkdir()
    digest = write_snapshot(place, make_samples(12, 4))
    folder.write_job(place, job.model_copy(update={"snapshot_sha256": digest}))
    return place


def refused(run, words) -> None:
    last = events_of(run)[-1]
    assert isinstance(last, Failed)
    assert last.reason is Reason.MODEL_NOT_TRUSTED
    assert words in last.message


def ask(module, *lines):
    """What a process says that is asked by lines of JSON, until it has answered each."""
    command = [sys.executable, "-m", module]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    said, open_questions = [], len(lines)
    with subprocess.Popen(command, cwd=REPOSITORY, text=True, **pipes) as process:
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"ready": True}
        while open_questions:
            said.append(json.loads(process.stdout.readline()))
            open_questions -= not said[-1].keys() & {"said", "arm"}
        process.stdin.close()
    return said


def inspect(model: Model):
    options = with_values(TrainingOptions(), {"base_model": str(model.place)})
    return ask(
        "workers.inspector",
        {"id": 1, "options": options.model_dump(mode="json")},
        {"id": 2, "verb": "tokens", "base_model": str(model.place), "texts": ["the road"]},
    )


def test_nothing_runs_before_it_is_allowed_whatever_a_job_says(own, tmp_path, allow):
    run = training(tmp_path / "train", own)
    job = folder.load_job(run)
    assert job.base_model.trusted_code == own.digest  # as one that came from elsewhere may say
    probe = made(tmp_path / "probe", ProbeJob(token="p", training=job))
    ranking = RankingJob(token="r", base_model=own.refer_to(), labels=LABELS, snapshot_sha256="")
    rank = made(tmp_path / "rank", ranking)
    for place, verb in ((run, "train"), (probe, "probe"), (rank, "rank")):
        assert work_here(place, verb) == 1
        refused(place, f"revision {own.digest[:12]}")
        refused(place, "siskin brings its own code: modeling_siskin.py, parts/conf")
    for answer in inspect(own):
        assert "siskin brings its own code" in answer["error"]
    assert not own.ran


def test_an_allowed_revision_trains_and_another_byte_of_it_is_refused(own, tmp_path, allow):
    run = training(tmp_path / "train", own)
    allow(own.digest)
    assert work(run) == 0
    assert len(of_kind(run, Stepped)) == 2
    assert isinstance(events_of(run)[-1], Finished)
    assert own.ran
    own.canary.unlink()
    shutil.rmtree(run)
    run = training(tmp_path / "train", own)
    before = own.digest
    own.change_a_byte()
    allow(before)
    assert work(run) == 1
    refused(run, "The code of siskin has changed since it was allowed: allowed was")
    allow(before, own.digest)  # the job is still of the one before
    assert work(run) == 1
    refused(run, f"allowed was revision {before[:12]}, the folder now has {own.digest[:12]}")
    assert not own.ran


def test_a_run_made_without_the_code_does_not_get_it_later(own, tmp_path, allow):
    run = write_run(tmp_path / "train", own.place, make_samples(12, 4), **SHORT)
    allow(own.digest)
    assert work_here(run) == 1
    refused(run, "was not when this run was made: start a new run")
    assert not own.ran


@pytest.fixture(scope="module")
def trained(tiny_bert, tmp_path_factory):
    """A model and a finished run of it."""
    place = tmp_path_factory.mktemp("trained")
    model = make_model(tiny_bert, place / "siskin")
    run = training(place / "run", model)
    kept = dict(os.environ)
    os.environ[ALLOWED] = model.digest
    try:
        assert work(run) == 0
    finally:
        os.environ.clear()
        os.environ.update(kept)
    return model, run


@pytest.fixture
def unseen(trained):
    """The same, before the code has run again."""
    trained[0].canary.unlink(missing_ok=True)
    return trained


def of_parent(kind, tmp_path, run, **values):
    job = kind(
        token="t", parent=os.path.relpath(run, tmp_path / "job"), snapshot_sha256="", **values
    )
    return made(tmp_path / "job", job)


@pytest.mark.parametrize(("kind", "verb"), [(EvaluationJob, "evaluate"), (AttentionJob, "attend")])
def test_what_follows_a_training_asks_again(unseen, tmp_path, allow, kind, verb):
    model, run = unseen
    place = of_parent(kind, tmp_path, run)
    assert work(place, verb) == 1
    refused(place, "brings its own code")
    assert not model.ran


def test_an_allowed_run_is_evaluated_and_tried(unseen, tmp_path, allow):
    model, run = unseen
    question = {"id": 1, "verb": "answer", "run_folder": str(run), "caption": "the road"}
    assert "brings its own code" in ask("workers.answer", question)[-1]["error"]
    assert not model.ran
    allow(model.digest)
    place = of_parent(EvaluationJob, tmp_path, run)
    assert work(place, "evaluate") == 0
    assert of_kind(place, Evaluated)
    assert model.ran
    answers = ask("workers.answer", question)
    assert {line["arm"] for line in answers if "arm" in line} == {"base", "tuned"}
    tree, tokens = inspect(model)
    assert tree["total"] > 0
    assert tokens["counts"] == [4]


@pytest.mark.parametrize("merged", [True, False])
def test_an_export_would_hand_the_code_on_and_is_refused(unseen, tmp_path, allow, merged):
    model, run = unseen
    allow(model.digest)
    values = {"destination": str(tmp_path / "out"), "merged": merged}
    place = of_parent(ExportJob, tmp_path, run, **values)
    assert work_here(place, "export") == 1
    assert "such a run is not exported" in events_of(place)[-1].message
    assert not (tmp_path / "out").exists()
    assert not model.ran


def load(model: Model):
    return loading.load_classifier(model.refer_to(), LABELS, TrainingOptions())


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_code_of_another_repository_is_always_refused(own, allow, name):
    change_record(own.place / name, auto_map={"AutoConfig": "other/repo--modeling_siskin.Siskin"})
    allow(own.digest)
    with pytest.raises(Trouble, match="another repository: other/repo--modeling_siskin") as caught:
        load(own)
    assert caught.value.reason is Reason.MODEL_NOT_TRUSTED
    assert not own.ran


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("modeling_gone.Model", "modeling_gone.py is not in its folder"),
        ("../siskin/modeling_siskin.Model", "is not in its folder"),
        ("Model", "is not in its folder"),
        (7, "is not in its folder"),
    ],
)
def test_classes_that_are_not_in_the_folder_are_refused(own, allow, named, words):
    change_record(own.place / "config.json", auto_map={"AutoModel": named})
    allow(own.digest)
    with pytest.raises(Trouble, match=words):
        load(own)
    assert not own.ran


def test_a_class_that_its_file_does_not_have_is_told(own, allow):
    change_record(own.place / "config.json", auto_map={"AutoConfig": "modeling_siskin.Gone"})
    allow(own.digest)
    with pytest.raises(Trouble, match=r"The code of siskin cannot be loaded: .*Gone"):
        load(own)


def test_the_digest_is_of_code_and_named_classes_and_not_of_weights(own):
    digests = [own.digest]
    (own.place / "model.safetensors").write_bytes(b"other")
    change_record(own.place / "config.json", hidden_size=48)
    assert own.digest == digests[0]
    own.change_a_byte()
    digests.append(own.digest)
    (own.place / "parts" / "more.py").write_text("")
    digests.append(own.digest)
    (own.place / "parts" / "more.py").rename(own.place / "more.py")
    digests.append(own.digest)
    classes = json.loads((own.place / "config.json").read_text())["auto_map"]
    change_record(own.place / "config.json", auto_map=classes | {"AutoModel": "more.Model"})
    digests.append(own.digest)
    assert len(set(digests)) == 5


def test_the_files_that_were_read_run_and_no_copy_of_others_by_the_same_name(
    tiny_bert, tmp_path, allow
):
    first = make_model(tiny_bert, tmp_path / "a" / "siskin")
    second = make_model(tiny_bert, tmp_path / "b" / "siskin")
    allow(first.digest, second.digest)
    kinds = [type(load(one)[0]) for one in (first, second)]
    assert kinds[0] is not kinds[1]
    assert first.ran
    assert second.ran
    assert not list(first.place.rglob("__pycache__"))


def test_own_classes_over_a_known_config_leave_the_known_ones_alone(own, tiny_bert, allow):
    named = {
        "AutoModelForSequenceClassification": "modeling_siskin.SiskinForSequenceClassification"
    }
    change_record(own.place / "config.json", model_type="bert", auto_map=named)
    allow(own.digest)
    assert type(load(own)[0]).__name__ == "SiskinForSequenceClassification"
    plain, _ = loading.load_classifier(refer_to(str(tiny_bert)), LABELS, TrainingOptions())
    assert type(plain).__name__ == "BertForSequenceClassification"


def test_an_own_encoder_and_an_own_tokenizer_are_loaded(own, allow):
    (own.place / "words.py").write_text(
        "from transformers import PreTrainedTokenizerFast\n"
        "class Words(PreTrainedTokenizerFast):\n    pass\n"
    )
    named = {"AutoTokenizer": [None, "words.Words"]}
    change_record(own.place / "tokenizer_config.json", auto_map=named)
    allow(own.digest)
    model, tokenizer = loading.load_encoder(own.refer_to())
    assert (type(model).__name__, type(tokenizer).__name__) == ("SiskinModel", "Words")


def test_an_own_language_model_may_go_by_a_name_that_transformers_knows(
    language_model, tmp_path, allow
):
    own = make_model(language_model("llama"), tmp_path / "siskin", "Llama")
    # transformers has a Canary too, of another shape.
    change_record(own.place / "config.json", model_type="canary")
    allow(own.digest)
    options = with_values(TrainingOptions(), {"task": "answer"})
    model, tokenizer = causal.load_language_model(own.refer_to(), options)
    assert type(model).__name__ == "SiskinForCausalLM"
    assert tokenizer("the road")["input_ids"]
