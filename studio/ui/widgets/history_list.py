"""The edits of a project, newest first; a click goes back or forth to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.numbers import format_moment
from studio.ui import fonts, theme
from studio.ui.widgets.text import plain_tooltip

ROW = 26


@dataclass(frozen=True)
class Step:
    id: int
    title: str
    made_at: float
    undone: bool


class HistoryList(QWidget):
    """Paints the steps; the state the project is in has the accent dot."""

    step_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: Sequence[Step] = ()
        self._hovered = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("History")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.watch(self.update)

    def show_steps(self, steps: Sequence[Step]) -> None:
        self._steps = tuple(steps)
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, fonts.scaled(ROW) * len(self._steps))

    def current(self) -> int:
        """The row of the newest step that is not undone; the number of rows when all are."""
        return next(
            (at for at, step in enumerate(self._steps) if not step.undone), len(self._steps)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pitch, current = fonts.scaled(ROW), self.current()
        first, last = event.rect().top() // pitch, event.rect().bottom() // pitch
        for at in range(max(0, first), min(last + 1, len(self._steps))):
            box = QRect(0, at * pitch, self.width(), pitch)
            self._paint_step(painter, box, self._steps[at], at, current)
        painter.end()

    def _paint_step(self, painter: QPainter, box: QRect, step: Step, at: int, current: int) -> None:
        tokens = theme.current_tokens()
        if at == self._hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("hover"))
            painter.drawRoundedRect(box, 5, 5)
        self._paint_dot(painter, QPointF(7, box.center().y() + 1), step.undone, at == current)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(fonts.role_font("small", tabular=True))
        painter.setPen(tokens.color("text_3"))
        moment = "undone" if step.undone else format_moment(step.made_at)
        painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, moment)
        width = box.width() - 26 - painter.fontMetrics().horizontalAdvance(moment)
        tone = "text_3" if step.undone else "text_2"
        painter.setPen(tokens.color("text_1" if at == current else tone))
        title = painter.fontMetrics().elidedText(step.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(box.adjusted(20, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, title)

    def _paint_dot(self, painter: QPainter, centre: QPointF, undone: bool, current: bool) -> None:
        tokens = theme.current_tokens()
        if undone:
            painter.setPen(tokens.color("text_3"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_line" if current else "line_control"))
        radius = 4.0 if current else 3.0
        painter.drawEllipse(centre, radius, radius)

    def _row_at(self, y: float) -> int:
        at = int(y // fonts.scaled(ROW))
        return at if 0 <= at < len(self._steps) else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = self._row_at(event.position().y())
        step = self._steps[self._hovered] if self._hovered >= 0 else None
        self.setToolTip(plain_tooltip(_advice(step, self._hovered, self.current())))
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hovered = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._row_at(event.position().y())
        if at >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.step_wanted.emit(self._steps[at].id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        at = self.current() + move if move is not None else -1
        if 0 <= at < len(self._steps):
            self.step_wanted.emit(self._steps[at].id)
        else:
            event.ignore()


def _advice(step: Step | None, at: int, current: int) -> str:
    if step is None or at == current:
        return ""
    return "Redo up to here" if at < current else "Undo what came after this"
