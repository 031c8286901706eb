"""Pens for curves: opaque colours, as drawing through alpha costs more."""

from PySide6.QtGui import QColor, QPen

from studio.ui.tokens import Tokens
from studio.ui.widgets.curve_style import CurveStyle


def pen_of(style: CurveStyle, tokens: Tokens, *, thin: bool) -> QPen:
    """The pen of a curve; a thin one is a pixel wide whatever the style says."""
    colour = mixed(tokens.color(style.colour), tokens.color("panel"), style.opacity)
    pen = QPen(colour, 1 if thin else style.width)
    pen.setCosmetic(True)
    if style.dash:
        pen.setDashPattern(list(style.dash))
    return pen


def mixed(colour: QColor, ground: QColor, share: float) -> QColor:
    """An opaque mixture: drawing through alpha costs more and looks the same on one ground."""
    over, under, rest = colour, ground, 1 - share
    return QColor(
        round(over.red() * share + under.red() * rest),
        round(over.green() * share + under.green() * rest),
        round(over.blue() * share + under.blue() * rest),
    )
