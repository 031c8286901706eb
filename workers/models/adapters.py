"""Which weights train: LoRA through peft, chosen modules, or all of them."""

from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.options import Method, QuantisationKind, TrainingOptions
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from torch import nn

ALL_LINEAR = "all-linear"
# Names that transformers gives to classification heads; peft saves the same ones whole.
HEAD_NAMES = ("classifier", "score")


def prepare(model: "nn.Module", options: TrainingOptions) -> "nn.Module":
    """Make the options' weights trainable and freeze the rest; works on the meta device too."""
    refuse_quantised_training(options)
    if options.method == Method.LORA:
        model = _add_lora(model, options)
    elif options.method == Method.FREEZE:
        _freeze_all_but(model, options)
    else:
        model.requires_grad_(True)
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise Trouble(Reason.NOTHING_TRAINS, "Nothing would train: every weight is frozen.")
    return model


def refuse_quantised_training(options: TrainingOptions) -> None:
    """Quantised weights cannot be changed by an update: only LoRA trains beside them."""
    if options.quantisation.kind != QuantisationKind.NONE and options.method != Method.LORA:
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
        return [name for name, _ in _linear_modules(model) if not is_head(name)]
    return [
        name
        for name, _ in model.named_modules()
        if any(name == target or name.endswith(f".{target}") for target in targets)
    ]


def is_head(name: str) -> bool:
    """Whether a parameter or module of this name belongs to the classifier head."""
    return any(part in HEAD_NAMES for part in name.split("."))


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
    return [
        want for want in wanted if not any(f".{want.strip('.')}." in f".{name}." for name in names)
    ]


def _add_lora(model: "nn.Module", options: TrainingOptions) -> "nn.Module":
    from peft import LoraConfig, TaskType, get_peft_model

    adapter = options.adapter
    assert adapter is not None
    targets: list[str] | str | None = list(adapter.targets) or None
    if ALL_LINEAR in adapter.targets:
        targets = ALL_LINEAR
    elif not resolve_targets(model, options):
        raise Trouble(
            Reason.BAD_OPTION, f"No layer is called {', '.join(adapter.targets)} in this model."
        )
    config = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=adapter.rank,
        lora_alpha=adapter.alpha,  # type: ignore[arg-type]
        lora_dropout=adapter.dropout,
        bias=adapter.bias,
        target_modules=targets,
        modules_to_save=list(adapter.modules_to_save) or None,
    )
    try:
        return get_peft_model(model, config)  # type: ignore[arg-type]
    except ValueError as error:
        raise Trouble(Reason.BAD_OPTION, f"LoRA does not fit this model: {error}") from error


def _usual_targets(model: "nn.Module") -> list[str]:
    from peft.utils import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING as USUAL

    kind = getattr(model.config, "model_type", "")
    if kind not in USUAL:
        raise Trouble(
            Reason.BAD_OPTION,
            f"No usual LoRA targets are known for “{kind}”. Name them, or choose all-linear.",
        )
    return list(USUAL[kind])


def _linear_modules(model: "nn.Module") -> list[tuple[str, Any]]:
    from torch import nn

    return [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)]


def _freeze_all_but(model: "nn.Module", options: TrainingOptions) -> None:
    assert options.freeze is not None
    wanted = options.freeze.trainable
    for name, parameter in model.named_parameters():
        chosen = any(f".{prefix.strip('.')}." in f".{name}." for prefix in wanted)
        parameter.requires_grad_(chosen or is_head(name))


def _true_size(parameter: Any) -> int:
    # Params4bit packs two values a byte; its shape is that of the storage.
    state = getattr(parameter, "quant_state", None)
    return int(state.shape.numel()) if state is not None else parameter.numel()
