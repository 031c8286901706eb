"""The parts of a model that sees: vision tower, projector and language model, by their names."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.families import COMPOSED, Family, find_family
from workers.contract.vision_options import Part, VisionOptions
from workers.models.bare import bare_model
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from torch import nn

PARTS = ("tower", "projector", "language")
# Layers by number: “layers.20-23” is layers.20, layers.21, layers.22 and layers.23.
_RANGE = re.compile(r"(.*)\.(\d+)-(\d+)")
_MOST_LAYERS = 10_000


def family_of(model: Any) -> Family:
    """The family of a model that sees; Trouble for one that is not known."""
    return family_if_seeing(model) or known_family(bare_model(model).config.model_type)


def family_if_seeing(model: Any) -> Family | None:
    """The family of a model, None for one that does not see or is not known."""
    composed = type(bare_model(model)).__name__ == "Captioner"
    return find_family(COMPOSED if composed else bare_model(model).config.model_type)


def known_family(model_type: str) -> Family:
    """The family of a config's model type; Trouble with what can still be done."""
    family = find_family(model_type)
    if family is None:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"“{model_type}” is no family of vision-language models that is known here. Its "
            "language model alone can be put behind a vision model of your choice.",
        )
    return family


def names_of(family: Family, part: str) -> tuple[str, ...]:
    """Prefixes of the parameters of a part."""
    return {"tower": family.tower, "projector": family.projector, "language": family.language}[part]


def part_of(family: Family, name: str) -> str:
    """The part that a module or parameter belongs to, the narrowest first; empty for none."""
    found = [
        (len(prefix), part)
        for part in PARTS
        for prefix in names_of(family, part)
        if f"{name}.".startswith(f"{prefix}.")
    ]
    return max(found)[1] if found else ""


def is_in(family: Family, name: str, vision: VisionOptions, wanted: Part) -> bool:
    """Whether a module or parameter lies in a part that the switches give to `wanted`."""
    part = part_of(family, name)
    return bool(part) and getattr(vision, part) == wanted


def trained_parameters(model: "nn.Module", vision: VisionOptions) -> list[str]:
    """Names of the parameters that train whole, as switches and layers say."""
    family, layers = family_of(model), expand_ranges(vision.layers)
    return [
        name
        for name, _ in model.named_parameters()
        if is_in(family, name, vision, Part.TRAINED)
        and (not layers or part_of(family, name) == "projector" or _is_among(name, layers))
    ]


def trains_among(model: "nn.Module", vision: VisionOptions, layer: str) -> bool:
    """Whether a name or range of layers is in a part that trains; the projector has none."""
    family, names = family_of(model), expand_ranges([layer])
    return any(
        is_in(family, name, vision, Part.TRAINED)
        and part_of(family, name) != "projector"
        and _is_among(name, names)
        for name, _ in model.named_parameters()
    )


def trained_modules(model: "nn.Module", vision: VisionOptions) -> list[str]:
    """The largest modules that hold nothing but parameters that train whole."""
    trained = set(trained_parameters(model, vision))
    found: list[str] = []
    for name, module in model.named_modules():
        if not name or any(name.startswith(f"{outer}.") for outer in found):
            continue
        own = [f"{name}.{inner}" for inner, _ in module.named_parameters()]
        if own and trained.issuperset(own):
            found.append(name)
    return found


def expand_ranges(names: Sequence[str]) -> list[str]:
    """The names with each range of layers written out; a range from high to low is no name."""
    found: list[str] = []
    for name in names:
        match = _RANGE.fullmatch(name.strip("."))
        if match is None:
            found.append(name)
        else:
            first, last = int(match[2]), min(int(match[3]), int(match[2]) + _MOST_LAYERS)
            found += [f"{match[1]}.{number}" for number in range(first, last + 1)]
    return found


def _is_among(name: str, wanted: Sequence[str]) -> bool:
    return any(f".{one.strip('.')}." in f".{name}." for one in wanted)
