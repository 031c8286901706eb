"""The exported folder: weights, tokenizer, label map, predict.py and the model card."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.job import TrainingJob
from workers.contract.model_code import read_code
from workers.contract.options import AnswerKind, Method, QuantisationKind
from workers.exporting import answers
from workers.exporting.base_model import base_arguments
from workers.models import causal
from workers.models.bare import bare_model
from workers.models.loading import find_weights
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedTokenizerBase

CARD, LABELS, PREDICT, MANIFEST = "README.md", "labels.json", "predict.py", "manifest.json"

_ADAPTER_PREDICT = '''"""Run: python predict.py "A cyclist crosses right in front of us." """
import os, sys, torch
from peft import PeftModel
from transformers import {imports}
HERE, BASE = os.path.dirname(os.path.abspath(__file__)), os.environ.get("BASE_MODEL", {base!r})
config, tokenizer = AutoConfig.from_pretrained(HERE), AutoTokenizer.from_pretrained(HERE)
base = AutoModelForSequenceClassification.from_pretrained(BASE, {arguments})
model = PeftModel.from_pretrained(base, HERE).eval()
'''
_MERGED_PREDICT = '''"""Run: python predict.py "A cyclist crosses right in front of us." """
import os, sys, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
HERE = os.path.dirname(os.path.abspath(__file__))
tokenizer = AutoTokenizer.from_pretrained(HERE)
model = AutoModelForSequenceClassification.from_pretrained(HERE, dtype=torch.float32).eval()
'''
_ANSWER = """def logits(text):
    inputs = tokenizer(text, truncation=True, max_length={max_length}, return_tensors="pt")
    with torch.inference_mode(): return model(**inputs).logits[0].float()
for text in sys.argv[1:]:
    label, share = max(enumerate(logits(text).softmax(-1).tolist()), key=lambda pair: pair[1])
    print(f"{{model.config.id2label[label]}}  {{share:.3f}}  {{text}}")
"""


@dataclass(frozen=True)
class Proof:
    """How far the clean process was from the model of the run, at most, over so many samples."""

    largest_difference: float
    samples: int


def write_weights(
    place: Path,
    model: "nn.Module",
    tokenizer: "PreTrainedTokenizerBase",
    job: TrainingJob,
    *,
    merged: bool,
) -> None:
    """Everything but the card: a folder that plain transformers (and peft) load.

    Merging changes the model that is given.
    """
    writing: Any = model
    if merged and job.options.method == Method.LORA:
        writing = writing.merge_and_unload()
    if merged:
        writing.save_pretrained(place)
    else:
        _write_adapter(place, writing, job)
    tokenizer.save_pretrained(place)
    name_tokenizer_for_all(place)
    if job.options.task.writes:
        _finish_language_model(place, writing, tokenizer, job, merged=merged)
        return
    _write_config(place, writing, job)
    _write_labels(place, job)
    (place / PREDICT).write_text(predict_source(job, merged=merged))


def name_tokenizer_for_all(place: Path) -> None:
    """The saved tokenizer's class by the name that other programs and older releases know."""
    path = place / "tokenizer_config.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    for name in ("is_local", "local_files_only", "backend", "name_or_path"):
        values.pop(name, None)
    if values.get("tokenizer_class") == "TokenizersBackend":
        values["tokenizer_class"] = "PreTrainedTokenizerFast"
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _finish_language_model(
    place: Path,
    model: Any,
    tokenizer: "PreTrainedTokenizerBase",
    job: TrainingJob,
    *,
    merged: bool,
) -> None:
    end = causal.eos_of(model.config, tokenizer)
    pad: Any = tokenizer.pad_token_id
    if merged:
        _write_config(place, model, job)
        answers.write_generation(place, job, end, end if pad is None else int(pad))
    if job.options.prompt and job.options.prompt.answer == AnswerKind.LABEL:
        _write_labels(place, job)
    source = answers.predict_source(job, tokenizer, end, merged=merged)
    (place / PREDICT).write_text(source)


def refuse_adapter_of_whole(job: TrainingJob) -> None:
    """Only LoRA makes an adapter; other methods changed the weights themselves."""
    if job.options.method != Method.LORA:
        raise Trouble(
            Reason.BAD_OPTION,
            "This run changed the weights themselves, so there is no adapter. "
            "Export the merged model.",
        )


def refuse_eyes(job: TrainingJob) -> None:
    """A model that sees is not exported yet: whether others read it the same is not proven."""
    if job.options.vision is not None:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            "Exporting a model that sees is not supported yet. Its checkpoints stay with the run, "
            "and the run captions and measures from them.",
        )


def refuse_own_code(job: TrainingJob) -> None:
    """What is exported would need the model's own code on every computer that loads it."""
    code = read_code(find_weights(job.base_model))
    if code is not None:
        raise Trouble(
            Reason.BAD_OPTION,
            f"{code.name} brings its own code, which whoever loads an exported folder would have "
            "to run too: such a run is not exported. What it trained lies in its checkpoints.",
        )


def predict_source(job: TrainingJob, *, merged: bool) -> str:
    """The text of predict.py."""
    answer = _ANSWER.format(max_length=job.options.max_length)
    if merged:
        return _MERGED_PREDICT + answer
    imports = "AutoConfig, AutoModelForSequenceClassification, AutoTokenizer"
    if job.options.quantisation.kind != QuantisationKind.NONE:
        imports += ", BitsAndBytesConfig"
    arguments = f"config=config, {base_arguments(job)}"
    base = job.base_model.hub_id or job.base_model.name
    return _ADAPTER_PREDICT.format(imports=imports, base=base, arguments=arguments) + answer


def write_card(place: Path, text: str, job: TrainingJob, proof: Proof, *, merged: bool) -> None:
    """README.md: front matter, the text given or the plain facts, and the proof."""
    body = text.strip() or _plain_facts(job)
    if not body.startswith("---"):
        body = f"{_front_matter(job, merged=merged)}\n{body}"
    if merged:
        body = body.replace("library_name: peft", "library_name: transformers", 1)
    parts = [body, _proof_words(job, proof, merged=merged)]
    if job.options.task.writes:
        parts.insert(1, _usage_words(merged=merged))
    (place / CARD).write_text("\n\n".join(parts))


def _write_adapter(place: Path, model: Any, job: TrainingJob) -> None:
    # The folder on this machine means nothing elsewhere: the adapter names the hub's model.
    config = model.peft_config["default"]
    config.base_model_name_or_path = job.base_model.hub_id or job.base_model.name
    config.revision = job.base_model.revision or None
    model.save_pretrained(place, save_embedding_layers=False)


def _write_config(place: Path, model: Any, job: TrainingJob) -> None:
    values = model.config.to_dict()
    for name in ("_name_or_path", "quantization_config", "_attn_implementation"):
        values.pop(name, None)
    if not job.options.task.writes:
        values["id2label"] = dict(enumerate(job.labels))
        values["label2id"] = {label: index for index, label in enumerate(job.labels)}
    values["architectures"] = [type(bare_model(model)).__name__]
    text = json.dumps(values, indent=1, ensure_ascii=False, default=str)
    (place / "config.json").write_text(text + "\n")


def _write_labels(place: Path, job: TrainingJob) -> None:
    (place / LABELS).write_text(json.dumps(list(job.labels), ensure_ascii=False) + "\n")


def _front_matter(job: TrainingJob, *, merged: bool) -> str:
    reference, words = job.base_model, job.options.task.writes
    lines = [
        f"base_model: {reference.hub_id or reference.name}",
        f"license: {reference.licence.lower() or 'other'}",
        f"library_name: {'transformers' if merged else 'peft'}",
        f"pipeline_tag: {'text-generation' if words else 'text-classification'}",
    ]
    return "\n".join(("---", *lines, "---", ""))


def _plain_facts(job: TrainingJob) -> str:
    reference = job.base_model
    base = reference.hub_id or reference.name
    labels = ", ".join(f"{index} = {label}" for index, label in enumerate(job.labels))
    title = "Answers in words" if job.options.task.writes else "Caption classifier"
    return (
        f"# {title} on {base}\n\n"
        f"- Base model: {base}, revision {reference.revision or 'not stated'}, "
        f"licence {reference.licence or 'not stated'}\n"
        f"- Labels: {labels}\n"
        f"- What trained: {job.options.method.value}"
    )


def _usage_words(*, merged: bool) -> str:
    words = (
        f'## Usage\n\n`python {PREDICT} "A caption."` writes an answer with the template and the '
        "generation settings of the run. Set `BASE_MODEL` to a folder that holds the base model "
        "where the hub cannot be reached."
    )
    if not merged:
        return words
    return (
        f'## Usage\n\n`python {PREDICT} "A caption."` writes an answer with the template and the '
        "generation settings of the run.\n\nReady for GGUF: weights in safetensors, tokenizer and "
        "chat template as llama.cpp's converter reads them: "
        "`python convert_hf_to_gguf.py THIS_FOLDER --outtype f16`."
    )


def _proof_words(job: TrainingJob, proof: Proof, *, merged: bool) -> str:
    against = "the model of the run"
    if merged and job.options.quantisation.kind != QuantisationKind.NONE:
        against = (
            f"the adapter on full weights (it was trained beside {job.options.quantisation.kind} "
            "weights, whose answers differ slightly)"
        )
    return (
        "## Proof\n\n"
        f"Loaded in a clean process by `{PREDICT}`, and compared with {against}: largest "
        f"difference of a logit {proof.largest_difference:.1e} over {proof.samples} samples. "
        f"`{MANIFEST}` holds the sha256 of every file.\n"
    )
