"""The captions that runs suggest for a sample, as dashed cards above the editor."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.numbers import NO_BREAK, format_count
from studio.project.records import SuggestionRow
from studio.ui import actions, fonts, theme
from studio.ui.widgets.buttons import KeyButton, make_button
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.text import PlainLabel, plain_tooltip
from studio.ui.widgets.text_fit import fit_height
from workers.metrics.captions.repetition import repeats_itself

LONGEST_SHOWN = 600  # characters: a card does not scroll
RADIUS, LEFT, RIGHT = 8, 12, 8
DASHES = [4.0, 3.0]
CHOOSING = ("suggestion_first", "suggestion_second", "suggestion_third")


class SuggestionCards(QWidget):
    """One card a run, those with words on top; each wish carries the run that wrote."""

    accept_wanted = Signal(int)
    edit_wanted = Signal(int)
    reject_wanted = Signal(int)
    grown = Signal()  # it needs another height

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: list[SuggestionCard] = []
        self._shown: tuple[tuple[SuggestionRow, str], ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 4)
        self._column.setSpacing(8)
        self.hide()

    @property
    def rows(self) -> list[SuggestionRow]:
        """What is suggested, from top to bottom."""
        return [row for row, _ in self._shown]

    def show_suggestions(self, rows: Sequence[SuggestionRow], colours: Mapping[int, str]) -> None:
        """Show these; `colours` are those of trainings by their number."""
        shown = tuple((row, colours.get(row.trained_id, "")) for row in rows)
        if shown == self._shown:
            return
        self._shown = shown
        for card in self.cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        accepted = first_with_words(rows)
        self.cards = [
            self._make(at, row, colour, accepted) for at, (row, colour) in enumerate(shown)
        ]
        self._fit()
        self.setVisible(bool(rows))
        self.grown.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()
            self.grown.emit()

    def _fit(self) -> None:
        for card in self.cards:
            card.fit(self.width())

    def _make(
        self, at: int, row: SuggestionRow, colour: str, accepted: SuggestionRow | None
    ) -> "SuggestionCard":
        chooses = actions.shown_key(CHOOSING[at]) if at < len(CHOOSING) else ""
        accept = actions.shown_key("accept") if row is accepted else chooses
        card = SuggestionCard(row, colour, accept, is_first=at == 0)
        card.accept.clicked.connect(lambda *_: self.accept_wanted.emit(row.run_id))
        card.edit.clicked.connect(lambda *_: self.edit_wanted.emit(row.run_id))
        card.reject.clicked.connect(lambda *_: self.reject_wanted.emit(row.run_id))
        self._column.addWidget(card)
        return card


class SuggestionCard(QWidget):
    """One suggested caption: its text, who wrote it, and three acts."""

    def __init__(self, row: SuggestionRow, colour: str, accept_key: str, *, is_first: bool) -> None:
        super().__init__()
        self.row = row
        text = " ".join(row.text.split())
        self.text = PlainLabel(_shorten(text), role="caption", wrap=True)
        self.text.setToolTip(plain_tooltip(text) if len(text) > LONGEST_SHOWN else "")
        self.text.setVisible(bool(text))
        self.problem = PlainLabel(_problem(row.text), role="small", tone="warn", wrap=True)
        self.problem.setVisible(bool(self.problem.text()))
        self.name = PlainLabel(_name(row), role="small", tone="text_2", elide=True)
        self.accept = make_button("Accept", "default", key=accept_key, size="bar")
        self.edit = make_button("Edit", "ghost", size="bar")
        self.reject = make_button(
            "Reject", "ghost", key=_key("suggestion_reject") if is_first else "", size="bar"
        )
        self._explain(text, is_first)
        for button in (self.accept, self.edit):
            button.setParent(self)
            button.setVisible(bool(text))
        self.setAccessibleName(f"Suggested by {_name(row)}: {text or 'nothing'}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self)
        column.setContentsMargins(LEFT, 10, RIGHT, 6)
        column.setSpacing(6)
        column.addLayout(self._head(colour))
        column.addWidget(self.text)
        column.addWidget(self.problem)
        if text:
            column.addLayout(self._foot())

    def _explain(self, text: str, is_first: bool) -> None:
        self.accept.setEnabled(bool(text))
        if text:
            self.accept.explain("Write it as the caption; the present one stays as a revision")
        else:
            self.accept.explain("There is nothing to accept")
        self.edit.explain("Take it into the editor")
        if is_first:
            self.edit.setToolTip(
                plain_tooltip("Take it into the editor", actions.shown_key("suggestion_edit"))
            )
        self.reject.explain("Put it away; undo brings it back")

    def _head(self, colour: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(Swatch(colour) if colour else Glyph("robot", "text_3", 14))
        row.addWidget(self.name, 1)
        if not self.row.text.strip():  # nothing to accept or to edit
            row.addWidget(self.reject)
        return row

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.accept, self.edit, self.reject):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def fit(self, width: int) -> None:
        """Give the words the height that they need at this width."""
        for label in (self.text, self.problem):
            fit_height(label, width - LEFT - RIGHT)

    def buttons(self) -> list[KeyButton]:
        return [self.accept, self.edit, self.reject]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dashed outline: it is no caption yet."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.current_tokens().color("line_control"), 1)
        pen.setDashPattern(DASHES)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.end()


class Swatch(QWidget):
    """The colour that a run keeps on every page."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self._colour = colour
        self.setFixedSize(fonts.scaled(10), fonts.scaled(10))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a rounded square."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current_tokens().color(self._colour)))
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        painter.end()


def first_with_words(rows: Sequence[SuggestionRow]) -> SuggestionRow | None:
    """The suggestion that the key accepts."""
    return next((row for row in rows if row.text.strip()), None)


def _key(name: str) -> str:
    return actions.shown_key(name).replace("Backspace", "⌫")


def _name(row: SuggestionRow) -> str:
    """Run 7 · day and night · step 2,240."""
    if not row.tuned:
        return row.name.removeprefix("Captions by ")
    number = f"Run {row.trained_id}"
    named = row.name if row.name.startswith(number) else f"{number} · {row.name}"
    return f"{named} · step{NO_BREAK}{format_count(row.step)}"


def _problem(text: str) -> str:
    if not text.strip():
        return "Empty: the model said nothing about this picture."
    if repeats_itself(text.split()):
        return "It says the same again and again."
    return ""


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
