"""Phosphor icons drawn from their typeface at the screen's ratio, in any token's colour."""

import importlib.util
import json
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from studio.ui.theme import current_tokens


class GlyphEngine(QIconEngine):
    """Paints one glyph; asks for the colour each time, so that a theme change needs no new icon."""

    def __init__(self, name: str, colour: str, checked: str = "") -> None:
        super().__init__()
        self.name, self.colour, self.checked = name, colour, checked or colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the glyph in the colour of its state."""
        colour = self.checked if state == QIcon.State.On else self.colour
        if mode == QIcon.Mode.Disabled:
            colour = "text_off"
        paint_icon(painter, rect, self.name, colour)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The glyph on a transparent ground."""
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> "GlyphEngine":
        """A copy, as Qt asks for one."""
        return GlyphEngine(self.name, self.colour, self.checked)


def icon(name: str, colour_token: str = "text_2", size: int = 16, *, checked: str = "") -> QIcon:
    """The icon `name` (such as "eye" or "warning-fill"); `checked` is its colour when on."""
    del size  # glyphs are drawn at whatever size is asked for
    return QIcon(GlyphEngine(name, colour_token, checked))


def icon_pixmap(name: str, colour_token: str, size: int, ratio: float = 1.0) -> QPixmap:
    """One icon as a pixmap for a screen of the given ratio."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_icon(painter, QRect(0, 0, size, size), name, colour_token)
    painter.end()
    return pixmap


def paint_icon(painter: QPainter, rect: QRect | QRectF, name: str, colour_token: str) -> None:
    """Draw an icon centred in a rectangle."""
    family, glyphs = _typeface()
    if not family:
        return
    font = QFont(family)
    font.setPixelSize(max(1, round(min(rect.width(), rect.height()))))
    font.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
    painter.save()
    painter.setFont(font)
    painter.setPen(current_tokens().color(colour_token))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
    painter.drawText(QRectF(rect), flags, chr(int(glyphs[name], 16)))
    painter.restore()


def has_icon(name: str) -> bool:
    """Whether the typeface has an icon of this name."""
    return name in _typeface()[1]


@lru_cache(maxsize=1)
def _typeface() -> tuple[str, dict[str, str]]:
    """The family registered from qtawesome's files, whose code is not run: it loads 12 faces."""
    found = importlib.util.find_spec("qtawesome")
    if found is None or not found.origin:
        return "", {}
    folder = Path(found.origin).parent / "fonts"
    number = QFontDatabase.addApplicationFont(str(next(iter(sorted(folder.glob("phosphor*.ttf"))))))
    families = QFontDatabase.applicationFontFamilies(number)
    charmap = next(iter(sorted(folder.glob("phosphor-charmap*.json"))))
    return (families[0] if families else ""), json.loads(charmap.read_text("utf-8"))
