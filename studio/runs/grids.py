"""A grid of runs: every combination of some options' values."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import ValidationError

from studio.errors import StudioError
from workers.contract.options import TrainingOptions, all_options, option_values, with_values

MOST = 64


def grid(
    options: TrainingOptions, values: Mapping[str, Sequence[Any]]
) -> tuple[TrainingOptions, ...]:
    """The options with every combination of the values by dotted name, the last name quickest.

    `grid(options, {"adapter.rank": [8, 40], "optimizer.learning_rate": [1e-4, 2e-4]})` gives four.
    Values that come twice count once. StudioError for an option that does not exist or apply, a
    value out of bounds, or more than 64 runs.
    """
    known = {spec.name for spec in all_options()}
    for name, choices in values.items():
        if name not in known:
            raise StudioError(f"There is no option “{name}”.")
        if not choices:
            raise StudioError(f"No value is given for {name}.")
    found: list[TrainingOptions] = []
    for combination in itertools.product(*values.values()):
        changed = _changed(options, dict(zip(values, combination, strict=True)))
        if changed not in found:
            found.append(changed)
        if len(found) > MOST:
            raise StudioError(f"A grid has at most {MOST} runs.", "Leave some values out.")
    return tuple(found)


def point_name(options: TrainingOptions, names: Sequence[str]) -> str:
    """What tells a run of a grid from the others, such as “Rank 8 · Learning rate 0.0002”."""
    specs = {spec.name: spec for spec in all_options()}
    values = option_values(options)
    parts = [f"{specs[name].label} {_shown(values.get(name))}" for name in names]
    return " · ".join(parts)


def _changed(options: TrainingOptions, changes: dict[str, Any]) -> TrainingOptions:
    try:
        changed = with_values(options, changes)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        message = first["msg"].replace("Input should be", "should be")
        raise StudioError(f"{name}: {message}, not “{first['input']}”.") from error
    unused = sorted(changes.keys() - option_values(changed).keys())
    if unused:
        raise StudioError(f"{unused[0]} does not apply to these options.")
    return changed


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
