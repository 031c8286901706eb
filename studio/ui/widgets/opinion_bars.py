"""What runs say about a sample: one bar a run, cut by the probability of each label."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.numbers import format_probability
from studio.ui import fonts, label_colours, theme

PITCH = 22
NAME_WIDTH = 78
ANSWER_WIDTH = 104


@dataclass(frozen=True)
class Opinion:
    """One run's probabilities as (label, colour of the label, probability), in label order."""

    name: str
    parts: tuple[tuple[str, str, float], ...]

    def answer(self) -> tuple[str, str, float]:
        return max(self.parts, key=lambda part: part[2], default=("", "", 0.0))


class OpinionBars(QWidget):
    """Paints the opinions one below the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opinions: Sequence[Opinion] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.watch(self.update)

    def show_opinions(self, opinions: Sequence[Opinion]) -> None:
        self._opinions = tuple(opinions)
        self.setFixedHeight(self.sizeHint().height())
        self.setAccessibleName("; ".join(_spoken(each) for each in self._opinions))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, fonts.scaled(PITCH) * len(self._opinions))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pitch = fonts.scaled(PITCH)
        for at, opinion in enumerate(self._opinions):
            self._paint_one(painter, QRect(0, at * pitch, self.width(), pitch), opinion)
        painter.end()

    def _paint_one(self, painter: QPainter, box: QRect, opinion: Opinion) -> None:
        tokens = theme.current_tokens()
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(fonts.role_font("small", tabular=True))
        painter.setPen(tokens.color("text_2"))
        name = QRect(box.left(), box.top(), NAME_WIDTH, box.height())
        words = painter.fontMetrics().elidedText(
            opinion.name, Qt.TextElideMode.ElideRight, NAME_WIDTH - 6
        )
        painter.drawText(name, middle | Qt.AlignmentFlag.AlignLeft, words)
        label, colour, share = opinion.answer()
        painter.setPen(label_colours.text_colour(tokens, colour))
        answer = f"{label} {format_probability(share, 2)}"
        answer = painter.fontMetrics().elidedText(
            answer, Qt.TextElideMode.ElideLeft, ANSWER_WIDTH - 6
        )
        painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, answer)
        left = box.left() + NAME_WIDTH
        width = box.width() - NAME_WIDTH - ANSWER_WIDTH
        self._paint_parts(painter, QRectF(left, box.center().y() - 1.5, width, 4), opinion)

    def _paint_parts(self, painter: QPainter, track: QRectF, opinion: Opinion) -> None:
        tokens = theme.current_tokens()
        painter.setPen(Qt.PenStyle.NoPen)
        shown = [part for part in opinion.parts if part[2] > 0.005]
        free = track.width() - 2 * max(0, len(shown) - 1)
        left = track.left()
        for _label, colour, share in shown:
            width = max(1.0, free * share)
            painter.setBrush(label_colours.mark_colour(tokens, colour))
            painter.drawRoundedRect(QRectF(left, track.top(), width, track.height()), 2, 2)
            left += width + 2


def _spoken(opinion: Opinion) -> str:
    label, _colour, share = opinion.answer()
    return f"{opinion.name} says {label}, {format_probability(share, 2)}"
