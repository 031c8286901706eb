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
    parts = zip(colour.getRgb()[:3], ground.getRgb()[:3], strict=True)
    return QColor(*(round(over * share + under * (1 - share)) for over, under in parts))
