"""The Review page: a deck of samples, one decision after another, without the mouse."""

import time
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio import preferences
from studio.document import Changes, Document
from studio.errors import StudioError
from studio.project import queries
from studio.project.records import LabelRow, SampleRow
from studio.runs.controller import RunController
from studio.ui import actions, sample_edits
from studio.ui.navigation import Destination, PageName
from studio.ui.review import outcomes, reading, titles
from studio.ui.review.deck import Deck
from studio.ui.review.middle import ReviewMiddle
from studio.ui.review.review_keys import bind_label_keys
from studio.ui.review.side import ReviewSide
from studio.ui.sample_edits import Chosen
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.page_frame import PageFrame, PageHeader

LEAVING = 120  # ms a card stays after its decision, so that the answer is seen
LONGEST_PAUSE = 60.0  # seconds: who looks longer at a card has gone for coffee


class ReviewPage(QWidget):
    """Holds the deck; a decision is one edit and one step of undo."""

    go = Signal(object)
    said = Signal(str)

    def __init__(
        self,
        document: Document,
        controller: RunController,
        images: ImageLoader,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.document, self.controller = document, controller
        self.deck = Deck()
        self.blind = False
        self.facts: reading.CardFacts | None = None
        self.labels: list[LabelRow] = []
        self._seconds, self._shown_at = 0.0, time.monotonic()
        self._own_edit = False
        self.header = PageHeader("Review")
        self.middle, self.side = ReviewMiddle(images), ReviewSide()
        self._leaving = QTimer(self)
        self._leaving.setSingleShot(True)
        self._leaving.timeout.connect(lambda: self.step(1))
        self._first, self._second = self.leave, self.leave
        self._lay_out()
        self._connect()
        self._bind_keys()
        self._label_keys = []
        self._read_labels()
        self.open_default()

    def _lay_out(self) -> None:
        self.leave_button = make_button("Leave deck", "default", "x", "Esc")
        self.accept_button = make_button("Accept and next", "primary", "", "Ctrl+Enter")
        self.header.add_button(self.leave_button)
        self.header.add_button(self.accept_button, primary=True)
        self.frame = PageFrame(
            self.header, None, self.middle, self.side, 0, 320, left_narrow=0, right_narrow=300
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _connect(self) -> None:
        self.document.changed.connect(self._document_changed)
        self.leave_button.clicked.connect(self.leave)
        self.accept_button.clicked.connect(self.accept)
        self.middle.label_wanted.connect(lambda label: self.decide(label, stay=False))
        self.middle.stage.step_wanted.connect(self.step)
        self.middle.film.card_wanted.connect(self.go_to)
        self.middle.editor.written.connect(self._write_caption)
        self.middle.editor.accepted.connect(self.accept)
        self.middle.editor.left.connect(self.end_editing)
        self.middle.nothing.clicked.connect(lambda: self._first())
        self.middle.nothing.clicked_second.connect(lambda: self._second())

    def _bind_keys(self) -> None:
        slots = {
            "review_next": lambda: self.step(1),
            "review_previous": lambda: self.step(-1),
            "review_accept": self.accept,
            "review_reviewed": self.toggle_reviewed,
            "review_clear": lambda: self.decide(None, stay=False),
            "skip": lambda: self.step(1),
            "review_caption": self.middle.edit_caption,
            "blind": self.toggle_blind,
            "leave": self.leave,
        }
        for name, slot in slots.items():
            actions.bind(name, self, slot)

    # Which deck

    def show_destination(self, destination: Destination) -> None:
        """A query, what a run suspects, or the deck there is with most to do."""
        if destination.part == "suspects" and destination.run_ids:
            self.open_suspects(destination.run_ids[0], destination.sample_id)
        elif destination.query is not None:
            self.open_query(destination.query, destination.sample_id, destination.run_ids)
        elif not self.deck.ids or self.deck.is_over:
            self.open_default()
        self.setFocus()

    def open_default(self) -> None:
        run_id = reading.newest_suspecting_run(self.document)
        if run_id is not None:
            self.open_suspects(run_id)
        else:
            self.open_query("reviewed:no")

    def open_suspects(self, run_id: int, sample_id: int | None = None) -> None:
        """What a run suspects, the most suspect first."""
        ids = self.document.query(queries.sample_ids, "", "suspect", run_id)
        self._open(Deck(tuple(ids), run_id=run_id), sample_id)
        self.header.set_detail(f"Suspected labels of {reading.run_words(run_id, self._run_name())}")

    def open_query(
        self, query: str, sample_id: int | None = None, run_ids: tuple[int, ...] = ()
    ) -> None:
        """All samples of a query; `run_ids` are those that it came from."""
        try:
            ids = self.document.query(queries.sample_ids, query)
        except StudioError as error:
            self.said.emit(str(error))
            ids = []
        self._open(Deck(tuple(ids), query=query), sample_id)
        views = self.document.query(queries.view_rows)
        self.header.set_detail(titles.of_query(query, len(ids), run_ids, views))

    def _open(self, deck: Deck, sample_id: int | None) -> None:
        start = deck.ids.index(sample_id) if sample_id in deck.ids else 0
        self.deck = deck.at(start)
        self._seconds = 0.0
        self._show_card()

    def _run_name(self) -> str:
        if self.deck.run_id is None:
            return ""
        return self.document.query(queries.run, self.deck.run_id).name

    # Showing

    def _show_card(self) -> None:
        self._shown_at = time.monotonic()
        current = self.deck.current
        self.accept_button.setEnabled(current is not None)
        self.frame.show_dock("right", current is not None)
        if current is None:
            self.facts = None
            self._show_end()
            return
        try:
            self.facts = reading.read_facts(self.document, current, self.deck.run_id)
        except StudioError:  # removed by another edit: the deck goes on without it
            left = tuple(each for each in self.deck.ids if each != current)
            self.deck = replace(self.deck, ids=left)
            self._show_card()
            return
        self._show_facts(self.facts)

    def _show_facts(self, facts: reading.CardFacts) -> None:
        deck, row = self.deck, facts.detail.row
        hidden = self.blind and row.id not in deck.decided
        around = self._rows_at(deck.position - 1, deck.position + 1)
        newest = facts.detail.predictions[0].run_id if facts.detail.predictions else None
        said = "" if hidden or newest is None else f"run {newest}"
        self.side.show_facts(facts, self.labels, blind=hidden)
        self.middle.show_deck(deck, self._seconds)
        self.middle.film.show_cards(
            deck.ids, deck.position, frozenset(deck.decided), self._fetch_rows
        )
        self.accept_button.setEnabled(not hidden)  # nobody accepts a label unseen
        # Last: its image is loaded first.
        self.middle.show_card(row, around[0], around[1], said, blind=hidden)

    def _fetch_rows(self, ids: Sequence[int]) -> list[SampleRow]:
        return self.document.query(queries.sample_rows, list(ids))

    def _rows_at(self, *positions: int) -> list[SampleRow | None]:
        ids = [self.deck.ids[at] if 0 <= at < len(self.deck.ids) else None for at in positions]
        rows = {row.id: row for row in self._fetch_rows([each for each in ids if each])}
        return [rows.get(each) if each is not None else None for each in ids]

    def _show_end(self) -> None:
        if self.deck.ids:
            ending = outcomes.ending(self.deck)
            self._first = self.retrain if self.deck.decided else self.start_again
            self._second = self.leave
        else:
            ending = outcomes.nothing(self.document, self.deck)
            run_id = ending.run_id
            self._first = self.leave if run_id is None else lambda: self.open_suspects(run_id)
            self._second = self.leave
        self.middle.show_empty(ending.icon, ending.sentence, ending.first, ending.second)

    def _read_labels(self) -> None:
        labels = sample_edits.labels_of(self.document)
        if labels != self.labels:
            self.labels = labels
            self.middle.show_labels(labels)
            self._label_keys = bind_label_keys(self, self.labels, self.decide, self._label_keys)

    def _document_changed(self, changes: Changes) -> None:
        if not changes.tables or "labels" in changes.tables:
            self._read_labels()
        if self._own_edit:
            return
        shown = {"samples", "captions", "boxes", "predictions", "suspects", "images"}
        if not changes.tables or changes.tables & shown:
            self._follow_undo()
            self._show_card()

    def _follow_undo(self) -> None:
        """A decision that was taken back is open again, and its card is shown."""
        rows = self._fetch_rows(list(self.deck.decided))
        given = self.deck.given
        still = [row.id for row in rows if row.reviewed and given.get(row.id) == row.label]
        open_again = [each for each in self.deck.decided if each not in still]
        self.deck = self.deck.without_decisions(still)
        if open_again:
            self._leaving.stop()
            self.deck = self.deck.at(self.deck.ids.index(open_again[-1]))

    # Deciding

    def decide(self, label: LabelRow | None, *, stay: bool = False) -> None:
        """Gives the label, marks the card reviewed, and moves on after a moment."""
        if self._leaving.isActive():
            self._leaving.stop()
            self.step(1)
        if self.facts is None:
            return
        row = self.facts.detail.row
        name = label.name if label else None
        self._edit(
            sample_edits.decide,
            self.document,
            Chosen((row.id,), None, 1, row.key),
            label,
            changed=name != row.label,
            stay=stay,
        )

    def accept(self) -> None:
        """The label is right as it is; nothing happens while it is hidden."""
        if not self.accept_button.isEnabled():
            return
        self.end_editing()
        if self._leaving.isActive():
            self._leaving.stop()
            self.step(1)
        if self.facts is not None:
            row = self.facts.detail.row
            chosen = Chosen((row.id,), None, 1, row.key)
            self._edit(sample_edits.set_reviewed, self.document, chosen, True, changed=False)

    def _edit(self, act: object, *args: object, changed: bool, stay: bool = False) -> None:
        sample_id = self.deck.current
        if sample_id is None or not callable(act):
            return
        self._own_edit = True
        try:
            act(*args)
        except StudioError as error:
            self.said.emit(str(error))
            return
        finally:
            self._own_edit = False
        self._seconds += min(time.monotonic() - self._shown_at, LONGEST_PAUSE)
        changed = changed or self.deck.decided.get(sample_id, False)
        label = self._rows_at(self.deck.position)[0]
        self.deck = self.deck.with_decision(sample_id, changed, label.label if label else None)
        self._show_card()
        if not stay:
            self._leaving.start(0 if preferences.load().reduce_motion else LEAVING)

    def toggle_reviewed(self) -> None:
        if self.facts is None:
            return
        row = self.facts.detail.row
        chosen = Chosen((row.id,), None, 1, row.key)
        if row.reviewed:
            sample_edits.set_reviewed(self.document, chosen, False)
        else:
            self._edit(
                sample_edits.set_reviewed, self.document, chosen, True, changed=False, stay=True
            )

    def _write_caption(self, text: str) -> None:
        if self.facts is None:
            return
        row = self.facts.detail.row
        try:
            sample_edits.write_caption(self.document, row.id, row.key, text)
        except StudioError as error:
            self.said.emit(str(error))

    def end_editing(self) -> None:
        self.middle.end_editing()
        self.setFocus()

    def toggle_blind(self) -> None:
        self.blind = not self.blind
        self._show_card()

    # Moving

    def step(self, move: int) -> None:
        self._leaving.stop()
        self.middle.end_editing()
        self.deck = self.deck.moved(move)
        self._show_card()

    def go_to(self, position: int) -> None:
        self._leaving.stop()
        self.middle.end_editing()
        self.deck = self.deck.at(position)
        self._show_card()

    def start_again(self) -> None:
        """Back to the first card."""
        self.go_to(0)

    def leave(self) -> None:
        """First out of the caption, then out of the deck."""
        if self.middle.editor.hasFocus():
            self.end_editing()
        elif self.deck.run_id is not None:
            run_ids = (self.deck.run_id,)
            self.go.emit(Destination(PageName.SAMPLES, run_ids=run_ids, part="suspects"))
        else:
            self.go.emit(Destination(PageName.SAMPLES, query=self.deck.query))

    def retrain(self) -> None:
        """The same options on the corrected labels; the form when that cannot be."""
        try:
            run_id = outcomes.retrain(self.document, self.controller, self.deck.run_id)
        except StudioError as error:
            self.said.emit(str(error))
            run_id = None
        if run_id is None:
            self.go.emit(Destination(PageName.RECIPE))
        else:
            self.go.emit(Destination(PageName.RUNS, run_ids=(run_id,)))
