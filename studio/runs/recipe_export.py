"""A run for others to repeat: plain script, LLaMA-Factory YAML, and the data in its format."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.document import Document
from studio.errors import StudioError
from studio.runs import llama_factory_recipe
from studio.runs.run_record import RunRecord, load_record
from workers.contract import catalogue, templates
from workers.contract import folder as run_folder
from workers.contract.job import TrainingJob
from workers.contract.model_code import short
from workers.contract.options import AnswerKind, PromptOptions
from workers.contract.snapshot import SnapshotSample, read_snapshot
from workers.contract.templates import Template

SCRIPT = Path(__file__).resolve().parents[2] / "workers" / "portable" / "train_answers.py"
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class RecipeExport:
    """What was written, and how many samples of each split it holds."""

    folder: Path
    files: tuple[str, ...]
    samples: dict[str, int]


def export_recipe(document: Document, run_id: int, destination: Path) -> RecipeExport:
    """Write the recipe of a run of the project; StudioError when it cannot be repeated so."""
    record = document.query(load_record, run_id)
    return write_recipe(destination, record.training, record.name, _samples(document, record))


def write_recipe(
    destination: Path, job: TrainingJob, name: str, samples: Sequence[SnapshotSample]
) -> RecipeExport:
    """Write the folder whole or not at all."""
    if not job.options.task.writes or job.options.prompt is None:
        raise StudioError(
            f"{name} trained a classifier, which LLaMA-Factory does not train.",
            "Runs whose task is an answer in words can be exported as a recipe.",
        )
    if job.options.vision is not None:
        raise StudioError(
            f"{name} learns from pictures, which an exported recipe does not hold yet.",
            "Its run folder holds the whole job: job.json and dataset.jsonl.",
        )
    _refuse_taken(destination)
    rows = {split: _rows(job, samples, split) for split in SPLITS}
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".recipe-", dir=destination.parent) as made:
        aside = Path(made) / destination.name
        aside.mkdir()
        _write(aside, job, name, rows)
        if destination.is_dir():
            destination.rmdir()
        shutil.move(aside, destination)
    files = tuple(sorted(path.name for path in destination.iterdir()))
    counts = {split: len(found) for split, found in rows.items() if found}
    return RecipeExport(destination, files, counts)


def _write(place: Path, job: TrainingJob, name: str, rows: dict[str, list[dict[str, str]]]) -> None:
    prompt = job.options.prompt
    assert prompt is not None
    template = _template_of(prompt)
    for split, found in rows.items():
        if found:
            _write_json(place / f"{split}.json", found)
    _write_json(place / "recipe.json", _recipe(job, template, name))
    shutil.copyfile(SCRIPT, place / "train.py")
    end = end_text(job)
    factory = llama_factory_recipe.factory_rows
    for split in ("train", "validation"):
        if rows[split]:
            _write_json(place / f"llama_factory_{split}.json", factory(rows[split], template, end))
    given = [split for split in ("train", "validation") if rows[split]]
    _write_json(place / "dataset_info.json", llama_factory_recipe.dataset_info(given))
    (place / "llama_factory.yaml").write_text(
        llama_factory_recipe.yaml_of(job, template, given), encoding="utf-8"
    )
    (place / "README.md").write_text(_readme(job, name, template, end), encoding="utf-8")


def _recipe(job: TrainingJob, template: Template, name: str) -> dict[str, Any]:
    assert job.options.prompt is not None
    of_label = job.options.prompt.answer == AnswerKind.LABEL
    return {
        "run": name,
        "base_model": job.base_model.hub_id or job.base_model.name,
        "revision": job.base_model.revision,
        "template": {"text": template.text, "bos": template.bos, "system": template.system},
        "labels": list(job.labels) if of_label else [],
        "options": job.options.model_dump(mode="json"),
    }


def _rows(job: TrainingJob, samples: Iterable[SnapshotSample], split: str) -> list[dict[str, str]]:
    """Alpaca rows in the snapshot's order, of the samples that the run trained on."""
    prompt = job.options.prompt
    assert prompt is not None
    found = []
    for sample in samples:
        answer = (sample.label or "") if prompt.answer == AnswerKind.LABEL else sample.answer
        instruction = sample.instruction or prompt.instruction
        asked = sample.text.strip() or sample.instruction.strip()
        if (sample.split or "train") == split and asked and answer.strip():
            found.append({"instruction": instruction, "input": sample.text, "output": answer})
    return found


def _samples(document: Document, record: RunRecord) -> Sequence[SnapshotSample]:
    folder = document.folder / record.folder
    if not (folder / run_folder.SNAPSHOT).is_file():
        raise StudioError(
            f"The folder of run {record.id} is gone, and with it the samples as they were.",
            "Train it once more, then export the new run.",
        )
    return list(read_snapshot(folder))


def _template_of(prompt: PromptOptions) -> Template:
    found = templates.chosen_template(prompt)
    if found is None:
        raise StudioError(f"There is no template called “{prompt.template}”.")
    return found


def end_text(job: TrainingJob) -> str:
    """The token that ends an answer, as text; empty when this computer does not have the model."""
    place = catalogue.weights_folder(job.base_model.name)
    file = place / "tokenizer_config.json" if place else None
    if file is None or not file.is_file():
        return ""
    end = json.loads(file.read_text(encoding="utf-8")).get("eos_token") or ""
    return end.get("content", "") if isinstance(end, dict) else str(end)


def _readme(job: TrainingJob, name: str, template: Template, end: str) -> str:
    base = job.base_model.hub_id or job.base_model.name
    lines = [
        f"# {name}, to be trained again",
        "",
        f"Base model: {base}, revision {job.base_model.revision or 'not stated'}.",
        *_words_of_code(job),
        "",
        "## Plain script",
        "",
        "`python train.py` needs torch, transformers and peft. It reads `recipe.json` and the data "
        "beside it, takes the samples in the order of the run, and writes the adapter and the "
        "losses into `out`. The best epoch is the one of the lowest validation loss. `BASE_MODEL` "
        "may name a folder of the base model.",
        "",
        "## LLaMA-Factory",
        "",
        "`llamafactory-cli train llama_factory.yaml`, started in this folder. "
        + llama_factory_recipe.words_of_prompt(template, end),
        "It shuffles in its own order, so losses are alike and not equal.",
    ]
    lines += [f"- {note}" for note in llama_factory_recipe.notes_of(job)]
    if job.start is not None:
        lines += [
            "",
            f"This run went on from the weights of {job.start.name}, step {job.start.step}. Export "
            "that run's adapter first, and name its folder: START_ADAPTER for the script, "
            "adapter_name_or_path in the YAML.",
        ]
    return "\n".join(lines) + "\n"


def _words_of_code(job: TrainingJob) -> list[str]:
    if not job.base_model.trusted_code:
        return []
    return [
        f"It brings its own code, revision {short(job.base_model.trusted_code)}. Nothing here runs "
        "it: add trust_remote_code to train.py or llama_factory.yaml only after reading that code.",
    ]


def _refuse_taken(destination: Path) -> None:
    if destination.is_dir() and not any(destination.iterdir()):
        return
    if destination.exists():
        raise StudioError(
            f"“{destination}” exists and is not empty.", "An export never overwrites anything."
        )


def _write_json(path: Path, values: Any) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
