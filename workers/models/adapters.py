"""Which weights train: LoRA through peft, chosen modules, or all of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.options import (
    Method,
    Part,
    QuantisationKind,
    TrainingOptions,
    VisionOptions,
)
from workers.models import parts
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from torch import nn

ALL_LINEAR = "all-linear"
# Names that transformers gives to classification heads; peft saves the same ones whole.
HEAD_NAMES = ("classifier", "score")
# Names that transformers gives to the output layer of language models.
OUTPUT_NAMES = ("lm_head", "embed_out", "output_layer")


def prepare(model: "nn.Module", options: TrainingOptions) -> "nn.Module":
    """Make the options' weights trainable and freeze the rest; works on the meta device too."""
    refuse_quantised_training(options)
    if options.method == Method.LORA:
        model = _add_lora(model, options)
    elif options.method == Method.FREEZE:
        _freeze_all_but(model, options)
    elif options.vision is not None:
        _train_parts(model, options.vision)
    else:
        model.requires_grad_(True)
    if options.vision is not None and options.vision.trained_in_fp32:
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise Trouble(Reason.NOTHING_TRAINS, "Nothing would train: every weight is frozen.")
    if options.gradient_checkpointing:
        _recompute(model)
    return model


def refuse_quantised_training(options: TrainingOptions) -> None:
    """Quantised weights cannot be changed by an update: only LoRA trains beside them.

    Of a model that sees only the language model is stored quantised.
    """
    trained = options.method != Method.LORA
    if options.vision is not None:
        trained = options.vision.language == Part.TRAINED
    if options.quantisation.kind != QuantisationKind.NONE and trained:
        raise Trouble(
            Reason.BAD_OPTION,
            f"Weights in {options.quantisation.kind} cannot be trained themselves. "
            "Choose LoRA, or quantisation none.",
        )


def resolve_targets(model: "nn.Module", options: TrainingOptions) -> list[str]:
    """Full names of the modules that would get LoRA, in the model's order."""
    adapter = options.adapter
    if adapter is None:
        return []
    targets = adapter.targets or _usual_targets(model)
    if ALL_LINEAR in targets:
        kept = (*HEAD_NAMES, *OUTPUT_NAMES)
        found = [name for name, _ in _linear_modules(model) if not _has_part(name, kept)]
    else:
        found = [
            name
            for name, _ in model.named_modules()
            if any(name == target or name.endswith(f".{target}") for target in targets)
        ]
    if options.vision is None:
        return found
    family = parts.family_of(model)
    return [name for name in found if parts.is_in(family, name, options.vision, Part.LORA)]


def is_head(name: str) -> bool:
    """Whether a parameter or module of this name belongs to the classifier head."""
    return _has_part(name, HEAD_NAMES)


def is_output(name: str) -> bool:
    """Whether a parameter or module of this name belongs to a language model's output layer."""
    return _has_part(name, OUTPUT_NAMES)


def count_parameters(model: "nn.Module") -> tuple[int, int]:
    """Trainable and total parameters; those stored in four bits count as what they stand for."""
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return trainable, sum(_true_size(parameter) for parameter in model.parameters())


def unmatched_names(model: "nn.Module", options: TrainingOptions) -> list[str]:
    """Names given in the options that match no module of this model."""
    names = [name for name, _ in model.named_modules()]
    adapter, freeze = options.adapter, options.freeze
    wanted = [*(adapter.modules_to_save if adapter else ()), *(freeze.trainable if freeze else ())]
    wanted += [name for name in (adapter.targets if adapter else ()) if name != ALL_LINEAR]
    wanted += options.vision.layers if options.vision else ()
    return [want for want in wanted if not _matches(want, names)]


def _matches(want: str, names: Sequence[str]) -> bool:
    """Whether a name, or every layer of a range, is among the modules' names."""
    written = parts.expand_ranges([want])
    return bool(written) and all(
        any(f".{one.strip('.')}." in f".{name}." for name in names) for one in written
    )


def _has_part(name: str, parts: Sequence[str]) -> bool:
    return any(part in parts for part in name.split("."))


def _recompute(model: Any) -> None:
    """Keep only what enters each layer; a frozen embedding must let gradients through for that."""
    if not getattr(model, "supports_gradient_checkpointing", True):
        raise Trouble(Reason.BAD_OPTION, "This model cannot recompute its activations.")
    model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    model.enable_input_require_grads()


def _add_lora(model: "nn.Module", options: TrainingOptions) -> "nn.Module":
    from peft import LoraConfig, TaskType, get_peft_model

    adapter = options.adapter
    assert adapter is not None
    targets: list[str] | str | None = list(adapter.targets) or None
    saved = list(adapter.modules_to_save)
    if ALL_LINEAR in adapter.targets and options.vision is None:
        targets = ALL_LINEAR
    elif not (found := resolve_targets(model, options)):
        where = "this model" if options.vision is None else "the parts that have LoRA"
        raise Trouble(
            Reason.BAD_OPTION, f"No layer is called {', '.join(adapter.targets)} in {where}."
        )
    elif options.vision is not None:
        targets, saved = found, [*saved, *parts.trained_modules(model, options.vision)]
    answers = options.task.writes
    config = LoraConfig(
        task_type=TaskType.CAUSAL_LM if answers else TaskType.SEQ_CLS,
        r=adapter.rank,
        lora_alpha=adapter.alpha,  # type: ignore[arg-type]
        lora_dropout=adapter.dropout,
        bias=adapter.bias,
        use_rslora=adapter.rank_stabilised,
        use_dora=adapter.decomposed,
        target_modules=targets,
        modules_to_save=saved or None,
    )
    try:
        return get_peft_model(model, config)  # type: ignore[arg-type]
    except ValueError as error:
        raise Trouble(Reason.BAD_OPTION, f"LoRA does not fit this model: {error}") from error


def _usual_targets(model: "nn.Module") -> list[str]:
    from peft.utils import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING as USUAL

    config: Any = model.config
    kind = getattr(config.get_text_config(), "model_type", "")
    if kind not in USUAL:
        raise Trouble(
            Reason.BAD_OPTION,
            f"No usual LoRA targets are known for “{kind}”. Name them, or choose all-linear.",
        )
    return list(USUAL[kind])


def _linear_modules(model: "nn.Module") -> list[tuple[str, Any]]:
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    return [
        (name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear | Conv1D)
    ]


def _freeze_all_but(model: "nn.Module", options: TrainingOptions) -> None:
    assert options.freeze is not None
    wanted = parts.expand_ranges(options.freeze.trainable)
    for name, parameter in model.named_parameters():
        chosen = any(f".{prefix.strip('.')}." in f".{name}." for prefix in wanted)
        parameter.requires_grad_(chosen or is_head(name))


def _train_parts(model: "nn.Module", vision: VisionOptions) -> None:
    trained = set(parts.trained_parameters(model, vision))
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in trained)


def _true_size(parameter: Any) -> int:
    # Params4bit packs two values a byte; its shape is that of the storage.
    state = getattr(parameter, "quant_state", None)
    return int(state.shape.numel()) if state is not None else parameter.numel()
