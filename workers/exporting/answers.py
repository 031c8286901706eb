"""The exported folder of a language model: predict.py that words the prompt as the run did."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers.contract.job import TrainingJob
from workers.contract.options import GenerationOptions, Precision, QuantisationKind
from workers.data.wording import template_of
from workers.exporting.base_model import base_arguments

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

GENERATION = "generation_config.json"

_HEAD = '''"""Run: python predict.py "A cyclist crosses right in front of us." """
import os, sys, torch
{imports}
HERE = os.path.dirname(os.path.abspath(__file__))
{load}
# The prompt of the training; an empty TEMPLATE is the model's own chat template.
TEMPLATE = {template!r}
INSTRUCTION, SYSTEM = {instruction!r}, {system!r}
END, STOPS = {end!r}, {stops!r}
'''
_ADAPTER_LOAD = """BASE = os.environ.get("BASE_MODEL", {base!r})
tokenizer = AutoTokenizer.from_pretrained(HERE)
base = AutoModelForCausalLM.from_pretrained(BASE, {arguments})
{prepare}model = PeftModel.from_pretrained(base, HERE).eval()"""
# What a quantised run does to the weights that stay plain: their dtype decides its answers.
_PREPARE = "base = prepare_model_for_kbit_training(base, use_gradient_checkpointing=False)\n"
_MERGED_LOAD = """tokenizer = AutoTokenizer.from_pretrained(HERE)
model = AutoModelForCausalLM.from_pretrained(HERE, dtype=torch.float32).eval()"""
_BODY = '''
def prompt(caption, instruction=""):
    instruction = instruction or INSTRUCTION
    if TEMPLATE:
        before, _, after = TEMPLATE.partition("{{caption}}")
        return before.replace("{{instruction}}", instruction) + caption + after.replace(
            "{{instruction}}", instruction)
    turns = [{{"role": "system", "content": SYSTEM}}] if SYSTEM else []
    words = f"{{instruction}}\\n{{caption}}" if instruction and caption else instruction + caption
    turns.append({{"role": "user", "content": words}})
    return tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
def encode(caption, instruction=""):
    ids = tokenizer(prompt(caption, instruction), add_special_tokens={special})["input_ids"]
    return torch.tensor([{first} + ids], device=model.device)
def logits(caption, instruction=""):
    """What stands after the prompt, before anything is written."""
    with torch.inference_mode():
        return model(encode(caption, instruction), use_cache=False).logits[0, -1].float().cpu()
def answer(caption, instruction=""):
    ids = encode(caption, instruction)
    torch.manual_seed({seed})
    with torch.inference_mode():
        made = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids),
                              eos_token_id=END, pad_token_id={pad}, {generation})
    text = tokenizer.decode(made[0, ids.shape[1]:], skip_special_tokens=True)
    return text[:min([text.find(stop) for stop in STOPS if stop in text], default=len(text))]
if __name__ == "__main__":
    for text in sys.argv[1:]:
        print(f"{{answer(text)}}  <-  {{text}}")
'''


def predict_source(
    job: TrainingJob, tokenizer: "PreTrainedTokenizerBase", end: int, *, merged: bool
) -> str:
    """The text of predict.py."""
    assert job.options.prompt is not None
    assert job.options.generation is not None
    template = template_of(job.options.prompt)
    bos: Any = tokenizer.bos_token_id
    pad: Any = tokenizer.pad_token_id
    head = _HEAD.format(
        imports=_imports(job, merged=merged),
        load=_MERGED_LOAD if merged else _adapter_load(job),
        template=template.text,
        instruction=job.options.prompt.instruction,
        system=template.system,
        end=end,
        stops=tuple(job.options.generation.stop),
    )
    return head + _BODY.format(
        special=template.bos == "tokenizer",
        first=[int(bos)] if template.bos == "always" and bos is not None else [],
        seed=job.options.generation.seed,
        pad=end if pad is None else int(pad),
        generation=_generation(job.options.generation),
    )


def write_generation(place: Path, job: TrainingJob, end: int, pad: int) -> None:
    """generation_config.json: what plain transformers takes when nothing else is said."""
    assert job.options.generation is not None
    values = _generation_values(job.options.generation) | {"eos_token_id": end, "pad_token_id": pad}
    (place / GENERATION).write_text(json.dumps(values, indent=1) + "\n")


def _imports(job: TrainingJob, *, merged: bool) -> str:
    names = ["AutoModelForCausalLM", "AutoTokenizer"]
    if merged:
        return f"from transformers import {', '.join(names)}"
    if job.options.quantisation.kind != QuantisationKind.NONE:
        names.append("BitsAndBytesConfig")
    ours = "PeftModel, prepare_model_for_kbit_training" if _is_upcast(job) else "PeftModel"
    return f"from peft import {ours}\nfrom transformers import {', '.join(names)}"


def _adapter_load(job: TrainingJob) -> str:
    base = job.base_model.hub_id or job.base_model.name
    prepare = _PREPARE if _is_upcast(job) else ""
    return _ADAPTER_LOAD.format(base=base, arguments=base_arguments(job), prepare=prepare)


def _is_upcast(job: TrainingJob) -> bool:
    """Whether the run had its plain weights in fp32 beside quantised ones of less."""
    quantised = job.options.quantisation.kind != QuantisationKind.NONE
    return quantised and job.options.precision != Precision.FP32


def _generation(options: GenerationOptions) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in _generation_values(options).items())


def _generation_values(options: GenerationOptions) -> dict[str, Any]:
    values: dict[str, Any] = {
        "max_new_tokens": options.max_new_tokens,
        "num_beams": options.beams,
        "do_sample": options.sample,
        "repetition_penalty": options.repetition_penalty,
    }
    if options.sample:
        values |= {
            "temperature": options.temperature,
            "top_p": options.top_p,
            "top_k": options.top_k,
        }
    return values
