"""How words are laid out in lines: sizes and places, without painting."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from studio.attention.words import Word
from studio.ui import fonts

CLOSING = frozenset(".,;:!?)]}%，。、；：！？）】》」』”’")
BAR = 3  # pixels, the share below a chip


@dataclass(frozen=True)
class Manner:
    """Chips with a bar below, or large words with colour under them."""

    size: int
    padding: int
    gap: int
    underlay: bool


CHIPS = Manner(15, 7, 4, underlay=False)
STAGE = Manner(26, 9, 6, underlay=True)
LONG_STAGE = Manner(17, 5, 3, underlay=True)  # a prompt with its template
LARGE_UP_TO = 40  # words


def stage_manner(words: list[Word]) -> Manner:
    """Large words, or smaller ones where there are many."""
    return STAGE if len(words) <= LARGE_UP_TO else LONG_STAGE


def word_font(manner: Manner, word: Word) -> QFont:
    """Special tokens are smaller."""
    font = fonts.role_font("reading")
    small = min(15, manner.size - 3) if manner.underlay else 12
    font.setPixelSize(fonts.scaled(small if word.special else manner.size))
    return font


def line_height(manner: Manner) -> int:
    """One line with what is painted below or under it."""
    return fonts.scaled(manner.size * 1.6) + (0 if manner.underlay else 2 * BAR + 2)


def arrange(manner: Manner, words: list[Word], width: int) -> tuple[list[QRectF], float]:
    """The place of each word, and the height of all lines; large words are centred."""
    high, x, y = line_height(manner), 0.0, 0.0
    lines: list[list[QRectF]] = [[]]
    for word in words:
        metrics = QFontMetricsF(word_font(manner, word))
        wide = metrics.horizontalAdvance(word.text) + 2 * manner.padding
        if lines[-1] and x + wide > width:
            # A mark that ends a clause takes its word along to the next line.
            held = lines[-1].pop() if word.text in CLOSING and len(lines[-1]) > 1 else None
            x, y = 0.0, y + high + manner.gap
            lines.append([QRectF(0, y, held.width(), high)] if held is not None else [])
            x = held.width() + manner.gap if held is not None else 0.0
        lines[-1].append(QRectF(x, y, wide, high))
        x += wide + manner.gap
    if manner.underlay:
        lines = [_centred(line, width) for line in lines]
    return [place for line in lines for place in line], y + high


def _centred(line: list[QRectF], width: int) -> list[QRectF]:
    shift = (width - line[-1].right()) / 2 if line else 0.0
    return [place.translated(max(0.0, shift), 0) for place in line]
