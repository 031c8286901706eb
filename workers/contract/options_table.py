"""Prints the table of options for the docs: python -m workers.contract.options_table."""

import sys

from workers.contract.options import GROUPS, OptionSpec, all_options


def options_table() -> str:
    """docs/options.md, made from the definition of the options."""
    lines = ["# Options", "", "Made from `workers/contract/options.py`; do not edit by hand."]
    specs = all_options()
    for group in GROUPS:
        rows = [_row(spec) for spec in specs if spec.group == group]
        lines += [
            "",
            f"## {group}",
            "",
            "| name | default | range | what it does |",
            "|---|---|---|---|",
        ]
        lines += rows
    return "\n".join(lines) + "\n"


def _row(spec: OptionSpec) -> str:
    default = ", ".join(spec.default) if isinstance(spec.default, tuple) else spec.default
    shown = "" if default in ("", None) else f"{default} {spec.unit}".strip()
    return f"| `{spec.name}` | {shown} | {_range(spec)} | {spec.help} |"


def _range(spec: OptionSpec) -> str:
    if spec.choices:
        return ", ".join(spec.choices)
    low = f"{spec.least:g} or more" if spec.least is not None else ""
    low = f"above {spec.above:g}" if spec.above is not None else low
    high = f"at most {spec.most:g}" if spec.most is not None else ""
    high = f"below {spec.below:g}" if spec.below is not None else high
    return ", ".join(part for part in (low, high) if part)


if __name__ == "__main__":
    sys.stdout.write(options_table())
