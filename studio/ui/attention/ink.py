"""Shares as colours of the theme, and as words."""

import numpy as np
from PySide6.QtGui import QColor, QImage

from studio import preferences
from studio.attention import heatmap
from studio.attention.look import WordReading
from studio.numbers import format_probability, format_share
from studio.ui import theme
from studio.ui.tokens import DARK_TOKENS, LIGHT_TOKENS

_LEVELS = 256


def colours() -> str:
    """The colours that heat is painted in: the user's choice, inferno at first."""
    chosen = preferences.load().heat_colours
    return chosen if chosen in heatmap.NAMES else heatmap.NAMES[0]


def paint(
    values: np.ndarray,
    *,
    is_difference: bool,
    name: str = "inferno",
    opacity: float = heatmap.OPACITY,
) -> np.ndarray:
    """Red, green, blue, opacity of shares, or of changes in the colours of less and more."""
    if not is_difference:
        return heatmap.paint(values, name, opacity)
    tokens = theme.current_tokens()
    less, more = (_rgb(tokens.color(f"difference_{name}")) for name in ("less", "more"))
    return heatmap.paint_difference(values, less, more, opacity)


def fill_of(reading: WordReading, index: int) -> QColor:
    """The colour under a word."""
    painted = paint(reading.ink, is_difference=reading.is_difference, name=reading.colours)
    red, green, blue, opacity = painted[index]
    return QColor(int(red), int(green), int(blue), int(opacity))


def bar_of(reading: WordReading, index: int) -> QColor:
    """The same colour for a bar: never faint."""
    fill = fill_of(reading, index)
    fill.setAlpha(255)
    return fill


def text_on(fill: QColor, ground: QColor) -> QColor:
    """Dark or light letters, whichever reads better on a fill over a ground."""
    share = fill.alphaF()
    channels = (QColor.redF, QColor.greenF, QColor.blueF)
    red, green, blue = (share * of(fill) + (1 - share) * of(ground) for of in channels)
    lightness = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return LIGHT_TOKENS.color("text_1") if lightness > 0.2 else DARK_TOKENS.color("text_1")


def image_of(values: np.ndarray, *, is_difference: bool = False, name: str = "inferno") -> QImage:
    """A picture of a table of values, one pixel each."""
    painted = np.ascontiguousarray(paint(values, is_difference=is_difference, name=name))
    height, width = values.shape
    kind = QImage.Format.Format_RGBA8888
    return QImage(painted.tobytes(), width, height, 4 * width, kind).copy()


def overlay(
    heat: np.ndarray, *, is_difference: bool, name: str, opacity: float, most: float | None = None
) -> QImage:
    """A layer to lay over a picture: [row, column] in shares of the largest, faint ones clear.

    Of a difference, below zero in the colour of less and above in that of more. `most` is painted
    as the largest in place of the heat's own, and what is above it like it.
    """
    largest = max(float(heat.max(initial=0.0)), -float(heat.min(initial=0.0)), 1e-12)
    if most is not None:
        heat, largest = np.clip(heat, -most, most), max(most, 1e-12)
    middle = _LEVELS / 2 if is_difference else 0.5
    levels = heat * np.float32((_LEVELS - 1) / largest / (2 if is_difference else 1))
    levels += np.float32(middle)
    bytes_of = np.ascontiguousarray(levels.astype(np.uint8))
    height, width = heat.shape
    # Qt finds the colours of the levels far quicker than an array of them is made.
    image = QImage(bytes_of.data, width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable(ramp(is_difference=is_difference, name=name, opacity=opacity))
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def ramp(*, is_difference: bool, name: str, opacity: float) -> list[int]:
    """The colours from least to most, with their opacity in the highest byte."""
    shares = np.linspace(-1.0 if is_difference else 0.0, 1.0, _LEVELS)
    painted = paint(shares, is_difference=is_difference, name=name, opacity=opacity)
    red, green, blue, alpha = painted.astype(np.uint32).T
    return ((alpha << 24) | (red << 16) | (green << 8) | blue).tolist()


def share_words(text: str, reading: WordReading, index: int) -> str:
    """“cyclist”: 31.0 % of what was read, or +.12 against the base."""
    share = float(reading.shares[index])
    if reading.is_difference:
        sign = "+" if share >= 0 else "−"
        return f"“{text}”: {sign}{format_probability(abs(share))} against the base model"
    return f"“{text}”: {format_share(share)} {reading.what}"


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()
