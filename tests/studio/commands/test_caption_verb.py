"""The verb caption: what it writes, says and refuses."""

import json
import shutil

import pytest

from studio import cli
from studio.document import Document
from studio.project import queries
from tests.studio.runs.captioner_project import train_project
from tests.workers.language.tiny_language_models import write_tiny_language_model
from tests.workers.seeing.tiny_eyes import write_tiny_tower


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    place = tmp_path_factory.mktemp("captioner")
    tower = write_tiny_tower(place / "tower")
    return train_project(place / "p", tower, write_tiny_language_model(place / "decoder", "llama"))


@pytest.fixture
def project(tmp_path, monkeypatch, learnt):
    monkeypatch.setenv("TRAFFIC_STUDIO_MODELS", str(tmp_path / "cache" / "models"))
    return shutil.copytree(learnt, tmp_path / "project") / "p.studio"


def ask(capsys, *words):
    code = cli.main([*map(str, words), "--json"])
    printed = capsys.readouterr()
    lines = printed.out.strip().splitlines()
    return code, json.loads(lines[-1]) if lines else None, printed.err


def test_captions_are_written_by_a_run_and_wait_as_suggestions(project, capsys):
    code, answer, _ = ask(
        capsys, "caption", project, 1, "--query", "split:validation", "--checkpoint", "last",
        "--set", "generation.max_new_tokens=3",
    )  # fmt: skip
    assert code == 0
    assert (answer["state"], answer["written"], answer["trained_run"]) == ("finished", 4, 1)
    assert [one["sample"] for one in answer["captions"]] == ["1009", "1010", "1011", "1012"]
    assert answer["empty"] == sum(not one["text"] for one in answer["captions"])
    document = Document.open(project, read_only=True)
    assert document.query(queries.count, f"suggested:{answer['run']}") == 4
    document.close()
    code, answer, _ = ask(capsys, "caption", project, "--recipe", "run:1", "--query", "key:1012")
    assert (code, answer["written"], answer["trained_run"]) == (0, 1, None)
    assert any("projector is random" in words for words in answer["warnings"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "Name what writes"),
        (("1", "--recipe", "bert-lora"), 2, "Name what writes"),
        (("--recipe", "bert-lora"), 1, "writes no captions"),
        (("7",), 2, "There is no run 7"),
        (("1", "--checkpoint", "3"), 2, "3"),
        (("1", "--query", "colour:red"), 1, "Expected"),
        (("1", "--query", "key:none"), 1, "No sample here has a picture"),
        (("1", "--set", "epochs=7"), 1, "own options"),
    ],
)
def test_what_makes_no_sense_is_refused(project, capsys, words, code, said):
    found, _, err = ask(capsys, "caption", project, *words)
    assert (found, said in err) == (code, True), err
