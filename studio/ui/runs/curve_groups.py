"""Which metrics share a plot on the Runs page, and how each is drawn and written."""

from collections.abc import Callable
from dataclasses import dataclass

from studio.numbers import format_bytes
from studio.ui.widgets import curve_style
from studio.ui.widgets.curve_style import CurveStyle, Write


@dataclass(frozen=True)
class Line:
    """One metric in a plot; `mean` smooths what is noisy from step to step."""

    metric: str
    name: str
    strong: bool = False
    mean: bool = False
    own_colour: bool = False  # not the run's: told apart within the plot
    filled: bool = False


@dataclass(frozen=True)
class CurveGroup:
    """A plot: its title, its lines, and how values are written."""

    key: str
    title: str
    lines: tuple[Line, ...]
    write: Write = curve_style.write_number
    write_tick: Write = curve_style.write_tick
    floor: float | None = None
    majority: bool = False


def _rate(digits: int) -> Callable[[float], str]:
    return lambda value: f"{value:,.{digits}f}"


GROUPS = (
    CurveGroup(
        "loss",
        "Loss",
        (
            Line("train/loss", "train", mean=True),
            Line("validation/loss", "validation", strong=True),
        ),
        floor=0.0,
    ),
    CurveGroup(
        "quality",
        "Accuracy and F1, validation",
        (
            Line("validation/accuracy", "accuracy", strong=True),
            Line("validation/f1/macro", "F1", own_colour=True),
        ),
        majority=True,
    ),
    CurveGroup(
        "perplexity",
        "Perplexity, validation",
        (
            Line("validation/perplexity", "mean", strong=True),
            Line("validation/perplexity_median", "median", own_colour=True),
        ),
        floor=1.0,
    ),
    CurveGroup("rate", "Learning rate", (Line("learning_rate", "rate"),), floor=0.0),
    CurveGroup("norm", "Gradient norm", (Line("gradient_norm", "norm"),), floor=0.0),
    CurveGroup(
        "speed",
        "Samples a second",
        (Line("samples_per_second", "samples/s"),),
        write=_rate(0),
        write_tick=_rate(0),
        floor=0.0,
    ),
    CurveGroup(
        "memory",
        "Memory",
        (Line("memory", "memory", filled=True),),
        write=format_bytes,
        write_tick=format_bytes,
        floor=0.0,
    ),
)
BY_KEY = {group.key: group for group in GROUPS}
SMALL = ("quality", "norm", "memory")
ALL_METRICS = tuple(line.metric for group in GROUPS for line in group.lines)
# Train losses of so many steps make one point of their moving mean, at most an epoch's.
MEAN_STEPS = 25


def own_style(line: Line, colour: str) -> CurveStyle:
    """How a line of the run on the page looks."""
    if line.mean:
        return CurveStyle(line.name, colour, width=1, opacity=0.28, named=False)
    if line.strong:
        return CurveStyle(line.name, colour, width=2.25, dots=True)
    chosen = "plot-4" if line.own_colour else colour
    return CurveStyle(line.name, chosen, width=1.5, filled=line.filled)


def mean_style(line: Line, colour: str) -> CurveStyle:
    """How the moving mean of a noisy line looks."""
    return CurveStyle(line.name, colour, width=1.5)


def overlay_style(title: str, colour: str, place: int) -> CurveStyle:
    """How the same metric of another run looks; dashes tell runs apart without colour."""
    dash = curve_style.DASHES[1 + place % (len(curve_style.DASHES) - 1)]
    return CurveStyle(title, colour, width=1.5, dash=dash, overlaid=True)
