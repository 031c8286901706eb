"""Two small plots: how likely a word stays while what was read is hidden, and while it is shown."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.attention import hiding
from studio.numbers import format_probability
from studio.ui import fonts, theme
from workers.contract.hiding import CheckedWord

HEIGHT, TITLE, FOOT, GAP = 118, 18, 16, 14
LEAST_TOP = 1e-6
SMALL = 0.1


class HidingCurves(QWidget):
    """Deletion at the left, insertion at the right; thin lines are random orders."""

    def __init__(self) -> None:
        super().__init__()
        self.word: CheckedWord | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.watch(self.update)

    def show_word(self, word: CheckedWord | None) -> None:
        """Show the curves of a checked word."""
        self.word = word
        if word is not None:
            judged = hiding.judge(word)
            self.setAccessibleName(f"Deletion and insertion of “{word.text}”")
            self.setAccessibleDescription(area_words(judged.deletion, judged.chance))
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, fonts.scaled(HEIGHT))

    def plot_rect(self, place: int) -> QRectF:
        """Where the curves of deletion (0) or insertion (1) are painted."""
        wide = (self.width() - GAP) / 2
        top, foot = fonts.scaled(TITLE), fonts.scaled(FOOT)
        return QRectF(place * (wide + GAP), top, wide, self.height() - top - foot)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint both plots on one scale."""
        if self.word is None:
            return
        word, judged = self.word, hiding.judge(self.word)
        curves = (word.deletion, word.insertion, *word.chance)
        top = max(LEAST_TOP, *(max(curve) for curve in curves))
        shown_again = tuple(curve[::-1] for curve in word.chance)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        parts = (
            (word.deletion, word.chance, area_words(judged.deletion, judged.chance), "hidden"),
            (
                word.insertion,
                shown_again,
                area_words(judged.insertion, judged.chance, "Insertion"),
                "shown",
            ),
        )
        for place, (own, chance, title, foot) in enumerate(parts):
            self._paint_plot(painter, self.plot_rect(place), own, chance, top)
            self._paint_words(painter, self.plot_rect(place), title, f"{foot} 0 to 100 %")
        painter.end()

    def _paint_plot(
        self,
        painter: QPainter,
        area: QRectF,
        own: Sequence[float],
        chance: Sequence[Sequence[float]],
        top: float,
    ) -> None:
        tokens = theme.current_tokens()
        painter.fillRect(area, tokens.color("raised"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.color("text_3"), 1))
        for curve in chance:
            painter.drawPolyline(_line(area, curve, top))
        painter.setPen(QPen(tokens.color("accent_line"), 2.25))
        painter.drawPolyline(_line(area, own, top))

    def _paint_words(self, painter: QPainter, area: QRectF, title: str, foot: str) -> None:
        tokens = theme.current_tokens()
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(fonts.role_font("tiny", tabular=True))
        painter.setPen(tokens.color("text_1"))
        above = QRectF(area.left(), 0, area.width(), area.top())
        painter.drawText(above, middle | Qt.AlignmentFlag.AlignLeft, title)
        painter.setPen(tokens.color("text_3"))
        below = QRectF(area.left(), area.bottom(), area.width(), self.height() - area.bottom())
        painter.drawText(below, middle | Qt.AlignmentFlag.AlignLeft, foot)


def area_words(area: float, chance: float, name: str = "Deletion") -> str:
    """“Deletion .31 (chance .52)”; small areas get a third digit."""
    digits = 2 if max(area, chance) >= SMALL else 3
    figures = (format_probability(figure, digits) for figure in (area, chance))
    return "{} {} (chance {})".format(name, *figures)


def _line(area: QRectF, curve: Sequence[float], top: float) -> QPolygonF:
    step = area.width() / max(1, len(curve) - 1)
    inner = area.height() - 4
    return QPolygonF(
        [
            QPointF(area.left() + place * step, area.bottom() - 2 - inner * value / top)
            for place, value in enumerate(curve)
        ]
    )
