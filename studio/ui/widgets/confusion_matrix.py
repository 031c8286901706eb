"""The confusion matrix: rows are true labels, columns what was said; a cell opens its samples."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.ui import fonts, theme
from studio.ui.tokens import Tokens
from studio.ui.widgets.curve_pens import mixed
from studio.ui.widgets.label_mark import paint_label_mark
from studio.ui.widgets.text import plain_tooltip

TOP = 26.0
GAP = 4.0


@dataclass(frozen=True)
class MatrixLabel:
    """A label at a row and a column: its word, colour token and shape."""

    name: str
    colour: str
    shape: str


class ConfusionMatrix(QWidget):
    """One hue from panel to accent; the counts of a row are read together."""

    cell_chosen = Signal(str, str)  # true label, said label

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[MatrixLabel, ...] = ()
        self._counts: tuple[tuple[int, ...], ...] = ()
        self._hover: tuple[int, int] | None = None
        self._current = (0, 0)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Confusion matrix")
        theme.watch(self.update)

    def sizeHint(self) -> QSize:
        rows = max(len(self._labels), 2)
        return QSize(280, int(TOP + rows * (self._cell_height() + GAP)))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def show_matrix(
        self, labels: tuple[MatrixLabel, ...], counts: tuple[tuple[int, ...], ...]
    ) -> None:
        """Show counts; rows and columns are in the order of the labels."""
        self._labels, self._counts = labels, counts
        self._current = (0, 0)
        self.setAccessibleDescription("; ".join(self._sentence(*cell) for cell in self.cells()))
        self.updateGeometry()
        self.update()

    def cells(self) -> list[tuple[int, int]]:
        """Every cell as row and column."""
        size = range(len(self._labels))
        return [(row, column) for row in size for column in size]

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell is."""
        left = self._left()
        count = max(len(self._labels), 1)
        width = (self.width() - left - GAP * (count - 1)) / count
        height = self._cell_height()
        return QRectF(left + column * (width + GAP), TOP + row * (height + GAP), width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current_tokens()
        most = max((count for row in self._counts for count in row), default=0) or 1
        for index, label in enumerate(self._labels):
            cell = self.cell_rect(0, index)
            self._paint_heading(painter, tokens, "said", label, QPointF(cell.center().x(), 10))
            cell = self.cell_rect(index, 0)
            at = QPointF((self._left() - 8) / 2, cell.center().y())
            self._paint_heading(painter, tokens, "is", label, at)
        for row, column in self.cells():
            share = self._counts[row][column] / most
            self._paint_cell(painter, tokens, (row, column), share)

    def _paint_heading(
        self, painter: QPainter, tokens: Tokens, word: str, label: MatrixLabel, at: QPointF
    ) -> None:
        font = fonts.role_font("small")
        painter.setFont(font)
        painter.setPen(tokens.color("text_3"))
        width = QFontMetricsF(font).horizontalAdvance(word) + 6 + 12
        left = at.x() - width / 2
        box = QRectF(left, at.y() - 8, width, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, word)
        mark = QRectF(left + width - 12, at.y() - 6, 12, 12)
        paint_label_mark(painter, mark, label.shape, label.colour)

    def _paint_cell(
        self, painter: QPainter, tokens: Tokens, cell: tuple[int, int], share: float
    ) -> None:
        rect = self.cell_rect(*cell)
        focused = self.hasFocus() and cell == self._current
        outline = "accent_line" if focused or cell == self._hover else "line"
        painter.setPen(QPen(tokens.color(outline), 2 if focused else 1))
        fill = mixed(tokens.color("accent_line"), tokens.color("panel"), 0.06 + 0.58 * share)
        painter.setBrush(fill)
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
        font = fonts.role_font("title" if len(self._labels) <= 3 else "small", tabular=True)
        painter.setFont(font)
        painter.setPen(tokens.color("text_1"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, f"{self._counts[cell[0]][cell[1]]:,}")

    def _cell_at(self, at: QPointF) -> tuple[int, int] | None:
        return next((cell for cell in self.cells() if self.cell_rect(*cell).contains(at)), None)

    def _choose(self, cell: tuple[int, int]) -> None:
        self._current = cell
        self.update()
        self.cell_chosen.emit(self._labels[cell[0]].name, self._labels[cell[1]].name)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = self._cell_at(event.position())
        shape = Qt.CursorShape.PointingHandCursor if self._hover else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(cell)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        move = moves.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self._labels:
                self._choose(self._current)
        elif move is not None:
            last = max(len(self._labels) - 1, 0)
            row, column = (
                min(max(a + b, 0), last) for a, b in zip(self._current, move, strict=True)
            )
            self._current = (row, column)
            self.update()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            cell = self._cell_at(QPointF(event.pos()))
            text = self._sentence(*cell) if cell else ""
            QToolTip.showText(event.globalPos(), plain_tooltip(text), self)
            return True
        return super().event(event)

    def _sentence(self, row: int, column: int) -> str:
        is_label, said = self._labels[row].name, self._labels[column].name
        return f"{self._counts[row][column]:,} are {is_label}, said {said}"

    def _left(self) -> float:
        return 50.0

    def _cell_height(self) -> float:
        return 46.0 if len(self._labels) <= 3 else 30.0
