"""Breaks a caption into a few lines: at words, between Chinese signs, never within a grapheme."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF, QTextLayout, QTextOption

LONGEST = 600  # more signs than this never fit into a cell


def lines_of(text: str, font: QFont, width: float, count: int) -> list[str]:
    """At most `count` lines; the last one ends in an ellipsis when something is left."""
    flat = " ".join(text[:LONGEST].split())
    if not flat:
        return []
    layout = QTextLayout(flat, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    starts = _line_starts(layout, width, count + 1)
    units = flat.encode("utf-16-le")  # Qt counts UTF-16 units
    cut = [_units(units, start, end) for start, end in starts[:count]]
    if len(starts) > count or len(text) > LONGEST:
        rest = _units(units, starts[count - 1][0], len(units) // 2)
        metrics = QFontMetricsF(font)
        cut[-1] = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)
    return [line.strip() for line in cut]


def _line_starts(layout: QTextLayout, width: float, most: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    layout.beginLayout()
    while len(found) < most:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        found.append((line.textStart(), line.textStart() + line.textLength()))
    layout.endLayout()
    return found


def _units(units: bytes, start: int, end: int) -> str:
    return units[2 * start : 2 * end].decode("utf-16-le", errors="ignore")
