"""What lies over the curves: dots, names at line ends, the best point, hovered values, the zoom."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from studio.ui import fonts, theme
from studio.ui.tokens import Tokens
from studio.ui.widgets import curve_style
from studio.ui.widgets.curve_style import Best, CurveStyle

if TYPE_CHECKING:
    from studio.ui.widgets.curve_plot import CurvePlot

NAME_HEIGHT = 15.0
# Names longer than this are cut with an ellipsis; the legend above the curve has them whole.
WIDEST_NAME = 150.0
SHORTEST_DRAG = 6


@dataclass(frozen=True)
class End:
    """The last point of a named curve."""

    key: str
    style: CurveStyle
    x: float
    y: float


@dataclass(frozen=True)
class _Name:
    text: str
    colour: str
    at: QPointF
    strong: bool


class CurveOverlay(QWidget):
    """Paints above the curves of its parent and turns the mouse into wishes."""

    range_chosen = Signal(float, float)
    all_wanted = Signal()
    clicked = Signal()

    def __init__(self, plot: "CurvePlot") -> None:
        super().__init__(plot)
        self._plot = plot
        self._hover: QPointF | None = None
        self._pressed: QPointF | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def names_width(self) -> float:
        """How much room the names right of the curves need."""
        metrics = QFontMetricsF(_font(strong=True))
        texts = [self._end_text(end) for end in self._plot.ends()]
        texts += [self._reference_text(index) for index in range(len(self._plot.references))]
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
        return min(widest, WIDEST_NAME) + 20

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current_tokens()
        self._paint_dots(painter, tokens)
        self._paint_bests(painter, tokens)
        self._paint_names(painter, tokens)
        if self._pressed is not None and self._hover is not None:
            self._paint_drag(painter, tokens)
        elif self._hover is not None and not self._plot.compact:
            self._paint_hover(painter, tokens)

    # Names

    def names(self) -> list[_Name]:
        """Where each name stands, moved apart where they would lie on each other."""
        plot, rect = self._plot, self._plot.plot_rect()
        found: list[_Name] = []
        for end in plot.ends():
            if plot.compact and end.style.overlaid:
                continue
            x, y = plot.place(end.x, plot.shown_value(end.y))
            x = min(max(x, rect.left()), rect.right())
            strong = end.style.width >= 2
            found.append(_Name(self._end_text(end), end.style.colour, QPointF(x, y), strong))
        for index, reference in enumerate(plot.references):
            y = plot.place(0, plot.shown_value(reference.value))[1]
            text = self._reference_text(index)
            found.append(_Name(text, reference.colour, QPointF(rect.right(), y), False))
        return self._apart([name for name in found if name.at.y() == name.at.y()], rect)

    def _apart(self, names: list[_Name], rect: QRectF) -> list[_Name]:
        low, high = rect.top() + 4, rect.bottom() - 4
        heights = curve_style.spread([name.at.y() for name in names], NAME_HEIGHT, low, high)
        return [
            _Name(name.text, name.colour, QPointF(name.at.x(), y), name.strong)
            for name, y in zip(names, heights, strict=True)
        ]

    def _paint_names(self, painter: QPainter, tokens: Tokens) -> None:
        if self._plot.compact:
            self._paint_compact_names(painter, tokens)
            return
        for name in self.names():
            font = _font(name.strong)
            painter.setFont(font)
            painter.setPen(_readable(tokens, name.colour))
            text = QFontMetricsF(font).elidedText(
                name.text, Qt.TextElideMode.ElideRight, WIDEST_NAME
            )
            box = QRectF(name.at.x() + 8, name.at.y() - 8, WIDEST_NAME + 8, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_compact_names(self, painter: QPainter, tokens: Tokens) -> None:
        names = self.names()
        rect = self._plot.plot_rect()
        painter.setFont(_font(strong=False))
        if len(names) < 2:
            return
        for name in names:
            painter.setPen(_readable(tokens, name.colour))
            right = min(name.at.x(), rect.right())
            width = QFontMetricsF(painter.font()).horizontalAdvance(name.text) + 4
            box = QRectF(right - width - 2, name.at.y() - 17, width, 15)
            painter.fillRect(box, tokens.color("panel", 0.8))
            painter.setPen(_readable(tokens, name.colour))
            painter.drawText(
                box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, name.text
            )

    def _end_text(self, end: End) -> str:
        return end.style.name if self._plot.compact else f"{end.style.name} {self._write(end.y)}"

    def _reference_text(self, index: int) -> str:
        reference = self._plot.references[index]
        return f"{reference.name} {self._write(reference.value)}"

    def _write(self, value: float) -> str:
        return self._plot.write(value)

    # Points

    def _paint_dots(self, painter: QPainter, tokens: Tokens) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        rect = self._plot.plot_rect().adjusted(-1, -1, 1, 1)
        radius = 2.0 if self._plot.compact else 3.0
        for style, xs, ys in self._plot.dotted():
            painter.setBrush(tokens.color(style.colour))
            for x, y in zip(xs, ys, strict=True):
                at = QPointF(*self._plot.place(float(x), float(y)))
                if rect.contains(at):
                    painter.drawEllipse(at, radius, radius)

    def _paint_bests(self, painter: QPainter, tokens: Tokens) -> None:
        rect = self._plot.plot_rect()
        for best in self._plot.bests:
            at = QPointF(*self._plot.place(best.x, self._plot.shown_value(best.y)))
            if not rect.adjusted(-1, -1, 1, 1).contains(at):
                continue
            if not self._plot.compact:
                self._paint_best_words(painter, tokens, best, at)
            painter.setPen(QPen(tokens.color(best.colour), 2))
            painter.setBrush(tokens.color("panel"))
            radius = 3.0 if self._plot.compact else 5.0
            painter.drawEllipse(at, radius, radius)

    def _paint_best_words(self, painter: QPainter, tokens: Tokens, best: Best, at: QPointF) -> None:
        rect = self._plot.plot_rect()
        if len(self._plot.bests) > 1:
            painter.setFont(_font(strong=True))
            painter.setPen(_readable(tokens, best.colour))
            highest = max(self._plot.bests, key=lambda one: one.y)
            above = best is highest or at.y() + 24 > rect.bottom()
            top = at.y() - 24 if above else at.y() + 8
            width = QFontMetricsF(painter.font()).horizontalAdvance(best.text) + 8
            left = min(max(at.x() - width / 2, rect.left()), rect.right() - width)
            box = QRectF(left, top, width, 16)
            painter.fillRect(box, tokens.color("panel", 0.8))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, best.text)
            return
        pen = QPen(tokens.color("text_3"), 1)
        pen.setDashPattern([1, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(at.x(), rect.top() + 18), QPointF(at.x(), rect.bottom()))
        self._paint_plate(painter, tokens, best.text, QPointF(at.x(), rect.top()))

    def _paint_plate(self, painter: QPainter, tokens: Tokens, text: str, top: QPointF) -> None:
        font = _font(strong=False)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(text) + 14
        rect = self._plot.plot_rect()
        left = min(max(top.x() - width / 2, rect.left()), rect.right() - width)
        plate = QRectF(left, top.y(), width, 18)
        painter.fillRect(plate, tokens.color("panel"))
        painter.setPen(tokens.color("text_1"))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)

    # Hovering and zooming

    def _paint_hover(self, painter: QPainter, tokens: Tokens) -> None:
        assert self._hover is not None
        plot, rect = self._plot, self._plot.plot_rect()
        if not rect.contains(self._hover):
            return
        x = plot.x_at(self._hover.x())
        rows = plot.values_at(x)
        if not rows:
            return
        painter.setPen(QPen(tokens.color("line_control"), 1))
        column = round(self._hover.x()) + 0.5
        painter.drawLine(QPointF(column, rect.top()), QPointF(column, rect.bottom()))
        self._paint_card(painter, tokens, x, rows)

    def _paint_card(
        self,
        painter: QPainter,
        tokens: Tokens,
        x: float,
        rows: list[tuple[CurveStyle, float, float]],
    ) -> None:
        plot, rect, font = self._plot, self._plot.plot_rect(), _font(strong=False)
        metrics = QFontMetricsF(font)
        title = f"{plot.x_unit} {x:.2f}".rstrip("0").rstrip(".")
        lines = [(style, f"{style.name}  {plot.write(value)}") for style, _, value in rows[:8]]
        texts = [title, *(text for _, text in lines)]
        width = max(metrics.horizontalAdvance(text) for text in texts) + 38
        height = 16 * len(texts) + 12
        hover = self._hover or QPointF()
        left = hover.x() + 12 if hover.x() + 12 + width < rect.right() else hover.x() - 12 - width
        top = min(max(hover.y() - height / 2, rect.top()), max(rect.bottom() - height, 0))
        card = QRectF(left, top, width, height)
        painter.setPen(QPen(tokens.color("line_strong"), 1))
        painter.setBrush(tokens.color("raised"))
        painter.drawRoundedRect(card, 6, 6)
        painter.setFont(font)
        painter.setPen(tokens.color("text_3"))
        painter.drawText(QPointF(left + 10, top + 17), title)
        for index, (style, text) in enumerate(lines):
            base = top + 33 + 16 * index
            painter.setPen(QPen(tokens.color(style.colour), 2))
            painter.drawLine(QPointF(left + 10, base - 4), QPointF(left + 20, base - 4))
            painter.setPen(tokens.color("text_1"))
            painter.drawText(QPointF(left + 26, base), text)

    def _paint_drag(self, painter: QPainter, tokens: Tokens) -> None:
        assert self._pressed is not None
        assert self._hover is not None
        rect = self._plot.plot_rect()
        area = QRectF(self._pressed.x(), rect.top(), self._hover.x() - self._pressed.x(), 0)
        area.setHeight(rect.height())
        painter.fillRect(area.normalized(), tokens.color("accent_line", 0.2))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        if abs(event.position().x() - pressed.x()) < SHORTEST_DRAG:
            self.clicked.emit()
            self.update()
            return
        edges = sorted((self._plot.x_at(pressed.x()), self._plot.x_at(event.position().x())))
        self.range_chosen.emit(edges[0], edges[1])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed = None
        self.all_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()


def _font(strong: bool) -> QFont:
    font = fonts.role_font("tiny", tabular=True)
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Medium)
    return font


def _readable(tokens: Tokens, colour: str) -> QPen:
    """A name's pen: the line's colour where it reads at 4.5:1 on the panel, else the text's."""
    wanted, ground = tokens.color(colour), tokens.color("panel")
    brighter, darker = sorted((_luminance(wanted), _luminance(ground)), reverse=True)
    readable = (brighter + 0.05) / (darker + 0.05) >= 4.5
    return QPen(wanted if readable else tokens.color("text_1"))


def _luminance(colour: QColor) -> float:
    parts = [colour.redF(), colour.greenF(), colour.blueF()]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
