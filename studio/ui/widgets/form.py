"""A form made from the definition of options: groups, rows, help, origins, problems below."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio import preferences
from studio.ui import fonts, theme
from studio.ui.widgets.buttons import KeyButton, make_button
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.fields import NumberField, OriginBadge, TextField, make_field, range_words
from studio.ui.widgets.paragraph_field import ParagraphField
from studio.ui.widgets.text import LinesLabel, PlainLabel, plain_tooltip
from workers.contract.options import OptionSpec

LABEL_WIDTH, CONTROL_WIDTH, NARROW_WIDTH = 148, 220, 140
WIDEST = 656
GAP = 12
PROBLEM_ICONS = {"error": "warning-circle", "warning": "warning"}


@dataclass(frozen=True)
class RowProblem:
    """A sentence below a row, and up to two buttons: what each says, and what it does."""

    message: str
    severity: str = "error"
    fixes: tuple[tuple[str, Callable[[], None]], ...] = ()


class ProblemLine(QWidget):
    """A sign, a sentence, its fixes."""

    def __init__(self, problem: RowProblem) -> None:
        super().__init__()
        tone = "error" if problem.severity == "error" else "warn"
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 4)
        row.setSpacing(8)
        row.addWidget(Glyph(PROBLEM_ICONS.get(problem.severity, "info"), tone, 14))
        self.sentence = PlainLabel(problem.message, role="small", tone=tone, wrap=True)
        row.addWidget(self.sentence, 1)
        self.buttons: list[KeyButton] = []
        for text, act in problem.fixes[:2]:
            button = make_button(text, size="bar")
            button.clicked.connect(lambda _=False, act=act: act())
            self.buttons.append(button)
            row.addWidget(button)


class OptionRow(QWidget):
    """Label, control, help, origin; problems below the control."""

    typed = Signal(str, object)
    settled = Signal(str, object)
    wrong = Signal(str, str)
    origin_asked = Signal(str)

    def __init__(self, spec: OptionSpec, control: QWidget) -> None:
        super().__init__()
        self.spec, self.control = spec, control
        self.label = PlainLabel(spec.label, elide=True)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.setBuddy(control)
        self.help = LinesLabel(spec.hint)
        self.help.setToolTip(plain_tooltip(f"{spec.help}\n{spec.name}"))
        self.origin = OriginBadge()
        self.origin.clicked.connect(lambda: self.origin_asked.emit(spec.name))
        control.setAccessibleName(spec.label)
        self.problem_lines: list[ProblemLine] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self.column.addLayout(self._build_line())
        self._connect(control)

    def _build_line(self) -> QHBoxLayout:
        if isinstance(self.control, ParagraphField):
            return self._build_wide_line()
        holder = QWidget()
        width = min(self.control.sizeHint().width(), self.control.maximumWidth())
        holder.setFixedWidth(max(width, CONTROL_WIDTH if width > NARROW_WIDTH else NARROW_WIDTH))
        inner = QHBoxLayout(holder)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.control)
        inner.addStretch(1)
        line = QHBoxLayout()
        line.setContentsMargins(0, 1, 0, 1)
        line.setSpacing(GAP)
        line.addWidget(self.label)
        line.addWidget(holder)
        line.addWidget(self.help, 1)
        line.addWidget(self.origin)
        return line

    def _build_wide_line(self) -> QHBoxLayout:
        """A text of several lines takes the place of the help, which stands below it."""
        wide = QVBoxLayout()
        wide.setContentsMargins(0, 0, 0, 0)
        wide.setSpacing(2)
        wide.addWidget(self.control)
        self.help.most_lines = 1
        wide.addWidget(self.help)
        line = QHBoxLayout()
        line.setContentsMargins(0, 3, 0, 3)
        line.setSpacing(GAP)
        top = Qt.AlignmentFlag.AlignTop
        self.label.setFixedHeight(fonts.scaled(28))
        line.addWidget(self.label, 0, top)
        line.addLayout(wide, 1)
        line.addWidget(self.origin, 0, top)
        return line

    def show_value(self, value: Any) -> None:
        """Show a value without a signal; a field that is being typed in keeps its text."""
        self.control.show_value(value)  # type: ignore[attr-defined] - every field has it

    def show_problems(self, problems: Sequence[RowProblem]) -> None:
        """Colour the field and write the problems below it."""
        for line in self.problem_lines:
            self.column.removeWidget(line)
            line.deleteLater()
        self.problem_lines = []
        for problem in problems:
            line = ProblemLine(problem)
            line.setContentsMargins(LABEL_WIDTH + GAP, 0, 0, 0)
            self.problem_lines.append(line)
            self.column.addWidget(line)
        severe = any(problem.severity == "error" for problem in problems)
        self.set_state("problem" if severe else "warning" if problems else "")

    def set_state(self, state: str) -> None:
        """Colour the control: "problem", "warning", "edited" or nothing."""
        if state == "" and self.origin.origin == "edited":
            state = "edited"
        if self.control.property("state") != state:
            self.control.setProperty("state", state)
            self.control.style().unpolish(self.control)
            self.control.style().polish(self.control)

    def _connect(self, control: QWidget) -> None:
        name = self.spec.name
        control.settled.connect(lambda value: self.settled.emit(name, value))  # type: ignore[attr-defined]
        if isinstance(control, TextField | ParagraphField):
            control.typed.connect(lambda value: self.typed.emit(name, value))
            control.wrong.connect(lambda words: self.wrong.emit(name, words))


class SectionHeading(QAbstractButton):
    """The title of a section; a press folds it. What it says in grey follows the title."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setChecked(True)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.title = PlainLabel(title, role="heading")
        self.words = PlainLabel("", role="small", tone="text_3", elide=True)
        self.caret = Glyph("caret-up", "text_3", 12)
        self.caret.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(10)
        row.addWidget(self.title)
        row.addWidget(self.words, 1)
        row.addWidget(self.caret)
        self.toggled.connect(lambda _: self.show_caret())

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(120, fonts.scaled(24))

    def show_caret(self) -> None:
        """The caret is there while it can be pressed or has something to open."""
        self.caret.show_icon("caret-up" if self.isChecked() else "caret-right")
        seen = self.underMouse() or self.hasFocus() or not self.isChecked()
        self.caret.setVisible(self.isEnabled() and seen)

    def enterEvent(self, event: object) -> None:
        """Show the caret."""
        self.show_caret()

    def leaveEvent(self, event: object) -> None:
        """Hide it again."""
        self.show_caret()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ring of the keyboard's focus; the labels paint themselves."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(theme.current_tokens().color("accent_line"))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)


class FormSection(QWidget):
    """A heading over its rows, which folds them; an off group is one line that says how to
    switch it on, or nothing where it has no such words."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.name = f"Recipe/{title}"
        self.heading = SectionHeading(title)
        self.off_words = self.heading.words
        self.holder = QWidget()
        self.rows = QVBoxLayout(self.holder)
        self.rows.setContentsMargins(0, 8, 0, 0)
        self.rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self.holder)
        column.addSpacing(14)
        line = QFrame()
        line.setProperty("rule", "flat")
        column.addWidget(line)
        column.addSpacing(14)
        self.fold(self.name in preferences.load().folded)
        self.heading.clicked.connect(self._keep)

    def fold(self, folded: bool) -> None:
        """Fold or unfold, without remembering it."""
        self.heading.setChecked(not folded)
        self.holder.setVisible(not folded)

    def show_applying(self, applies: bool, off_words: str) -> None:
        """Show the rows, or the words for an off group, or nothing."""
        self.setVisible(applies or bool(off_words))
        self.off_words.setText("" if applies else off_words)
        self.heading.setEnabled(applies)
        self.heading.show_caret()
        self.holder.setVisible(applies and self.heading.isChecked())

    def _keep(self, opened: bool) -> None:
        self.holder.setVisible(opened)
        others = tuple(name for name in preferences.load().folded if name != self.name)
        preferences.change(folded=others if opened else (*others, self.name))


class OptionForm(QWidget):
    """All options by group, in the order of their definition.

    `typed` comes at each key, `settled` once a value stands; `wrong` with a sentence.
    """

    typed = Signal(str, object)
    settled = Signal(str, object)
    wrong = Signal(str, str)
    origin_asked = Signal(str)

    def __init__(
        self,
        specs: Sequence[OptionSpec],
        groups: Sequence[str],
        *,
        words: Callable[[str], str] = str,
        special: Mapping[str, QWidget] | None = None,
    ) -> None:
        super().__init__()
        self.setMaximumWidth(WIDEST + 56)
        self.sections: dict[str, FormSection] = {}
        self.rows: dict[str, OptionRow] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(28, 16, 28, 28)
        self.column.setSpacing(0)
        special = special or {}
        for group in groups:
            section = FormSection(group)
            self.sections[group] = section
            self.column.addWidget(section)
            for spec in (spec for spec in specs if spec.group == group):
                control = special.get(spec.name) or make_field(spec, words)
                self._add_row(section, OptionRow(spec, control))
        self.column.addStretch(1)

    def _add_row(self, section: FormSection, row: OptionRow) -> None:
        self.rows[row.spec.name] = row
        section.rows.addWidget(row)
        row.typed.connect(self.typed)
        row.settled.connect(self.settled)
        row.wrong.connect(self.wrong)
        row.origin_asked.connect(self.origin_asked)

    def show_values(self, values: Mapping[str, Any], off_words: Mapping[str, str]) -> None:
        """Show the options that apply; a group without any shows its words, or is absent."""
        for group, section in self.sections.items():
            applying = False
            for name, row in self.rows.items():
                if row.spec.group != group:
                    continue
                row.setVisible(name in values)
                applying = applying or name in values
                if name in values:
                    row.show_value(values[name])
            section.show_applying(applying, off_words.get(group, ""))

    def show_origin(self, name: str, origin: str, words: str) -> None:
        """Badge a row."""
        self.rows[name].origin.show_origin(origin, words)

    def show_problems(self, problems: Mapping[str, Sequence[RowProblem]]) -> None:
        """Write each row's problems below it, and clear the others."""
        for name, row in self.rows.items():
            row.show_problems(problems.get(name, ()))

    def present_groups(self) -> set[str]:
        """The groups that are shown, be it by one line."""
        return {name for name, section in self.sections.items() if not section.isHidden()}

    def row_of_group(self, group: str) -> FormSection:
        """The section of a group."""
        return self.sections[group]

    def focus_option(self, name: str) -> QWidget | None:
        """Put the focus into an option's control; the row, to scroll to."""
        row = self.rows.get(name)
        if row is None or row.isHidden():
            return None
        self.sections[row.spec.group].fold(False)
        row.control.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(row.control, QLineEdit):
            row.control.selectAll()
        return row


__all__ = ["NumberField", "OptionForm", "OptionRow", "RowProblem", "range_words"]
