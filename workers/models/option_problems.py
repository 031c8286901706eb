"""What a model's shape says against the options of a training, each with the option at fault."""

from typing import Any

from torch import nn

from workers.contract.frozen import Frozen
from workers.contract.options import (
    Method,
    QuantisationKind,
    TrainingOptions,
    VisionOptions,
    with_values,
)
from workers.models import adapters, counting, loading, parts
from workers.models.trouble import Trouble


class Problem(Frozen):
    """What stands against training so, and the option that is responsible."""

    option: str
    message: str
    severity: str = "error"


def find_problems(model: nn.Module, options: TrainingOptions) -> list[Problem]:
    """What the model's shape says against the options; `model` is not prepared yet."""
    problems = []
    if options.quantisation.kind != QuantisationKind.NONE and options.method != Method.LORA:
        message = "Quantised weights cannot be trained themselves: choose LoRA, or no quantisation."
        problems.append(Problem(option="quantisation.kind", message=message))
    outer = [name for name, _ in model.named_children()]
    unmatched = adapters.unmatched_names(model, options)
    if options.adapter is not None:
        saved = [name for name in options.adapter.modules_to_save if name in unmatched]
        problems += _missing(saved, "adapter.modules_to_save", outer)
        missing = [name for name in options.adapter.targets if not _is_target(model, options, name)]
        problems += _missing(missing, "adapter.targets", counting.linear_names(model))
        problems += _no_usual_targets(model, options)
    if options.freeze is not None:
        problems += _missing(unmatched, "freeze.trainable", outer)
        if not options.freeze.trainable:
            problems.append(_nothing_named(options))
    if options.vision is not None:
        problems += _layers_of_no_use(model, options.vision)
    return problems + _too_long(model, options)


def _layers_of_no_use(model: nn.Module, vision: VisionOptions) -> list[Problem]:
    """Layers that lie in no part that trains: a tower has none of a language model's numbers."""
    useless = [name for name in vision.layers if not parts.trains_among(model, vision, name)]
    if not useless:
        return []
    quoted = ", ".join(f"“{name}”" for name in useless)
    lie = "lies" if len(useless) == 1 else "lie"
    message = f"{quoted} {lie} in no part that trains whole: nothing of it trains."
    return [Problem(option="vision.layers", message=message, severity="warning")]


def _nothing_named(options: TrainingOptions) -> Problem:
    """Without a name only the head of a classifier trains; a language model has none."""
    if options.task.writes:
        message = "Nothing would train: name a module, or a range such as layers.20-23."
        return Problem(option="freeze.trainable", message=message)
    message = "Only the classifier head trains: no other module is named."
    return Problem(option="freeze.trainable", message=message, severity="warning")


def _missing(names: list[str], option: str, known: list[str]) -> list[Problem]:
    if not names:
        return []
    quoted = ", ".join(f"“{name}”" for name in names)
    are = "is" if len(names) == 1 else "are"
    message = f"{quoted} {are} not in this model. It has: {', '.join(known)}."
    return [Problem(option=option, message=message)]


def _is_target(model: nn.Module, options: TrainingOptions, name: str) -> bool:
    alone = with_values(options, {"adapter.targets": [name]})
    return bool(adapters.resolve_targets(model, alone))


def _no_usual_targets(model: nn.Module, options: TrainingOptions) -> list[Problem]:
    assert options.adapter is not None
    if options.adapter.targets:
        return []
    try:
        adapters.resolve_targets(model, options)
    except Trouble as trouble:
        return [Problem(option="adapter.targets", message=trouble.message)]
    return []


def _too_long(model: nn.Module, options: TrainingOptions) -> list[Problem]:
    most = loading.longest_input(model)
    if options.max_length <= most:
        return []
    message = f"This model reads at most {most} tokens; longer captions are cut there."
    return [Problem(option="max_length", message=message, severity="warning")]


def without_wrong(options: TrainingOptions, model: nn.Module) -> TrainingOptions:
    """The options without the names that match nothing, so that the rest can still be counted."""
    unmatched = adapters.unmatched_names(model, options)
    changes: dict[str, Any] = {}
    if options.adapter is not None:
        targets = [name for name in options.adapter.targets if _is_target(model, options, name)]
        saved = [name for name in options.adapter.modules_to_save if name not in unmatched]
        changes = {"adapter.targets": targets, "adapter.modules_to_save": saved}
        if not targets and (options.adapter.targets or _no_usual_targets(model, options)):
            changes = {"method": Method.FREEZE.value}
    if options.freeze is not None:
        kept = [name for name in options.freeze.trainable if name not in unmatched]
        changes["freeze.trainable"] = kept
    return with_values(options, changes)
