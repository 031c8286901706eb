"""A run's options as LLaMA-Factory writes them, and its rows as that program reads them."""

import json
from collections.abc import Sequence
from typing import Any

from workers.contract import templates
from workers.contract.job import TrainingJob
from workers.contract.options import (
    Masking,
    Method,
    OptimizerKind,
    Precision,
    QuantisationKind,
    ScheduleKind,
    TrainingOptions,
)
from workers.contract.templates import Template

Row = dict[str, str]

_OPTIMIZERS = {
    OptimizerKind.ADAMW: "adamw_torch_fused",
    OptimizerKind.ADAMW_8BIT: "adamw_bnb_8bit",
    OptimizerKind.PAGED_ADAMW_8BIT: "paged_adamw_8bit",
}
# What peft takes for Llama, Qwen and their like when no targets are named.
USUAL_TARGETS = "q_proj,v_proj"


def yaml_of(job: TrainingJob, template: Template, splits: Sequence[str]) -> str:
    """The file for `llamafactory-cli train`; JSON values are YAML values."""
    values = _model(job) | _method(job.options) | _data(job.options, template, splits)
    values |= _training(job.options, has_validation="validation" in splits)
    return "".join(
        f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items()
    )


def dataset_info(splits: Sequence[str]) -> dict[str, Any]:
    """dataset_info.json: an alpaca file for each split."""
    columns = {"prompt": "instruction", "query": "input", "response": "output"}
    return {
        f"traffic_{split}": {"file_name": f"llama_factory_{split}.json", "columns": columns}
        for split in splits
    }


def factory_rows(rows: Sequence[Row], template: Template, end: str) -> list[Row]:
    """Alpaca rows; with a text of our own the whole prompt is the instruction, the end written out.

    LLaMA-Factory's template “empty” adds nothing, not even the token that ends an answer.
    """
    if not template.text:
        return list(rows)
    return [
        {
            "instruction": templates.render(template.text, row["instruction"], row["input"]),
            "input": "",
            "output": row["output"] + end,
        }
        for row in rows
    ]


def words_of_prompt(template: Template, end: str) -> str:
    """How the prompt gets into LLaMA-Factory, in a sentence or two."""
    if not template.text:
        return "The prompt is the model's own chat template, read from its tokenizer."
    if end:
        return f"The prompts are written out, and each answer ends with {end}."
    return (
        "The prompts are written out. The base model was not on the computer of the export, so "
        "its end token is not in the data: add it to each output."
    )


def notes_of(job: TrainingJob) -> list[str]:
    """What the YAML cannot say."""
    options = job.options
    notes = []
    if options.freeze is not None:
        notes.append(
            f"Trained modules: {', '.join(options.freeze.trainable)}. LLaMA-Factory freezes by its "
            "own rules (freeze_trainable_layers, freeze_trainable_modules): only the plain script "
            "names them exactly."
        )
    if options.prompt is not None and options.prompt.masking == Masking.REFERENCE:
        notes.append("The prompt's last token is a target too; LLaMA-Factory has no such option.")
    if template_has_first_token(options):
        notes.append("The template always begins with the first token; “empty” leaves it out.")
    return notes


def template_has_first_token(options: TrainingOptions) -> bool:
    """Whether the prompt begins with a token that LLaMA-Factory would leave out."""
    found = templates.chosen_template(options.prompt) if options.prompt else None
    return found is not None and bool(found.text) and found.bos == "always"


def _model(job: TrainingJob) -> dict[str, Any]:
    values: dict[str, Any] = {
        "model_name_or_path": job.base_model.hub_id or job.base_model.name,
        "trust_remote_code": False,
    }
    if job.base_model.revision:
        values["model_revision"] = job.base_model.revision
    return values


def _method(options: TrainingOptions) -> dict[str, Any]:
    values: dict[str, Any] = {"stage": "sft", "do_train": True}
    values["finetuning_type"] = options.method.value
    adapter, kind = options.adapter, options.quantisation.kind
    if options.method == Method.LORA and adapter is not None:
        targets = "all" if "all-linear" in adapter.targets else ",".join(adapter.targets)
        values |= {
            "lora_rank": adapter.rank,
            "lora_alpha": adapter.alpha,
            "lora_dropout": adapter.dropout,
            "lora_target": targets or USUAL_TARGETS,
            "use_rslora": adapter.rank_stabilised,
            "use_dora": adapter.decomposed,
        }
        if adapter.modules_to_save:
            values["additional_target"] = ",".join(adapter.modules_to_save)
    if kind != QuantisationKind.NONE:
        values["quantization_method"] = "bnb"
        values["quantization_bit"] = 4 if kind == QuantisationKind.NF4 else 8
    if kind == QuantisationKind.NF4:
        values["quantization_type"] = "nf4"
        values["double_quantization"] = options.quantisation.double
    return values


def _data(options: TrainingOptions, template: Template, splits: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {"dataset_dir": ".", "dataset": "traffic_train"}
    if "validation" in splits:
        values["eval_dataset"] = "traffic_validation"
    if template.text:
        values["template"] = "empty"
    values |= {"cutoff_len": options.max_length, "train_on_prompt": False}
    if options.packed:
        values |= {"packing": True, "neat_packing": True}
    return values


def _training(options: TrainingOptions, *, has_validation: bool) -> dict[str, Any]:
    schedule = options.schedule
    kind = schedule.kind.value
    if schedule.kind == ScheduleKind.CONSTANT and schedule.warmup_share:
        kind = "constant_with_warmup"
    values: dict[str, Any] = {
        "output_dir": "llama_factory_out",
        "per_device_train_batch_size": options.micro_batch_size,
        "gradient_accumulation_steps": options.accumulation,
        "num_train_epochs": options.epochs,
        "learning_rate": options.optimizer.learning_rate,
        "weight_decay": options.optimizer.weight_decay,
        "max_grad_norm": options.optimizer.clip_norm,
        "optim": _OPTIMIZERS[options.optimizer.kind],
        "lr_scheduler_type": kind,
        "warmup_ratio": schedule.warmup_share,
        "disable_gradient_checkpointing": not options.gradient_checkpointing,
        "bf16": options.precision == Precision.BF16,
        "fp16": options.precision == Precision.FP16,
        "seed": options.seed,
        "logging_steps": 1,
        "save_strategy": "epoch",
        "report_to": "none",
    }
    if has_validation:
        values |= {"eval_strategy": "epoch", "per_device_eval_batch_size": options.micro_batch_size}
    return values
