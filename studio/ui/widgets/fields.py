"""The controls of a form, one for each kind of option: number, text, choice, switch, names."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSizePolicy, QWidget

from studio.numbers import format_number
from studio.ui import fonts, theme
from studio.ui.widgets.segmented import SegmentedSwitch
from workers.contract.options import OptionKind, OptionSpec, parse_value

NUMBER_WIDTH = 124
FIELD_WIDTH = 220
MOST_PARTS = 4


class TextField(QLineEdit):
    """One line of text; `typed` at each key, `settled` when it is left, entered or stepped."""

    typed = Signal(object)
    settled = Signal(object)
    wrong = Signal(str)

    def __init__(self, spec: OptionSpec) -> None:
        super().__init__()
        self.spec = spec
        self.setFixedWidth(FIELD_WIDTH)
        self.textEdited.connect(self._type)
        self.editingFinished.connect(self._settle)
        self._settled: Any = None

    def value(self) -> Any:
        """What is typed, as the option's kind; ValueError where it is none."""
        return parse_value(self.spec, self.text())

    def show_value(self, value: Any) -> None:
        """Show a value; a text that means the same stays as it was typed."""
        self._settled = value
        if not self._means(value):
            self.setText(self.words_of(value))
            self.setCursorPosition(0)  # a long text shows how it begins

    def words_of(self, value: Any) -> str:
        """How a value is written in the field."""
        return ", ".join(value) if isinstance(value, list | tuple) else str(value)

    def _means(self, value: Any) -> bool:
        try:
            return bool(self.text()) and self.value() == value
        except ValueError:
            return False

    def _type(self) -> None:
        try:
            self.typed.emit(self.value())
        except ValueError:
            self.wrong.emit(self.demand())

    def _settle(self) -> None:
        try:
            value = self.value()
        except ValueError:
            self.wrong.emit(self.demand())
            return
        if value != self._settled:
            self._settled = value
            self.settled.emit(value)

    def demand(self) -> str:
        """What the field wants, when something else is in it."""
        return f"{self.spec.label} is a text."


class NumberField(TextField):
    """A number with its unit inside, right; arrows and the wheel step while it has the focus."""

    def __init__(self, spec: OptionSpec) -> None:
        super().__init__(spec)
        unit = QFontMetrics(fonts.role_font("body")).horizontalAdvance(spec.unit)
        self.setFixedWidth(NUMBER_WIDTH if unit < 60 else NUMBER_WIDTH + 16)
        self.setTextMargins(0, 0, unit + 4 if spec.unit else 0, 0)
        self.setFont(fonts.role_font("body", tabular=True))

    def words_of(self, value: Any) -> str:
        """As a person types it."""
        return format_number(value)

    def demand(self) -> str:
        """The range in words."""
        return range_words(self.spec)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the unit over the field."""
        super().paintEvent(event)
        if self.spec.unit:
            painter = QPainter(self)
            painter.setFont(fonts.role_font("body"))
            painter.setPen(theme.current_tokens().color("text_3"))
            place = self.rect().adjusted(0, 0, -9, 0)
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(place, middle, self.spec.unit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down step."""
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.step(step)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel steps only where the focus is; else it scrolls the form."""
        if self.hasFocus() and event.angleDelta().y():
            self.step(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()

    def step(self, way: int) -> None:
        """One up or down: whole numbers by one, others in their leading digit."""
        try:
            value = self.value()
        except ValueError:
            return
        if self.spec.kind == OptionKind.WHOLE:
            stepped: float = value + way
        else:
            size = leading_unit(value, way)
            stepped = round(value + way * size, 12)
        if in_range(self.spec, stepped):
            self.setText(self.words_of(stepped))
            self._settle()


class SwitchField(QAbstractButton):
    """An on-off switch, 30 x 18."""

    settled = Signal(object)

    def __init__(self, spec: OptionSpec) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setFixedSize(34, 24)
        self.setAccessibleName(spec.label)
        self.clicked.connect(lambda on: self.settled.emit(on))

    def show_value(self, value: Any) -> None:
        """On or off."""
        self.setChecked(bool(value))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint track and knob."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(1, 4, 30, 16)
        on = self.isChecked()
        pen = QPen(tokens.color("accent_line"), 2) if self.hasFocus() else Qt.PenStyle.NoPen
        painter.setPen(pen)
        tone = "accent_fill" if on else "line_control"
        painter.setBrush(tokens.color(tone if self.isEnabled() else "press"))
        painter.drawRoundedRect(track, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("on_accent"))
        painter.drawEllipse(QRectF(17 if on else 3, 6, 12, 12))


class PartsField(SegmentedSwitch):
    """Two to four choices side by side."""

    settled = Signal(object)

    def __init__(self, spec: OptionSpec, words: Callable[[str], str]) -> None:
        super().__init__([(choice, words(choice)) for choice in spec.choices])
        self.setAccessibleName(spec.label)
        self.chosen.connect(lambda choice: self.settled.emit(choice))

    def show_value(self, value: Any) -> None:
        """Choose without a signal."""
        self.set_value(str(value))


class ListField(QComboBox):
    """Many choices, or long ones; `settled` carries the chosen one."""

    settled = Signal(object)

    def __init__(self, spec: OptionSpec, words: Callable[[str], str]) -> None:
        super().__init__()
        self.setFixedWidth(FIELD_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(spec.label)
        for choice in spec.choices:
            self.addItem(words(choice), choice)
        self.activated.connect(lambda _: self.settled.emit(self.currentData()))

    def show_value(self, value: Any) -> None:
        """Choose without a signal."""
        self.setCurrentIndex(self.findData(str(value)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel belongs to the form."""
        event.ignore()


class OriginBadge(QAbstractButton):
    """Where a value comes from; a press offers the other values."""

    def __init__(self) -> None:
        super().__init__()
        self.origin, self.words = "recommended", "recommended"
        self.setAccessibleName("Origin: recommended")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_origin(self, origin: str, words: str) -> None:
        """`origin` is seed, recommended or edited; `words` names the seed."""
        self.origin, self.words = origin, words
        self.setAccessibleName(f"Origin: {words}")
        self.update()

    def sizeHint(self) -> QSize:
        """The last column of the form."""
        return QSize(96, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ring or dot, and the word."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edited = self.origin == "edited"
        tone = tokens.color("accent_text" if edited else "text_3")
        dot = QRectF(2, self.height() / 2 - 3, 6, 6)
        if self.origin == "seed":
            painter.setPen(QPen(tone, 1.2))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_line") if edited else tone)
        painter.drawEllipse(dot)
        painter.setPen(tokens.color("text_1") if self.underMouse() else tone)
        painter.setFont(fonts.role_font("tiny"))
        place = QRectF(14, 0, self.width() - 14, self.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self.words)


def make_field(spec: OptionSpec, words: Callable[[str], str]) -> QWidget:
    """The control of an option; `words` says a choice for people."""
    match spec.kind:
        case OptionKind.WHOLE | OptionKind.REAL:
            return NumberField(spec)
        case OptionKind.SWITCH:
            return SwitchField(spec)
        case OptionKind.CHOICE:
            if len(spec.choices) <= MOST_PARTS and sum(map(len, map(words, spec.choices))) < 24:
                return PartsField(spec, words)
            return ListField(spec, words)
        case OptionKind.TEXT | OptionKind.NAMES:
            return TextField(spec)


def leading_unit(value: float, way: int) -> float:
    """One in the leading digit: 1e-4 for 2e-4, and 1e-5 when it goes down from 1e-4."""
    if value == 0:
        return 0.01
    exponent = int(f"{abs(value):e}".split("e")[1])
    mantissa = abs(value) / 10.0**exponent
    return 10.0 ** (exponent - 1 if way < 0 and mantissa < 1.5 else exponent)


def in_range(spec: OptionSpec, value: float) -> bool:
    """Whether a number lies within the option's bounds."""
    return (
        (spec.least is None or value >= spec.least)
        and (spec.above is None or value > spec.above)
        and (spec.most is None or value <= spec.most)
        and (spec.below is None or value < spec.below)
    )


def range_words(spec: OptionSpec) -> str:
    """“Rank is a whole number from 1 to 1,024.”"""
    kind = "a whole number" if spec.kind == OptionKind.WHOLE else "a number"
    low = _bound(spec.least, "from {}") or _bound(spec.above, "above {}")
    high = _bound(spec.most, "to {}") or _bound(spec.below, "and below {}")
    if high.startswith("to") and not low.startswith("from"):
        high = f"up {high}"
    return " ".join(part for part in (f"{spec.label} is {kind}", low, high) if part) + "."


def _bound(value: float | None, words: str) -> str:
    if value is None:
        return ""
    whole = value == int(value) and abs(value) >= 1000
    return words.format(f"{int(value):,}" if whole else format_number(value))
