"""The verb that tries a recipe before it is trained: what it takes, and what would fit."""

import re
from argparse import Namespace
from typing import Any

from studio.commands.arguments import open_project, options_of
from studio.commands.following import follow, must_have_finished
from studio.commands.output import Output, UsageError
from studio.commands.training import controller_of
from studio.errors import StudioError
from studio.numbers import format_bytes, format_count, format_duration
from studio.runs import probing
from workers.contract.events import Probed

UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?B?)", re.IGNORECASE)


def probe(arguments: Namespace, out: Output) -> int:
    """Try the longest batch; the exit code is 1 where it does not fit."""
    memory = bytes_of(arguments.memory) if arguments.memory else 0
    with open_project(arguments.file) as document:
        options = options_of(arguments.recipe, arguments.set, document)
        controller = controller_of(document, out)
        record = follow(controller, controller.probe(options, memory=memory), out)
        must_have_finished(document, record)
        tried = probing.probe_of(record)
        if tried is None or tried.found is None:
            raise StudioError("The probe ended without an answer.")
        say(tried.found, out)
        out.result(values_of(tried.found))
    return 0 if tried.found.fits else 1


def say(found: Probed, out: Output) -> None:
    """What it took in lines, or what would fit."""
    out.line(
        f"Longest batch: {format_count(found.rows)} × {format_count(found.tokens)} tokens, "
        f"on {found.device}"
    )
    estimate = f"estimated {format_bytes(found.low)} to {format_bytes(found.high)}"
    if found.peak:
        out.line(f"Memory: {format_bytes(found.peak)} at the peak, {estimate}")
        out.line(
            f"Time: {seconds(found.seconds_per_step)} a step, "
            f"{format_duration(found.seconds_to_end)} for {format_count(found.steps)} steps"
        )
        out.line(f"Disk: {format_bytes(found.disk)}, {format_bytes(found.disk_free)} free")
    else:
        out.line(f"Memory: {estimate}, {format_bytes(found.free)} free")
    out.line(found.message or "It fits.")
    for number, one in enumerate(found.proposals, start=1):
        changes = " ".join(f"{name}={_in_shell(value)}" for name, value in one.options.items())
        out.line(f"{number}. --set {changes}")


def values_of(found: Probed) -> dict[str, Any]:
    """The answer as one JSON object; what was not measured is null."""
    measured = found.peak > 0
    return {
        "fits": found.fits,
        "device": found.device,
        "batch": {"rows": found.rows, "tokens": found.tokens},
        "peak": found.peak if measured else None,
        "loaded": found.loaded if measured else None,
        "estimate": {"low": found.low, "high": found.high},
        "free": found.free,
        "steps": found.steps if measured else None,
        "seconds_per_step": found.seconds_per_step if measured else None,
        "seconds_to_end": found.seconds_to_end if measured else None,
        "checkpoint": found.checkpoint if measured else None,
        "disk": found.disk if measured else None,
        "disk_free": found.disk_free if measured else None,
        "message": found.message,
        "proposals": [one.model_dump(mode="json") for one in found.proposals],
    }


def seconds(value: float) -> str:
    """0.34 s below ten seconds, else as a duration."""
    return f"{value:.2g}\u00a0s" if value < 10 else format_duration(value)


def bytes_of(text: str) -> int:
    """4GB, 800 MB or a plain number of bytes."""
    found = SIZE.fullmatch(text.strip())
    unit = found.group(2).upper() if found else ""
    unit = unit if unit in UNITS else f"{unit}B"
    if not found or unit not in ({*UNITS, "B"}) or float(found.group(1)) <= 0:
        raise UsageError(f"--memory is a size such as 4GB, not “{text}”.")
    return int(float(found.group(1)) * UNITS.get(unit, 1))


def _in_shell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
