"""A bar cut into named shares, with their swatches and counts below."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.numbers import format_count
from studio.ui import fonts, theme


@dataclass(frozen=True)
class Share:
    """One part of the whole."""

    name: str
    count: int
    colour: str


class ShareBar(QWidget):
    """`remark` stands at the right of the legend."""

    def __init__(self) -> None:
        super().__init__()
        self.shares: tuple[Share, ...] = ()
        self.remark = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, shares: tuple[Share, ...], remark: str = "") -> None:
        """Show other shares."""
        self.shares, self.remark = shares, remark
        said = ", ".join(f"{share.name} {share.count:,}" for share in shares)
        self.setAccessibleName(said or "nothing")
        self.update()

    def sizeHint(self) -> QSize:
        """Bar and legend."""
        return QSize(320, 16 + fonts.scaled(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the shares and their legend."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("press"))
        painter.drawRoundedRect(QRectF(0, 0, self.width(), 6), 3, 3)
        total = sum(share.count for share in self.shares) or 1
        x = 0.0
        for share in self.shares:
            width = self.width() * share.count / total
            painter.fillRect(QRectF(x, 0, max(0.0, width - 1), 6), tokens.color(share.colour))
            x += width
        self._paint_legend(painter)

    def _paint_legend(self, painter: QPainter) -> None:
        tokens = theme.current_tokens()
        painter.setFont(fonts.role_font("small", tabular=True))
        metrics = QFontMetrics(painter.font())
        middle = Qt.AlignmentFlag.AlignVCenter
        line = QRectF(0, 12, self.width(), self.height() - 12)
        x = 0.0
        for share in self.shares:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color(share.colour))
            painter.drawRoundedRect(QRectF(x, line.center().y() - 4, 8, 8), 2, 2)
            words = f"{share.name} {format_count(share.count)}"
            painter.setPen(tokens.color("text_2"))
            painter.drawText(line.adjusted(x + 13, 0, 0, 0), middle, words)
            x += 13 + metrics.horizontalAdvance(words) + 14
        if self.remark and x + metrics.horizontalAdvance(self.remark) <= self.width():
            painter.setPen(tokens.color("text_3"))
            painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, self.remark)
