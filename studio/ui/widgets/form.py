"""A form made from the definition of options: groups, rows, help, origins, problems below."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.ui.widgets.buttons import KeyButton, make_button
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.fields import NumberField, OriginBadge, TextField, make_field, range_words
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
        if isinstance(control, TextField):
            control.typed.connect(lambda value: self.typed.emit(name, value))
            control.wrong.connect(lambda words: self.wrong.emit(name, words))


class FormSection(QWidget):
    """A heading over its rows; an off group is one line that says how to switch it on."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = PlainLabel(title, role="heading")
        self.off_words = PlainLabel("", role="small", tone="text_3", elide=True)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.title)
        head.addWidget(self.off_words, 1)
        self.rows = QVBoxLayout()
        self.rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addSpacing(8)
        column.addLayout(self.rows)
        column.addSpacing(14)
        line = QFrame()
        line.setProperty("rule", "flat")
        column.addWidget(line)
        column.addSpacing(14)


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
        """Show the options that apply; a group without any shows its words instead."""
        for group, section in self.sections.items():
            applying = False
            for name, row in self.rows.items():
                if row.spec.group != group:
                    continue
                row.setVisible(name in values)
                applying = applying or name in values
                if name in values:
                    row.show_value(values[name])
            section.off_words.setText("" if applying else off_words.get(group, "off"))

    def show_origin(self, name: str, origin: str, words: str) -> None:
        """Badge a row."""
        self.rows[name].origin.show_origin(origin, words)

    def show_problems(self, problems: Mapping[str, Sequence[RowProblem]]) -> None:
        """Write each row's problems below it, and clear the others."""
        for name, row in self.rows.items():
            row.show_problems(problems.get(name, ()))

    def row_of_group(self, group: str) -> FormSection:
        """The section of a group."""
        return self.sections[group]

    def focus_option(self, name: str) -> QWidget | None:
        """Put the focus into an option's control; the row, to scroll to."""
        row = self.rows.get(name)
        if row is None or row.isHidden():
            return None
        row.control.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(row.control, QLineEdit):
            row.control.selectAll()
        return row


__all__ = ["NumberField", "OptionForm", "OptionRow", "RowProblem", "range_words"]
