"""A language model from the command line: train, continue twice, ask untrained and with shots."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workers.language.tiny_language_models import write_tiny_language_model

REPOSITORY = Path(__file__).resolve().parents[2]
QUICK = {
    "max_length": 64,
    "prompt.template": "plain",
    "adapter.rank": 4,
    "adapter.alpha": 8,
    "adapter.targets": "q_proj,v_proj",
    "optimizer.learning_rate": 0.01,
    "micro_batch_size": 4,
    "precision": "fp32",
    "quantisation.kind": "none",
    "generation.max_new_tokens": 4,
    "generation.beams": 1,
    "generation.sample": "no",
    "accumulation": 1,
    "threads": 1,
}


def ask(*words):
    return subprocess.run(
        [sys.executable, "main.py", *map(str, words)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"},
    )


def answer(*words):
    done = ask(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def settings(model, **changes):
    values = {"base_model": model} | QUICK | changes
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture(scope="module")
def tiny_llama(tmp_path_factory):
    return write_tiny_language_model(tmp_path_factory.mktemp("models") / "llama", "llama", 2)


@pytest.fixture(scope="module")
def answers_project(tmp_path_factory):
    """Twenty instructions whose answer follows from the question."""
    folder = tmp_path_factory.mktemp("answers")
    rows = [
        {
            "instruction": "the road",
            "input": f"a van w{number}",
            "output": "stops" if number % 2 else f"crosses the road w{number}",
        }
        for number in range(20)
    ]
    table = folder / "alpaca.json"
    table.write_text(json.dumps(rows))
    path = folder / "answers.studio"
    report = answer("import", path, table)
    assert report["samples"] == 20, report
    return path


@pytest.fixture(scope="module")
def labels_project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    rows = [
        f"a cyclist crosses w{number},dangerous" if number % 2 else f"the van stops w{number},safe"
        for number in range(20)
    ]
    table = folder / "rows.csv"
    table.write_text("\n".join(["text,label", *rows]) + "\n")
    path = folder / "labels.studio"
    assert answer("import", path, table)["samples"] == 20
    return path


def test_answers_are_learned_continued_twice_and_set_beside_the_base_model(
    answers_project, tiny_llama
):
    project, options = answers_project, settings(tiny_llama)
    first = answer("train", project, "qlora-instruct", *options)
    assert first["state"] == "finished"
    measured = first["validation"]
    assert measured["accuracy"] is None
    assert measured["loss"] > 0
    assert set(measured["perplexity"]) == {"mean", "median", "percentile_95", "pooled"}
    second = answer("train", project, "qlora-instruct", *options, "--from", first["run"])
    third = answer(
        "train", project, "qlora-instruct", *options, "--from", second["run"], "--keep-optimizer"
    )
    assert (second["parent"], third["parent"]) == (first["run"], second["run"])
    means = [run["validation"]["perplexity"]["mean"] for run in (first, second, third)]
    assert means[2] < means[0]
    line = answer("lineage", project, third["run"])
    assert [(one["epochs"], one["cumulative_epochs"]) for one in line["lineage"]] == [
        (1, 1),
        (1, 2),
        (1, 3),
    ]
    assert [one["keeps_optimizer"] for one in line["lineage"]] == [False, False, True]
    assert line["sentence"].endswith("3 epochs in all")
    zero = answer("evaluate", project, third["run"], "--untrained")
    few = answer("evaluate", project, third["run"], "--untrained", "--shots", 3)
    tuned = answer("evaluate", project, third["run"], "--write")
    assert [arm["name"] for arm in tuned["arms"]] == ["Zero-shot", "3-shot", "Tuned"]
    assert len(few["shots"]) == 3
    by_name = {arm["name"]: arm["perplexity"]["mean"] for arm in tuned["arms"]}
    assert by_name["Tuned"] == pytest.approx(means[2], rel=1e-4)
    assert by_name["Tuned"] < by_name["Zero-shot"]
    assert zero["validation"]["perplexity"]["mean"] == by_name["Zero-shot"]
    assert tuned["arms"][-1]["written"]["count"] == 2
    said = ask("evaluate", project, third["run"])
    assert "lower than zero-shot" in said.stdout
    assert "Zero-shot " in said.stdout
    listed = answer("runs", project)["runs"]
    assert [row["validation"]["perplexity"]["mean"] > 0 for row in listed] == [True] * len(listed)


def test_labels_are_told_by_words_with_shots_and_without(labels_project, tiny_llama):
    options = settings(tiny_llama)
    first = answer("train", labels_project, "qwen-verdict", *options, "--set", "epochs=1")
    repeated = ("train", labels_project, f"run:{first['run']}", "--set", "epochs=2")
    trained = answer(*repeated)
    assert 0 <= trained["validation"]["accuracy"] <= 1
    assert trained["validation"]["perplexity"]["mean"] > 1
    shots = ",".join(f"{number}" for number in (3, 4))
    few = answer("evaluate", labels_project, trained["run"], "--untrained", "--shot-ids", shots)
    assert few["shots"] == [3, 4]
    names = [arm["name"] for arm in few["arms"]]
    assert names == ["Zero-shot", "2-shot", "Tuned"]
    assert all(arm["accuracy"] is not None for arm in few["arms"])


def test_a_grid_goes_on_after_a_worker_that_really_fails(labels_project, tiny_llama, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in tiny_llama.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    (broken / "model.safetensors").write_bytes(b"this is no safetensors file")
    done = ask(
        "train", labels_project, "qwen-verdict", *settings(tiny_llama, epochs=1),
        "--grid", f"base_model={broken},{tiny_llama}", "--json",
    )  # fmt: skip
    assert done.returncode == 1
    rows = json.loads(done.stdout.strip().splitlines()[-1])["runs"]
    assert [row["state"] for row in rows] == ["failed", "finished"]
    assert rows[0]["message"]


def test_wrong_starts_and_arms_get_a_plain_sentence(labels_project, tiny_llama):
    options = settings(tiny_llama)
    missing = ask("train", labels_project, "qwen-verdict", *options, "--from", 99)
    assert (missing.returncode, missing.stderr) == (1, "There is no run 99 in this project.\n")
    alone = ask("train", labels_project, "qwen-verdict", *options, "--keep-optimizer")
    assert (alone.returncode, alone.stderr[:32]) == (2, "--keep-optimizer needs --from RU")
    both = ask("evaluate", labels_project, 1, "--shots", 3, "--shot-ids", "1")
    assert both.returncode == 2
