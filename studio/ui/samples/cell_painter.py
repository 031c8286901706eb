"""Paints one cell of the grid: image, two lines of caption, label, origin, confidence, flags."""

import unicodedata
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPixmap

from studio.numbers import format_probability
from studio.project.records import SampleRow
from studio.ui import fonts, label_colours, theme
from studio.ui.samples.grid_geometry import INSET, LABEL_ROW, GridGeometry
from studio.ui.samples.text_lines import lines_of
from studio.ui.tokens import DARK_TOKENS
from studio.ui.widgets.icons import icon_pixmap
from studio.ui.widgets.label_mark import paint_label_mark

ORIGIN_ICONS = {"human": "user", "import": "file-arrow-down", "run": "robot"}
KEPT_TEXTS = 4000
PLATE_OPACITY = 0.82


@dataclass(frozen=True)
class CellState:
    chosen: bool = False
    current: bool = False
    many: bool = False  # several are chosen: the current one is drawn thicker
    focused: bool = False


class CellPainter:
    """Keeps fonts, colours and broken lines between cells; `restyle` after a change of theme."""

    def __init__(self, ratio: float = 1.0) -> None:
        self.ratio = ratio
        self._lines: dict[tuple[str, int, int], list[str]] = {}
        self._icons: dict[tuple[str, str, int], QPixmap] = {}
        self.restyle()

    def restyle(self) -> None:
        self.tokens = theme.current_tokens()
        self.caption_font = fonts.role_font("small")
        self.label_font = fonts.role_font("small")
        self.label_font.setWeight(QFont.Weight.Medium)
        self.number_font = fonts.role_font("small", tabular=True)
        self.badge_font = fonts.role_font("tiny")
        self._icons.clear()
        self._lines.clear()

    def paint(
        self,
        painter: QPainter,
        geometry: GridGeometry,
        cell: QRect,
        row: SampleRow | None,
        image: QPixmap | None,
        state: CellState,
    ) -> None:
        if state.chosen or (state.current and state.focused):
            self._paint_frame(painter, cell, state)
        area = geometry.image_rect(cell)
        if row is None:
            self._fill(painter, area, "raised")
            return
        if row.image_path is None and not row.image_problem:
            self._paint_card(painter, geometry, area, row)
        else:
            self._paint_image(painter, area, row, image)
            self._paint_caption(painter, geometry, area, row, state)
        self._paint_label_row(painter, cell, row, state)
        self._paint_flags(painter, area, row)

    def _paint_frame(self, painter: QPainter, cell: QRect, state: CellState) -> None:
        width = 3.0 if state.many and state.current else 2.0
        painter.setPen(QPen(self.tokens.color("accent_line"), width))
        fill = self.tokens.color("accent_soft") if state.chosen else Qt.GlobalColor.transparent
        painter.setBrush(fill)
        inner = QRectF(cell).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(inner, 8, 8)

    def _fill(self, painter: QPainter, area: QRect, token: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.tokens.color(token))
        painter.drawRoundedRect(QRectF(area), 5, 5)

    def _paint_image(
        self, painter: QPainter, area: QRect, row: SampleRow, image: QPixmap | None
    ) -> None:
        if image is not None and not row.image_problem:
            painter.drawPixmap(area, image)
            return
        self._fill(painter, area, "raised")
        if row.image_problem:
            self._paint_problem(painter, area, row.image_problem)

    def _paint_problem(self, painter: QPainter, area: QRect, problem: str) -> None:
        sign = self._icon("file-x", "text_3", 20)
        painter.drawPixmap(area.center().x() - 10, area.center().y() - 14, sign)
        painter.setFont(self.badge_font)
        painter.setPen(self.tokens.color("text_3"))
        for at, line in enumerate(self._broken(problem, area.width() - 24, 2, self.badge_font)):
            box = QRect(area.left() + 12, area.center().y() + 12 + at * 15, area.width() - 24, 15)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, line)

    def _paint_card(
        self, painter: QPainter, geometry: GridGeometry, area: QRect, row: SampleRow
    ) -> None:
        """A sample without an image is its caption, in the place of both."""
        card = area.adjusted(0, 0, 0, 6 + 2 * geometry.line_height)
        self._fill(painter, card, "raised")
        inner = card.adjusted(10, 8, -10, -6)
        count = max(1, inner.height() // (geometry.line_height + 1))
        if row.suspect or row.stale or row.suggested:
            inner.setTop(inner.top() + 22)
            count = max(1, inner.height() // (geometry.line_height + 1))
        self._draw_lines(painter, inner, row.caption, count, "text_1", geometry.line_height + 1)

    def _paint_caption(
        self,
        painter: QPainter,
        geometry: GridGeometry,
        area: QRect,
        row: SampleRow,
        state: CellState,
    ) -> None:
        box = QRect(area.left() + 4, area.bottom() + 7, area.width() - 8, 2 * geometry.line_height)
        token = "text_1" if state.chosen else "text_2"
        self._draw_lines(painter, box, row.caption, 2, token, geometry.line_height)

    def _draw_lines(
        self, painter: QPainter, box: QRect, text: str, count: int, token: str, pitch: int
    ) -> None:
        painter.setFont(self.caption_font)
        painter.setPen(self.tokens.color(token))
        for at, line in enumerate(self._broken(text, box.width(), count, self.caption_font)):
            place = QRect(box.left(), box.top() + at * pitch, box.width(), pitch)
            painter.drawText(place, _alignment(line), line)

    def _paint_label_row(
        self, painter: QPainter, cell: QRect, row: SampleRow, state: CellState
    ) -> None:
        top = cell.bottom() - INSET - LABEL_ROW + 1
        box = QRect(cell.left() + INSET + 4, top, cell.width() - 2 * INSET - 8, LABEL_ROW)
        mark_colour = label_colours.mark_colour(self.tokens, row.label_colour)
        mark = QRectF(box.left(), top + 4, 12, 12)
        painter.drawPixmap(mark.topLeft(), self._mark(row.label_shape or "dashed", mark_colour))
        right = self._paint_confidence(painter, box, row, state)
        name = box.adjusted(17, 0, right - box.right() - 6, 0)
        painter.setFont(self.label_font)
        painter.setPen(label_colours.text_colour(self.tokens, row.label_colour))
        metrics = painter.fontMetrics()
        word = metrics.elidedText(
            row.label or "unlabelled", Qt.TextElideMode.ElideRight, name.width()
        )
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, word)

    def _paint_confidence(
        self, painter: QPainter, box: QRect, row: SampleRow, state: CellState
    ) -> int:
        """Confidence in the label at the right end, the origin of the caption before it."""
        token = "text_2" if state.chosen else "text_3"
        right = box.right()
        if row.confidence is not None:
            painter.setFont(self.number_font)
            painter.setPen(self.tokens.color(token))
            word = format_probability(row.confidence, 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, word)
            right -= painter.fontMetrics().horizontalAdvance(word) + 5
        if row.caption_origin in ORIGIN_ICONS:
            sign = self._icon(ORIGIN_ICONS[row.caption_origin], token, 13)
            painter.drawPixmap(right - 13, box.top() + 3, sign)
            right -= 15
        return right

    def _paint_flags(self, painter: QPainter, area: QRect, row: SampleRow) -> None:
        left = area.left() + 6
        for word, sign, token in _flags(row):
            left += self._paint_flag(painter, left, area.top() + 6, word, sign, token) + 4
        if row.reviewed:
            plate = QRectF(area.right() - 25, area.top() + 6, 20, 20)
            self._plate(painter, plate)
            sign = self._icon("check-circle-fill", "!done", 14)
            painter.drawPixmap(QPointF(plate.left() + 3, plate.top() + 3), sign)

    def _paint_flag(
        self, painter: QPainter, left: int, top: int, word: str, sign: str, token: str
    ) -> int:
        painter.setFont(self.badge_font)
        width = painter.fontMetrics().horizontalAdvance(word) + 26
        self._plate(painter, QRectF(left, top, width, 20))
        painter.drawPixmap(QPointF(left + 5, top + 4), self._icon(sign, f"!{token}", 12))
        painter.setPen(DARK_TOKENS.color(token))
        box = QRect(left + 21, top, width - 21, 20)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, word)
        return width

    def _plate(self, painter: QPainter, rect: QRectF) -> None:
        colour = QColor(DARK_TOKENS.color("matte"))
        colour.setAlphaF(PLATE_OPACITY)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(rect, 5, 5)

    def _icon(self, name: str, token: str, size: int) -> QPixmap:
        """`!token` takes the dark theme's colour: it lies over an image."""
        key = (name, token, size)
        if key not in self._icons:
            over_image = token.startswith("!")
            colour = DARK_TOKENS.value(token[1:]) if over_image else token
            self._icons[key] = icon_pixmap(name, colour, size, self.ratio)
        return self._icons[key]

    def _mark(self, shape: str, colour: QColor) -> QPixmap:
        key = (shape, colour.name(), 12)
        if key not in self._icons:
            drawn = QPixmap(round(12 * self.ratio), round(12 * self.ratio))
            drawn.setDevicePixelRatio(self.ratio)
            drawn.fill(Qt.GlobalColor.transparent)
            painter = QPainter(drawn)
            paint_label_mark(painter, QRectF(0, 0, 12, 12), shape, colour)
            painter.end()
            self._icons[key] = drawn
        return self._icons[key]

    def _broken(self, text: str, width: int, count: int, font: QFont) -> list[str]:
        key = (text, width, count)
        if key not in self._lines:
            if len(self._lines) > KEPT_TEXTS:
                self._lines.clear()
            self._lines[key] = lines_of(text, font, width, count)
        return self._lines[key]


def _flags(row: SampleRow) -> list[tuple[str, str, str]]:
    flags: list[tuple[str, str, str]] = []
    if row.image_problem:
        flags.append(("unreadable", "warning-fill", "error"))
    if row.suspect:
        flags.append(("suspect", "flag", "warn"))
    if row.suggested:
        flags.append(("suggested", "robot", "accent_text"))
    if row.stale:
        flags.append(("stale", "clock-counter-clockwise", "warn"))
    return flags


def _alignment(line: str) -> Qt.AlignmentFlag:
    """Right-to-left captions align by their first strong letter."""
    strong = (unicodedata.bidirectional(sign) for sign in line)
    first = next((kind for kind in strong if kind in ("L", "R", "AL")), "L")
    side = Qt.AlignmentFlag.AlignLeft if first == "L" else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


def rounded(pixmap: QPixmap, radius: float) -> QPixmap:
    """The same pixels with rounded corners."""
    result = QPixmap(pixmap.size())
    result.setDevicePixelRatio(pixmap.devicePixelRatio())
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    area = QRectF(QPointF(0, 0), pixmap.deviceIndependentSize())
    path.addRoundedRect(area, radius, radius)
    painter.setClipPath(path)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    return result
