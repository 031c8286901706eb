"""The colours of a label, which names either a tone of the theme or a place in the plot colours."""

from PySide6.QtGui import QColor

from studio.ui.tokens import Tokens

TONES = ("dangerous", "safe", "unsure")


def text_colour(tokens: Tokens, colour: str) -> QColor:
    """For the label's word; a plot colour may be too pale for words, its mark carries it."""
    if colour in TONES:
        return tokens.color(colour)
    return tokens.color("text_1" if colour else "text_2")


def mark_colour(tokens: Tokens, colour: str) -> QColor:
    """For its mark and its bars."""
    if colour in TONES:
        return tokens.color(f"{colour}_mark")
    return _plot(tokens, colour) if colour else tokens.color("text_3")


def soft_colour(tokens: Tokens, colour: str) -> QColor:
    """For the ground of what is chosen."""
    if colour in TONES:
        return tokens.color(f"{colour}_soft")
    return tokens.color("accent_soft")


def _plot(tokens: Tokens, colour: str) -> QColor:
    number = colour.rpartition("-")[2]
    return tokens.curve(int(number) - 1 if number.isdecimal() else 0)
