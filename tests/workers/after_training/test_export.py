"""Export: what is handed over was loaded by a clean process and gave the same answers."""

import json
import os
import subprocess
import sys
import time

import pytest

from tests.workers.after_training.trained_runs import (
    LABELS,
    TEXTS,
    make_job,
    make_run,
    run_worker,
    sha256,
    start_worker,
)
from workers import export
from workers.contract import folder
from workers.contract.catalogue import weights_folder
from workers.contract.events import Exported, Failed, Finished, Progressed, Reason, Stopped
from workers.contract.job import ExportJob
from workers.contract.journal import JournalWriter, read_journal
from workers.models.trouble import Trouble
from workers.reporting import Report

WEIGHTS = weights_folder("minilm")
pytestmark = pytest.mark.skipif(WEIGHTS is None, reason="the weights of MiniLM are not here")


def export_run(tmp_path, parent, **values):
    destination = tmp_path / "carried" / "away"
    make_job(tmp_path / "job", ExportJob, parent, destination=str(destination), **values)
    code, events = run_worker("export", tmp_path / "job")
    return destination, code, events


def only_left(path):
    return sorted(item.name for item in path.iterdir()) if path.exists() else []


@pytest.fixture(scope="module")
def adapter(lora_run, tmp_path_factory):
    place = tmp_path_factory.mktemp("adapter")
    destination, code, events = export_run(place, lora_run, model_card="# My classifier\n\nFacts.")
    assert code == 0, (place / "job" / folder.LOG).read_text()
    return destination, events


def test_an_adapter_is_handed_over_with_its_proof(adapter):
    destination, events = adapter
    done = next(event for event in events if isinstance(event, Exported))
    assert isinstance(events[-1], Finished)
    assert done.path == str(destination)
    assert done.samples == len(TEXTS)
    assert done.max_logit_difference <= 1e-5
    assert {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json"} <= set(done.files)
    assert all(sha256(destination / name) == digest for name, digest in done.files.items())
    manifest = json.loads((destination / "manifest.json").read_text())
    assert manifest["sha256"] == done.files
    assert only_left(destination.parent) == ["away"]
    assert [event.stage for event in events if isinstance(event, Progressed) and event.done == 0][
        :2
    ] == ["write", "load"]


def test_the_folder_says_what_it_is_and_nothing_of_this_computer(adapter):
    destination, _ = adapter
    card = (destination / "README.md").read_text()
    assert card.startswith("---\nbase_model: sentence-transformers/all-MiniLM-L6-v2\n")
    assert "license: apache-2.0" in card
    assert "# My classifier" in card
    assert "## Proof" in card
    config = json.loads((destination / "config.json").read_text())
    assert config["id2label"] == {"0": "dangerous", "1": "safe"}
    assert json.loads((destination / "labels.json").read_text()) == list(LABELS)
    named = json.loads((destination / "adapter_config.json").read_text())
    assert named["base_model_name_or_path"] == "sentence-transformers/all-MiniLM-L6-v2"
    for path in destination.iterdir():
        assert os.fsencode(str(WEIGHTS)) not in path.read_bytes(), path.name


def test_predict_answers_from_a_plain_shell(adapter, tmp_path):
    destination, _ = adapter
    done = subprocess.run(
        [sys.executable, "-I", str(destination / "predict.py"), TEXTS[0]],
        cwd=tmp_path,
        env=os.environ | {"BASE_MODEL": str(WEIGHTS), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    label, share, text = done.stdout.strip().split("  ", 2)
    assert label in LABELS
    assert 0.5 <= float(share) <= 1
    assert text == TEXTS[0]


@pytest.mark.parametrize("run", ["lora_run", "whole_run"])
def test_a_merged_model_needs_no_peft_and_no_base(request, tmp_path, run):
    destination, code, events = export_run(tmp_path, request.getfixturevalue(run), merged=True)
    assert code == 0, events[-1]
    assert events[-2].max_logit_difference <= 1e-5
    assert (destination / "model.safetensors").is_file()
    assert not (destination / "adapter_config.json").exists()
    assert "peft" not in (destination / "predict.py").read_text()
    config = json.loads((destination / "config.json").read_text())
    assert config["label2id"] == {"dangerous": 0, "safe": 1}
    assert config["architectures"] == ["BertForSequenceClassification"]


@pytest.mark.slow
@pytest.mark.parametrize("merged", [False, True])
def test_a_run_beside_quantised_weights_is_proven_too(tmp_path, merged):
    parent = make_run(tmp_path / "run", {"quantisation.kind": "nf4"})
    destination, code, events = export_run(tmp_path, parent, merged=merged)
    assert code == 0, events[-1]
    assert events[-2].max_logit_difference <= 1e-5
    assert ("BitsAndBytesConfig" in (destination / "predict.py").read_text()) is not merged


def test_whole_weights_have_no_adapter(whole_run, tmp_path):
    destination, code, events = export_run(tmp_path, whole_run)
    assert code == 1
    assert events[-1].reason == Reason.BAD_OPTION
    assert "Export the merged model" in events[-1].message
    assert only_left(destination.parent) == []


def test_a_folder_with_something_in_it_is_left_alone(lora_run, tmp_path):
    (tmp_path / "carried" / "away").mkdir(parents=True)
    (tmp_path / "carried" / "away" / "mine.txt").write_text("mine")
    destination, code, events = export_run(tmp_path, lora_run)
    assert code == 1
    assert isinstance(events[-1], Failed)
    assert "exists and is not empty" in events[-1].message
    assert only_left(destination) == ["mine.txt"]


def test_cancelling_leaves_nothing_behind(lora_run, tmp_path):
    destination = tmp_path / "carried" / "away"
    place = tmp_path / "job"
    make_job(place, ExportJob, lora_run, destination=str(destination))
    process = start_worker("export", place)
    while not any(
        isinstance(event, Progressed) and event.stage == "load"
        for event in read_journal(place / folder.JOURNAL).events
    ):
        assert process.poll() is None
        time.sleep(0.05)
    folder.ask(place, folder.Request.STOP)
    assert process.wait(30) == 0
    assert isinstance(read_journal(place / folder.JOURNAL).events[-1], Stopped)
    assert only_left(destination.parent) == []


def test_answers_that_differ_are_not_proven():
    with pytest.raises(Trouble, match=r"answers differ by 0\.04 \(limit 1e-5\)") as caught:
        export.compare([[1.0, 2.0], [0.0, 1.0]], [[1.0, 2.0], [0.0, 1.04]])
    assert caught.value.reason == Reason.NOT_PROVEN
    with pytest.raises(Trouble):
        export.compare([[1.0]], [[float("nan")]])
    proof = export.compare([[1.0, 2.0]], [[1.0, 2.000003]])
    assert proof.largest_difference == pytest.approx(3e-6, rel=1e-3)


def test_a_folder_that_cannot_be_loaded_is_not_proven(lora_run, tmp_path):
    job = make_job(tmp_path / "job", ExportJob, lora_run, destination=str(tmp_path / "away"))
    (tmp_path / "predict.py").write_text("raise RuntimeError('the weights are torn')")
    with JournalWriter(tmp_path / "job" / folder.JOURNAL) as journal:
        report = Report(tmp_path / "job", job, journal, threads=1)
        with pytest.raises(Trouble, match="the weights are torn") as caught:
            export.ask_clean_process(report, tmp_path, ["text"], str(WEIGHTS))
    assert caught.value.reason == Reason.NOT_PROVEN
