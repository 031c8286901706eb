"""How curves look and how their numbers are written: plain records, no drawing."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from studio.numbers import NO_BREAK, format_exponent, format_three_digits


@dataclass(frozen=True)
class CurveStyle:
    """One curve's look; `colour` is a token, `opacity` mixes it with the ground it stands on."""

    name: str
    colour: str
    width: float = 1.5
    opacity: float = 1.0
    dash: tuple[float, ...] = ()
    dots: bool = False
    named: bool = True  # at its right end
    filled: bool = False  # to the bottom
    overlaid: bool = False  # another run's: it does not say how far this one has come


@dataclass(frozen=True)
class Reference:
    """A named horizontal line that the curves are read against."""

    name: str
    value: float
    colour: str = "warn"
    dash: tuple[float, ...] = (4, 3)


@dataclass(frozen=True)
class Best:
    """The marked point of a curve and what to say there."""

    x: float
    y: float
    text: str
    colour: str


# Dashes beyond the first run, so that curves differ without colour too.
DASHES: tuple[tuple[float, ...], ...] = ((), (6, 3), (2, 2), (8, 3, 2, 3), (1, 2), (10, 4))
CURVE_COLOURS = 6

Write = Callable[[float], str]


def curve_colour(place: int) -> str:
    """The token of the curve colour that the run of this place in the project keeps."""
    return f"plot-{place % CURVE_COLOURS + 1}"


def write_number(value: float) -> str:
    """A loss or probability without its leading zero, larger numbers short."""
    if not math.isfinite(value):
        return "not a number"
    size = abs(value)
    if size and (size < 0.001 or size >= 1e6):
        return format_exponent(value)
    if size >= 1000:
        return f"{value:,.0f}"
    text = format_three_digits(value) if size >= 1 else f"{value:.3f}"
    return without_zero(text)


def write_share(value: float) -> str:
    """A share as per cent with one digit."""
    return f"{100 * value:.1f}{NO_BREAK}%" if math.isfinite(value) else "not a number"


def write_tick(value: float) -> str:
    """A tick of an axis, as short as it can be."""
    if value and (abs(value) < 0.001 or abs(value) >= 1e5):
        return write_number(value)
    return without_zero(f"{value:.4f}".rstrip("0").rstrip(".") or "0")


def write_share_tick(value: float) -> str:
    """A tick of an axis of shares."""
    return f"{100 * value:.0f}{NO_BREAK}%"


def without_zero(text: str) -> str:
    """.549 for 0.549, −.5 for -0.5."""
    text = text.replace("-", "−", 1) if text.startswith("-") else text
    return text.replace("0.", ".", 1) if text.startswith(("0.", "−0.")) else text


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two bounds, at most about `most` of them."""
    span = high - low
    if not math.isfinite(span) or span <= 0 or most < 1:
        return []
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * unit for unit in (1, 2, 5, 10) if power * unit >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Exponents of round numbers between two exponents."""
    units = (0.0,) if high - low > 3 else tuple(math.log10(unit) for unit in (1, 2, 5))
    powers = range(math.floor(low), math.ceil(high) + 1)
    places = [power + unit for power in powers for unit in units]
    return [place for place in places if low <= place <= high]


def spread(wanted: list[float], height: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, at least `height` apart and within bounds; same order."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [0.0] * len(wanted)
    edge = low
    for index in order:
        placed[index] = max(wanted[index], edge)
        edge = placed[index] + height
    edge = high
    for index in reversed(order):
        placed[index] = min(placed[index], edge)
        edge = placed[index] - height
    return placed
