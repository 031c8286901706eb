"""The left column: what runs, what waits, what is over, and the trash at the foot."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.ui.runs.grounds import clear_ground
from studio.ui.runs.run_card import CardValues, RunCard
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.text import PlainLabel


@dataclass(frozen=True)
class ListValues:
    """The cards of the three parts, and how many runs are in the trash."""

    running: Sequence[CardValues] = ()
    queue: Sequence[CardValues] = ()
    finished: Sequence[CardValues] = ()
    trashed: int = 0


class RunList(QWidget):
    """Shows cards and passes their wishes on."""

    chosen = Signal(int)
    moved = Signal(int, int)
    menu_wanted = Signal(int, QPoint)
    trash_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: dict[int, RunCard] = {}
        self._shape: tuple[tuple[int, ...], ...] = ()
        self._chosen = -1
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        self._rows = QVBoxLayout(body)
        self._rows.setContentsMargins(8, 8, 8, 8)
        self._rows.setSpacing(0)
        self._rows.addStretch(1)
        area.setWidget(body)
        clear_ground(area)
        column.addWidget(area, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 8)
        self.trash = make_button("Trash", "ghost", "trash", size="bar")
        self.trash.clicked.connect(self.trash_wanted)
        foot.addWidget(self.trash)
        foot.addStretch(1)
        column.addLayout(foot)

    def card(self, run_id: int) -> RunCard:
        """The card of a run."""
        return self._cards[run_id]

    def run_ids(self) -> list[int]:
        """The runs listed, from the top."""
        return [run_id for part in self._shape for run_id in part]

    def show_values(self, values: ListValues) -> None:
        """Update the cards; rebuild only when runs came, went or changed places."""
        parts = (values.running, values.queue, values.finished)
        shape = tuple(tuple(card.run_id for card in part) for part in parts)
        if shape != self._shape:
            self._rebuild(parts)
            self._shape = shape
        else:
            for card in (card for part in parts for card in part):
                if self._cards[card.run_id].values != card:
                    self._cards[card.run_id].show_values(card)
        runs = "run" if values.trashed == 1 else "runs"
        self.trash.setText(f"Trash, {values.trashed:,} {runs}")
        self.trash.setVisible(values.trashed > 0)

    def set_chosen(self, run_id: int) -> None:
        """Show which run is on the page."""
        self._chosen = run_id
        for key, card in self._cards.items():
            card.set_chosen(key == run_id)

    def _rebuild(self, parts: Sequence[Sequence[CardValues]]) -> None:
        focused = next((key for key, card in self._cards.items() if card.hasFocus()), None)
        while self._rows.count() > 1:
            item = self._rows.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._cards = {}
        for title, part in zip(("Running", "Queue", "Finished"), parts, strict=True):
            if part:
                heading = PlainLabel(title, role="small", tone="text_3")
                heading.setContentsMargins(8, 10, 8, 6)
                self._rows.insertWidget(self._rows.count() - 1, heading)
            for values in part:
                self._add(values)
        self.set_chosen(self._chosen)
        if focused in self._cards:
            self._cards[focused].setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self, values: CardValues) -> None:
        card = RunCard(values)
        card.chosen.connect(self.chosen)
        card.moved.connect(self.moved)
        card.menu_wanted.connect(self.menu_wanted)
        self._cards[values.run_id] = card
        self._rows.insertWidget(self._rows.count() - 1, card)
