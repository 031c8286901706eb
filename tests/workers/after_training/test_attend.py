"""The attention job: files with base and tuned maps that equal eager attention."""

import time

import pytest
import torch

from tests.workers.after_training.trained_runs import (
    LABELS,
    TEXTS,
    make_job,
    run_worker,
    sha256,
    start_worker,
)
from tests.workers.captured_maps import read_map
from workers.contract import folder
from workers.contract.catalogue import weights_folder
from workers.contract.events import Failed, Finished, MapCaptured, Progressed, Reason, Stopped
from workers.contract.job import AttentionJob
from workers.contract.journal import read_journal
from workers.models import checkpoints, loading

pytestmark = pytest.mark.skipif(
    weights_folder("minilm") is None, reason="the weights of MiniLM are not here"
)


@pytest.fixture(scope="module")
def attended(lora_run, tmp_path_factory):
    place = tmp_path_factory.mktemp("attend") / "run"
    make_job(place, AttentionJob, lora_run)
    code, events = run_worker("attend", place)
    assert code == 0, (place / folder.LOG).read_text()
    return place, events


def eager(model, tokenizer, text):
    inner = model.get_base_model()
    inner.set_attn_implementation("eager")
    inputs = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        output = model(**inputs, output_attentions=True)
    return torch.cat(output.attentions), output.logits[0]


def test_each_sample_gets_a_file_that_the_journal_vouches_for(attended):
    place, events = attended
    captured = [event for event in events if isinstance(event, MapCaptured)]
    assert [event.sample_id for event in captured] == [10, 11, 12, 13]
    assert all(sha256(place / event.path) == event.sha256 for event in captured)
    assert isinstance(events[-1], Finished)
    progress = [event.done for event in events if isinstance(event, Progressed)]
    assert progress == [1, 2, 3, 4]


@pytest.mark.parametrize("index", range(len(TEXTS)))
def test_maps_and_logits_equal_those_of_eager_attention(attended, lora_run, index):
    place, _ = attended
    arrays, provenance = read_map(place / folder.MAPS / f"{10 + index}.safetensors")
    model, tokenizer, _ = loading.load_trained(lora_run)
    tuned, logits = eager(model, tokenizer, TEXTS[index])
    with model.disable_adapter():
        base, base_logits = eager(model, tokenizer, TEXTS[index])
    assert arrays["tuned"].shape == arrays["base"].shape == tuned.shape
    assert (arrays["tuned"].float() - tuned).abs().max() <= 5e-4
    assert (arrays["base"].float() - base).abs().max() <= 5e-4
    assert (tuned - base).abs().max() > 5e-3
    assert torch.allclose(torch.tensor(provenance["tuned_logits"]), logits, atol=1e-5)
    assert torch.allclose(torch.tensor(provenance["base_logits"]), base_logits, atol=1e-5)


def test_provenance_names_everything_that_made_the_map(attended, lora_run):
    place, _ = attended
    _, provenance = read_map(place / folder.MAPS / "10.safetensors")
    weights = folder.checkpoint_folder(lora_run, 4) / checkpoints.WEIGHTS
    assert provenance["base_model"] == "sentence-transformers/all-MiniLM-L6-v2"
    assert provenance["adapter_sha256"] == sha256(weights)
    assert provenance["step"] == 4
    assert provenance["run_token"] == folder.load_job(lora_run).token
    assert provenance["tokens"][:3] == ["[CLS]", "a", "cyclist"]
    assert provenance["special"][0]
    assert provenance["special"][-1]
    assert [TEXTS[0][start:end] for start, end in provenance["spans"][1:3]] == ["A", "cyclist"]
    assert provenance["labels"] == list(LABELS)
    assert provenance["label"] == "dangerous"
    assert sum(provenance["tuned_probabilities"]) == pytest.approx(1, abs=1e-5)
    assert provenance["cut"] is False


def test_the_same_job_gives_the_same_bytes(attended, lora_run, tmp_path):
    place, _ = attended
    again = tmp_path / "again"
    make_job(again, AttentionJob, lora_run)
    assert run_worker("attend", again)[0] == 0
    for path in (place / folder.MAPS).iterdir():
        assert sha256(path) == sha256(again / folder.MAPS / path.name)


def test_a_run_of_whole_weights_is_compared_with_the_base_loaded_anew(whole_run, tmp_path):
    place = tmp_path / "run"
    make_job(place, AttentionJob, whole_run)
    assert run_worker("attend", place)[0] == 0
    arrays, provenance = read_map(place / folder.MAPS / "10.safetensors")
    assert torch.equal(arrays["base"][:5], arrays["tuned"][:5])
    assert not torch.equal(arrays["base"][5], arrays["tuned"][5])
    assert provenance["method"] == "freeze"


def test_a_stop_ends_the_capture_and_keeps_what_is_done(lora_run, tmp_path):
    place = tmp_path / "run"
    make_job(place, AttentionJob, lora_run)
    folder.ask(place, folder.Request.STOP)
    began = time.monotonic()
    assert start_worker("attend", place).wait(120) == 0
    assert time.monotonic() - began < 100
    assert isinstance(read_journal(place / folder.JOURNAL).events[-1], Stopped)


def test_a_checkpoint_that_is_not_there_is_said(lora_run, tmp_path):
    place = tmp_path / "run"
    make_job(place, AttentionJob, lora_run, checkpoint="77")
    code, events = run_worker("attend", place)
    assert code == 1
    assert isinstance(events[-1], Failed)
    assert events[-1].reason == Reason.BAD_CHECKPOINT
    assert "77" in events[-1].message
