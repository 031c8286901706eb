"""The exported folder: weights, tokenizer, label map, predict.py and the model card."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.job import TrainingJob
from workers.contract.options import Method, QuantisationKind
from workers.models.loading import NEVER_QUANTISED
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
    _write_config(place, writing, job)
    tokenizer.save_pretrained(place)
    (place / LABELS).write_text(json.dumps(list(job.labels), ensure_ascii=False) + "\n")
    (place / PREDICT).write_text(predict_source(job, merged=merged))


def refuse_adapter_of_whole(job: TrainingJob) -> None:
    """Only LoRA makes an adapter; other methods changed the weights themselves."""
    if job.options.method != Method.LORA:
        raise Trouble(
            Reason.BAD_OPTION,
            "This run changed the weights themselves, so there is no adapter. "
            "Export the merged model.",
        )


def predict_source(job: TrainingJob, *, merged: bool) -> str:
    """The text of predict.py."""
    answer = _ANSWER.format(max_length=job.options.max_length)
    if merged:
        return _MERGED_PREDICT + answer
    imports = "AutoConfig, AutoModelForSequenceClassification, AutoTokenizer"
    arguments = "config=config, dtype=torch.float32"
    if job.base_model.revision and job.base_model.hub_id:
        arguments += f", revision={job.base_model.revision!r}"
    if job.options.quantisation.kind != QuantisationKind.NONE:
        imports += ", BitsAndBytesConfig"
        arguments += f", quantization_config={_quantisation_source(job)}"
    base = job.base_model.hub_id or job.base_model.name
    return _ADAPTER_PREDICT.format(imports=imports, base=base, arguments=arguments) + answer


def write_card(place: Path, text: str, job: TrainingJob, proof: Proof, *, merged: bool) -> None:
    """README.md: front matter, the text given or the plain facts, and the proof."""
    body = text.strip() or _plain_facts(job)
    if not body.startswith("---"):
        body = f"{_front_matter(job, merged=merged)}\n{body}"
    if merged:
        body = body.replace("library_name: peft", "library_name: transformers", 1)
    (place / CARD).write_text(f"{body}\n\n{_proof_words(job, proof, merged=merged)}")


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
    values["id2label"] = dict(enumerate(job.labels))
    values["label2id"] = {label: index for index, label in enumerate(job.labels)}
    values["architectures"] = [type(_inner(model)).__name__]
    text = json.dumps(values, indent=1, ensure_ascii=False, default=str)
    (place / "config.json").write_text(text + "\n")


def _inner(model: Any) -> Any:
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _quantisation_source(job: TrainingJob) -> str:
    options = job.options
    kept = f"llm_int8_skip_modules={list(NEVER_QUANTISED)!r}"
    if options.quantisation.kind == QuantisationKind.INT8:
        return f"BitsAndBytesConfig(load_in_8bit=True, {kept})"
    compute = "float32" if options.precision == "fp32" else "bfloat16"
    return (
        f'BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", {kept}, '
        f"bnb_4bit_use_double_quant={options.quantisation.double}, "
        f"bnb_4bit_compute_dtype=torch.{compute})"
    )


def _front_matter(job: TrainingJob, *, merged: bool) -> str:
    reference = job.base_model
    lines = [
        f"base_model: {reference.hub_id or reference.name}",
        f"license: {reference.licence.lower() or 'other'}",
        f"library_name: {'transformers' if merged else 'peft'}",
        "pipeline_tag: text-classification",
    ]
    return "\n".join(("---", *lines, "---", ""))


def _plain_facts(job: TrainingJob) -> str:
    reference = job.base_model
    base = reference.hub_id or reference.name
    labels = ", ".join(f"{index} = {label}" for index, label in enumerate(job.labels))
    return (
        f"# Caption classifier on {base}\n\n"
        f"- Base model: {base}, revision {reference.revision or 'not stated'}, "
        f"licence {reference.licence or 'not stated'}\n"
        f"- Labels: {labels}\n"
        f"- What trained: {job.options.method.value}"
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
