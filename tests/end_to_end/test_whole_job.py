"""Import, train, evaluate, attend, export, by the command line, with the real MiniLM."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resources.example import draw_example

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("minilm")


def answer(*words):
    done = subprocess.run(
        [sys.executable, "main.py", *map(str, words), "--json"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=400,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    draw_example(folder / "drawn", count=40, wrong_share=0.0)
    path = folder / "p.studio"
    assert answer("import", path, folder / "drawn" / "images")["samples"] == 40
    return path


@pytest.fixture(scope="module")
def trained(project):
    return answer(
        "train", project, "example", "--set", "epochs=2", "--set", "evaluation.baseline_seeds=2"
    )


def test_a_training_ends_with_its_figures_beside_the_majority(trained):
    assert trained["state"] == "finished"
    validation = trained["validation"]
    assert validation["count"] == 4
    assert validation["accuracy"] == validation["correct"] / 4
    assert validation["majority"] >= 0.5
    assert validation["sentence"]


def test_the_same_figures_come_out_of_a_fresh_process(project, trained):
    again = answer("evaluate", project, trained["run"], "--checkpoint", "best")
    assert again["validation"]["correct"] == trained["validation"]["correct"]
    assert again["validation"]["loss"] == pytest.approx(trained["validation"]["loss"], rel=1e-5)


def test_attention_of_a_sample_is_captured_with_its_provenance(project, trained, tmp_path):
    words = ("attend", project, trained["run"], "--sample", "scene-0001", "--out", tmp_path)
    (one,) = answer(*words)["maps"]
    assert one["sample"] == "scene-0001"
    assert Path(one["path"]).stat().st_size > 1000
    provenance = json.loads(Path(one["path"]).with_suffix(".json").read_text())
    assert provenance["tokens"][0] == "[CLS]"


def test_an_export_is_proven_and_lies_complete_in_its_folder(project, trained, tmp_path):
    found = answer("export", project, trained["run"], tmp_path / "adapter")
    assert found["max_logit_difference"] <= 1e-5
    names = {path.name for path in (tmp_path / "adapter").iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors", "README.md", "predict.py"} <= names


def test_the_project_alone_brings_the_checkpoint_back(project, trained, tmp_path):
    folder = project.parent / trained["folder"]
    folder.rename(tmp_path / "moved")
    again = answer("evaluate", project, trained["run"])
    assert again["validation"]["correct"] == trained["validation"]["correct"]
