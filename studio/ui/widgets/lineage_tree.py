"""A small tree of runs that went on from one another, with the epochs behind each."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from studio.ui import fonts, theme
from studio.ui.widgets.text import plain_tooltip

ROW, INDENT, LEFT = 44, 20, 20
DOT = 5.0


@dataclass(frozen=True)
class LineageRow:
    """A row: `kind` is base, run, new or gone; a row with a key can be pressed.

    `depth` counts the parents; `name` and `detail` stand at the left, `total` at the right.
    """

    depth: int
    name: str
    detail: str = ""
    total: str = ""
    kind: str = "run"
    key: int | None = None
    chosen: bool = False


class LineageTree(QWidget):
    """Parents stand above their children; `picked` carries the key of a row."""

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[LineageRow, ...] = ()
        self.current = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.hovered = -1

    def show_rows(self, rows: Sequence[LineageRow]) -> None:
        """Show another tree."""
        self.rows = tuple(rows)
        self.current = self.hovered = -1
        said = "; ".join(f"{row.name}, {row.detail}, {row.total}" for row in self.rows)
        self.setAccessibleName(f"Lineage: {said}")
        self.setMinimumHeight(len(self.rows) * self.row_height())
        self.updateGeometry()
        self.update()

    def row_height(self) -> int:
        """Rows grow with the text."""
        return fonts.scaled(ROW)

    def sizeHint(self) -> QSize:
        """All rows."""
        return QSize(300, len(self.rows) * self.row_height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows, then the lines and dots over them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, row in enumerate(self.rows):
            self._paint_row(painter, number, row)
        for number, row in enumerate(self.rows):
            self._paint_branch(painter, number, row)
        for number, row in enumerate(self.rows):
            self._paint_dot(painter, number, row)

    def _centre(self, number: int) -> QPointF:
        height = self.row_height()
        x = LEFT + self.rows[number].depth * INDENT + DOT
        return QPointF(x, number * height + height / 2)

    def _paint_row(self, painter: QPainter, number: int, row: LineageRow) -> None:
        tokens = theme.current_tokens()
        height = self.row_height()
        rect = QRectF(8, number * height + 2, self.width() - 16, height - 4)
        if row.chosen or (number == self.hovered and row.key is not None):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft" if row.chosen else "hover"))
            painter.drawRoundedRect(rect, 6, 6)
        if number == self.current and self.hasFocus():
            painter.setPen(QPen(tokens.color("accent_line"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, 6, 6)
        left = self._centre(number).x() + DOT + 10
        small = QFontMetrics(fonts.role_font("small", tabular=True))
        room = self.width() - 20 - small.horizontalAdvance(row.total) - 12 - left
        half = height / 2
        upper = QRectF(left, number * height + 4, max(0.0, room), half - 4)
        lower = QRectF(left, number * height + half, max(0.0, room), half - 5)
        strong = "button" if row.kind in ("new", "run") else "body"
        tone = "accent_text" if row.kind == "new" else "text_3" if row.kind == "gone" else "text_1"
        _write(painter, upper, row.name, strong, tone)
        faint = "text_2" if row.chosen else "text_3"
        _write(painter, lower, row.detail, "small", faint)
        painter.setFont(fonts.role_font("small", tabular=True))
        painter.setPen(tokens.color("text_2"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, number * height, self.width() - 20, height), right, row.total)

    def _paint_branch(self, painter: QPainter, number: int, row: LineageRow) -> None:
        parent = next(
            (one for one in range(number - 1, -1, -1) if self.rows[one].depth < row.depth), None
        )
        if parent is None:
            return
        dashed = Qt.PenStyle.DashLine if row.kind == "new" else Qt.PenStyle.SolidLine
        painter.setPen(QPen(theme.current_tokens().color("line_control"), 1.25, dashed))
        start, end = self._centre(parent), self._centre(number)
        painter.drawLine(QPointF(start.x(), start.y()), QPointF(start.x(), end.y()))
        painter.drawLine(QPointF(start.x(), end.y()), end)

    def _paint_dot(self, painter: QPainter, number: int, row: LineageRow) -> None:
        tokens = theme.current_tokens()
        edge = "accent_line" if row.kind == "new" or row.chosen else "line_control"
        filled = row.kind in ("run", "base")
        painter.setPen(QPen(tokens.color(edge), 1.5))
        painter.setBrush(tokens.color(edge if filled else "panel"))
        painter.drawEllipse(self._centre(number), DOT - 0.5, DOT - 0.5)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the mouse."""
        self.hovered = self._row_at(event.position().y())
        self.update()

    def leaveEvent(self, event: object) -> None:
        """No row is under the mouse."""
        self.hovered = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press picks a row that can be picked."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pick(self._row_at(event.position().y()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Enter or Space picks."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step and self.rows:
            self.current = min(len(self.rows) - 1, max(0, self.current + step))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self._pick(self.current)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Say a row whole where it may be cut."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self._row_at(event.pos().y())
            if number >= 0:
                row = self.rows[number]
                words = "\n".join(part for part in (row.name, row.detail, row.total) if part)
                QToolTip.showText(event.globalPos(), plain_tooltip(words), self)
            return True
        return super().event(event)

    def _row_at(self, y: float) -> int:
        number = int(y // self.row_height())
        return number if 0 <= number < len(self.rows) else -1

    def _pick(self, number: int) -> None:
        key = self.rows[number].key if 0 <= number < len(self.rows) else None
        if key is not None:
            self.current = number
            self.picked.emit(key)


def _write(painter: QPainter, place: QRectF, text: str, role: str, tone: str) -> None:
    font = fonts.role_font(role)
    painter.setFont(font)
    painter.setPen(theme.current_tokens().color(tone))
    elided = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, elided)
