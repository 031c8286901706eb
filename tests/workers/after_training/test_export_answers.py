"""Export of language models: adapter and merged folders that word prompts and answer as the run."""

import json
import os
import subprocess
import sys

import pytest
import torch

from tests.workers.after_training import language_runs
from tests.workers.after_training.trained_runs import run_worker, sha256
from workers.contract import folder
from workers.contract.events import Exported, Finished
from workers.contract.job import ExportJob
from workers.models import loading

SLOW = pytest.mark.slow
CAPTION = "A cyclist crosses right in front of us."


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.set_num_threads(1)
    return language_runs.make_model(tmp_path_factory.mktemp("base") / "model", sharpness=1.0)


def export_run(place, model, changes=None, **values):
    run = language_runs.make_run(place / "run", model, changes)
    destination = place / "away"
    job = {"destination": str(destination)} | values
    language_runs.make_job(place / "job", ExportJob, run, **job)
    code, events = run_worker("export", place / "job")
    assert code == 0, (place / "job" / folder.LOG).read_text()
    return run, destination, events


def predict(destination, *captions, base=""):
    return subprocess.run(
        [sys.executable, "-I", str(destination / "predict.py"), *captions],
        env=os.environ | {"BASE_MODEL": str(base), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout


def done_of(events):
    assert isinstance(events[-1], Finished)
    return next(event for event in events if isinstance(event, Exported))


@pytest.mark.parametrize("template", ["chat", "instruct"])
def test_an_adapter_words_every_template_as_the_run_did(model, tmp_path, template):
    _, destination, events = export_run(tmp_path, model, {"prompt.template": template})
    done = done_of(events)
    assert done.samples == len(language_runs.ROWS)
    assert done.max_logit_difference <= 1e-5
    assert {"adapter_config.json", "chat_template.jinja", "labels.json"} <= set(done.files)
    assert "config.json" not in done.files
    assert all(sha256(destination / name) == digest for name, digest in done.files.items())
    card = (destination / "README.md").read_text()
    assert "pipeline_tag: text-generation" in card
    assert "## Usage" in card


def test_predict_writes_the_runs_own_answer(model, tmp_path):
    changes = {"generation.max_new_tokens": 6, "prompt.template": "chat"}
    run, destination, _ = export_run(tmp_path, model, changes)
    tuned, tokenizer, job = loading.load_trained(run)
    turns = [{"role": "user", "content": f"{job.options.prompt.instruction}\n{CAPTION}"}]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    ids = torch.tensor([tokenizer(text)["input_ids"]])
    made = tuned.generate(input_ids=ids, max_new_tokens=6, do_sample=False)
    expected = tokenizer.decode(made[0, ids.shape[1] :], skip_special_tokens=True)
    assert predict(destination, CAPTION, base=model).strip() == f"{expected}  <-  {CAPTION}".strip()


@pytest.mark.parametrize(
    "changes",
    [
        {"adapter.decomposed": True, "adapter.rank_stabilised": True},
        pytest.param({"method": "freeze", "freeze.trainable": ["layers.1"]}, marks=SLOW),
        pytest.param({"precision": "bf16"}, marks=SLOW),
    ],
)
def test_a_merged_folder_needs_no_peft_and_answers_alike(model, tmp_path, changes):
    _, destination, events = export_run(tmp_path, model, changes, merged=True)
    assert done_of(events).max_logit_difference <= 1e-4
    assert not (destination / "adapter_config.json").exists()
    assert "peft" not in (destination / "predict.py").read_text()
    config = json.loads((destination / "config.json").read_text())
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert config["dtype"] == "float32"
    assert CAPTION in predict(destination, CAPTION)


def test_a_merged_folder_is_what_the_gguf_converter_reads(model, tmp_path):
    import gguf
    from safetensors import safe_open

    _, destination, _ = export_run(tmp_path, model, merged=True)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 2)
    with safe_open(destination / "model.safetensors", "pt") as file:
        assert all(names.get_name(name, (".weight",)) for name in file.keys())  # noqa: SIM118
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float32}  # noqa: SIM118
    words = gguf.SpecialVocab(destination, load_merges=True)
    assert len(words.merges) == 6
    assert (
        words.special_token_ids["eos"]
        == json.loads((destination / "config.json").read_text())["eos_token_id"]
    )
    assert words.chat_template == language_runs.CHAT
    settings = json.loads((destination / "tokenizer_config.json").read_text())
    assert settings["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert "convert_hf_to_gguf.py" in (destination / "README.md").read_text()


@SLOW
@pytest.mark.parametrize(("precision", "merged"), [("fp32", False), ("bf16", True)])
def test_a_qlora_run_is_proven_beside_the_weights_it_is_put_on(model, tmp_path, merged, precision):
    changes = {"quantisation.kind": "nf4", "precision": precision}
    _, destination, events = export_run(tmp_path, model, changes, merged=merged)
    assert done_of(events).max_logit_difference <= 1e-4
    assert ("BitsAndBytesConfig" in (destination / "predict.py").read_text()) is not merged
