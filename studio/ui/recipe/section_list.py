"""The list of the form's sections, with the sign of a problem where there is one."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from studio.ui import fonts, theme
from studio.ui.widgets import icons


class SectionItem(QAbstractButton):
    """A section's name and sign."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setText(name)
        self.setAccessibleName(name)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.severity = ""

    def sizeHint(self) -> QSize:
        """A row."""
        return QSize(120, fonts.scaled(28))

    def show_severity(self, severity: str) -> None:
        """Show "error", "warning" or no sign."""
        self.severity = severity
        self.update()

    def enterEvent(self, event: object) -> None:
        """Light up."""
        self.update()

    def leaveEvent(self, event: object) -> None:
        """Rest."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, name and sign."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked() or self.underMouse() or self.hasFocus():
            painter.setBrush(tokens.color("accent_soft" if self.isChecked() else "hover"))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setFont(fonts.role_font("button" if self.isChecked() else "body"))
        painter.setPen(tokens.color("accent_text" if self.isChecked() else "text_2"))
        line = self.rect().adjusted(10, 0, -28, 0)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.severity:
            tone = "error" if self.severity == "error" else "warn"
            place = QRectF(self.width() - 24, self.height() / 2 - 7, 14, 14)
            icons.paint_icon(painter, place, "warning-circle", tone)


class SectionList(QWidget):
    """`chosen` carries the name of a section."""

    chosen = Signal(str)

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 14, 8, 8)
        column.setSpacing(1)
        self.items: dict[str, SectionItem] = {}
        for name in names:
            item = SectionItem(name)
            item.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            self.items[name] = item
            column.addWidget(item)
        column.addStretch(1)

    def show_current(self, name: str) -> None:
        """Mark the section that is in sight."""
        self.items[name].setChecked(True)

    def show_present(self, names: set[str]) -> None:
        """List only the sections that the form has now."""
        for name, item in self.items.items():
            item.setVisible(name in names)

    def show_severities(self, severities: dict[str, str]) -> None:
        """Sign the sections that have problems."""
        for name, item in self.items.items():
            item.show_severity(severities.get(name, ""))
