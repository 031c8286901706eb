"""A model's shape without its weights: its module tree, and how many parameters would train."""

from dataclasses import dataclass
from typing import Any

from peft.tuners.lora import LoraLayer
from peft.utils.other import AuxiliaryTrainingWrapper
from torch import nn

from workers.models import adapters
from workers.models.bare import bare_model

FROZEN, TRAINED, LORA = "frozen", "trained", "lora"
_PEFT_PREFIX = "base_model.model."


@dataclass(frozen=True)
class ModuleCount:
    """One module: its parameters, those that train, and those that LoRA adds to it."""

    name: str
    kind: str
    parameters: int
    trainable: int
    added: int
    state: str
    children: tuple["ModuleCount", ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The module and all below it as plain values."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return values | {"children": [child.as_json() for child in self.children]}


def linear_names(model: nn.Module) -> list[str]:
    """Short names of the linear layers, in the order met: what LoRA can be put beside."""
    names = [
        name.rpartition(".")[2]
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) or type(module).__name__ == "Conv1D"
    ]
    return list(dict.fromkeys(name for name in names if not adapters.is_head(name)))


def count_modules(model: Any) -> tuple[ModuleCount, ...]:
    """The module tree of a prepared model, under the names that its base model gives."""
    root = bare_model(model)
    return tuple(_count(child, name) for name, child in root.named_children() if _own(child))


def _count(module: nn.Module, name: str) -> ModuleCount:
    parameters = list(module.parameters())
    trainable = sum(parameter.numel() for parameter in parameters if parameter.requires_grad)
    added = sum(_lora_size(part) for part in module.modules() if isinstance(part, LoraLayer))
    return ModuleCount(
        name=name.removeprefix(_PEFT_PREFIX),
        kind=type(_plain(module)).__name__,
        parameters=sum(parameter.numel() for parameter in parameters),
        trainable=trainable,
        added=added,
        state=LORA if added else TRAINED if trainable else FROZEN,
        children=() if _is_wrapped(module) else _count_children(module, name),
    )


def _count_children(module: nn.Module, name: str) -> tuple[ModuleCount, ...]:
    children = ((f"{name}.{own}", child) for own, child in module.named_children())
    return tuple(_count(child, path) for path, child in children if _own(child))


def _is_wrapped(module: nn.Module) -> bool:
    return isinstance(module, LoraLayer | AuxiliaryTrainingWrapper)


def _plain(module: nn.Module) -> nn.Module:
    if isinstance(module, LoraLayer):
        return module.get_base_layer()
    if isinstance(module, AuxiliaryTrainingWrapper):
        return module.original_module
    return module


def _own(module: nn.Module) -> bool:
    return next(module.parameters(), None) is not None


def _lora_size(layer: nn.Module) -> int:
    return sum(parameter.numel() for name, parameter in layer.named_parameters() if "lora_" in name)
