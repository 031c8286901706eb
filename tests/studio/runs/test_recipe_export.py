"""A run as recipe: the plain script repeats it, and LLaMA-Factory gets what it reads."""

import json
import os
import subprocess
import sys
import uuid

import pytest
import torch

from studio.errors import StudioError
from studio.runs.llama_factory_recipe import factory_rows, yaml_of
from studio.runs.recipe_export import end_text, export_recipe, write_recipe
from tests.studio.ui.runs import filled
from tests.workers.after_training import language_runs
from workers.contract import folder, templates
from workers.contract.events import PerplexityMeasured, Stepped
from workers.contract.job import BaseModelReference, TrainingJob
from workers.contract.journal import read_journal
from workers.contract.options import TrainingOptions, with_values
from workers.contract.snapshot import SnapshotSample, write_snapshot

CHANGES = language_runs.OPTIONS | {
    "prompt.template": "plain",
    "epochs": 2,
    "micro_batch_size": 4,
    "accumulation": 2,
    "adapter.dropout": 0.0,
    "optimizer.learning_rate": 5e-3,
    "schedule.kind": "cosine",
    "schedule.warmup_share": 0.25,
    "evaluation.baseline_seeds": 0,
    "threads": 1,
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.set_num_threads(1)
    return language_runs.make_model(tmp_path_factory.mktemp("base") / "model", sharpness=1.0)


def samples(count=18):
    return [
        SnapshotSample(
            id=number,
            key=f"s{number}",
            text=f"{text} {'Again. ' * (number % 5)}",
            label=label,
            answer=answer,
            split="validation" if number % 6 == 0 else "train",
        )
        for number, (text, label, answer) in enumerate(
            language_runs.ROWS[index % 3] for index in range(count)
        )
    ]


def make_job(place, model, changes=None):
    place.mkdir()
    return TrainingJob(
        token=uuid.uuid4().hex,
        base_model=BaseModelReference(name=str(model), folder=str(model)),
        options=with_values(TrainingOptions(base_model=str(model)), CHANGES | (changes or {})),
        labels=language_runs.LABELS,
        snapshot_sha256=write_snapshot(place, samples()),
    )


def train(place, job):
    folder.write_job(place, job)
    with (place / folder.LOG).open("wb") as log:
        command = [sys.executable, "-m", "workers.train", str(place)]
        code = subprocess.run(command, stdout=log, stderr=log, timeout=300).returncode
    assert code == 0, (place / folder.LOG).read_text()
    return read_journal(place / folder.JOURNAL).events


def repeat(place, model):
    done = subprocess.run(
        [sys.executable, "-I", str(place / "train.py")],
        env=os.environ | {"BASE_MODEL": str(model), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((place / "out" / "losses.json").read_text())


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt.answer": "text", "prompt.template": "chat"},
        pytest.param(
            {"packed": True, "prompt.masking": "reference", "max_length": 90},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_plain_script_repeats_the_losses_of_the_run(model, tmp_path, changes):
    job = make_job(tmp_path / "run", model, changes)
    events = train(tmp_path / "run", job)
    write_recipe(tmp_path / "recipe", job, "Run 7", samples())
    repeated = repeat(tmp_path / "recipe", model)
    steps = [event.metrics["train/loss"] for event in events if isinstance(event, Stepped)]
    each = len(steps) // 2
    ours = [sum(steps[:each]) / each, sum(steps[each:]) / each]
    assert [row["train"] for row in repeated] == pytest.approx(ours, abs=1e-4)
    assert ours[1] < ours[0]
    assert any(isinstance(event, PerplexityMeasured) for event in events)
    assert (tmp_path / "recipe" / "out" / "adapter_model.safetensors").is_file()


def test_a_models_own_code_is_named_and_not_run_elsewhere(model, tmp_path):
    job = make_job(tmp_path / "run", model)
    base = job.base_model.model_copy(update={"trusted_code": "ab" * 32})
    write_recipe(
        tmp_path / "recipe", job.model_copy(update={"base_model": base}), "Run 7", samples()
    )
    said = (tmp_path / "recipe" / "README.md").read_text()
    assert "It brings its own code, revision abababababab. Nothing here runs it" in said
    assert "trust_remote_code: false" in (tmp_path / "recipe" / "llama_factory.yaml").read_text()


def test_the_folder_holds_data_settings_and_both_ways_to_train(model, tmp_path):
    job = make_job(tmp_path / "run", model)
    done = write_recipe(tmp_path / "recipe", job, "Run 7", samples())
    assert done.samples == {"train": 15, "validation": 3}
    assert set(done.files) == {
        "README.md",
        "dataset_info.json",
        "llama_factory.yaml",
        "llama_factory_train.json",
        "llama_factory_validation.json",
        "recipe.json",
        "train.json",
        "train.py",
        "validation.json",
    }
    row = json.loads((tmp_path / "recipe" / "train.json").read_text())[0]
    assert row == {
        "instruction": job.options.prompt.instruction,
        "input": samples()[1].text,
        "output": "safe",
    }
    told = json.loads((tmp_path / "recipe" / "llama_factory_train.json").read_text())[0]
    assert told["instruction"] == f"{row['instruction']}\n{row['input']}\n"
    assert told["output"] == "safe<|im_end|>"
    with pytest.raises(StudioError, match="not empty"):
        write_recipe(tmp_path / "recipe", job, "Run 7", samples())


def test_the_yaml_says_what_the_run_did(model, tmp_path):
    import yaml

    changes = {
        "quantisation.kind": "nf4",
        "adapter.targets": ["all-linear"],
        "adapter.decomposed": True,
        "packed": True,
        "schedule.kind": "constant",
        "precision": "bf16",
    }
    job = make_job(tmp_path / "run", model, changes)
    text = yaml_of(job, templates.find_template("plain"), ["train", "validation"])
    found = yaml.safe_load(text)
    assert found["lora_target"] == "all"
    assert (found["quantization_bit"], found["double_quantization"]) == (4, True)
    assert (found["packing"], found["neat_packing"], found["use_dora"]) == (True, True, True)
    assert found["lr_scheduler_type"] == "constant_with_warmup"
    assert (found["per_device_train_batch_size"], found["gradient_accumulation_steps"]) == (4, 2)
    assert (found["bf16"], found["fp16"], found["cutoff_len"]) == (True, False, 512)
    assert found["template"] == "empty"
    assert found["dataset"] in json.dumps({"traffic_train": 0})


def test_a_chat_template_stays_the_models_own(model, tmp_path):
    job = make_job(tmp_path / "run", model, {"prompt.template": "chat"})
    chat = templates.find_template("chat")
    assert "template:" not in yaml_of(job, chat, ["train"])
    rows = [{"instruction": "Say.", "input": "A car.", "output": "safe"}]
    assert factory_rows(rows, chat, "<end>") == rows
    assert end_text(job) == "<|im_end|>"


def test_a_classifier_is_refused_and_nothing_written(tmp_path):
    document = filled.make_document(tmp_path / "p.studio", count=24)
    run_id = filled.add_run(document, filled.make_options(tmp_path, epochs=2), name="Run 7")
    with pytest.raises(StudioError, match="trained a classifier"):
        export_recipe(document, run_id, tmp_path / "recipe")
    assert not (tmp_path / "recipe").exists()
    document.close()
