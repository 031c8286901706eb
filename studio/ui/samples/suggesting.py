"""What a person wants with captions that models write: have them written, accept, edit, reject."""

import json
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from studio.errors import StudioError
from studio.numbers import format_count, format_of
from studio.project import queries
from studio.project.records import RunRow, SuggestionRow
from studio.project.suggestions import OpenArm
from studio.runs.captioning import KIND, CaptionWish, caption_writers
from studio.runs.state import LIVE, RunState
from studio.ui import actions, background
from studio.ui.sample_edits import Chosen
from studio.ui.samples.acts import SampleActs
from studio.ui.samples.browser import Browser
from studio.ui.samples.caption_dialog import CaptionDialog
from studio.ui.samples.suggestion_cards import first_with_words
from studio.ui.samples.wishes import Wishes
from studio.ui.widgets.text import plain_line

STANDING = {state.value for state in (*LIVE, RunState.QUEUED)}


class SuggestionWishes(QObject):
    """Lives as long as the widget of its page."""

    said = Signal(str)

    def __init__(self, page: Browser, acts: SampleActs, wishes: Wishes, widget: QWidget) -> None:
        super().__init__(widget)
        self._page, self._acts, self._wishes, self._widget = page, acts, wishes, widget
        self._filled = 0
        self._tab = page.details.caption_tab
        cards = self._tab.cards
        cards.accept_wanted.connect(self.accept_run)
        cards.edit_wanted.connect(self.edit_run)
        cards.reject_wanted.connect(self.reject_run)
        self._tab.editor.written.connect(self._write)
        page.middle.results.caption_menu.aboutToShow.connect(self.fill_menu)

    # One sample

    def accept(self) -> None:
        """The first suggestion with words; where there is none, the sample as it is.

        While somebody types, it is what was typed that counts.
        """
        row = None if self._tab.is_typing else first_with_words(self._rows())
        if row is not None:
            self._accept(row)
        elif self._rows() and not self._tab.is_typing:
            self.said.emit("The suggested caption is empty: there is nothing to accept. Reject it.")
        else:
            self._wishes.accept()

    def accept_number(self, at: int) -> None:
        """The suggestion at that place."""
        rows = self._rows()
        if at < len(rows):
            self._accept(rows[at])

    def edit(self) -> None:
        """Take the first suggestion into the editor."""
        for row in self._rows()[:1]:
            self.edit_run(row.run_id)

    def reject(self) -> None:
        """Put the first suggestion away."""
        for row in self._rows()[:1]:
            self.reject_run(row.run_id)

    def accept_run(self, run_id: int) -> None:
        """The suggestion of a run."""
        for row in self._of(run_id):
            self._accept(row)

    def edit_run(self, run_id: int) -> None:
        """Take a run's suggestion into the editor; what is written there is the person's."""
        for row in self._of(run_id):
            self._wishes.edit_caption()
            self._tab.edit_suggestion(row)

    def reject_run(self, run_id: int) -> None:
        """Put a run's suggestion away, and go on when it was the last."""
        for row in self._of(run_id):
            was_last = len(self._rows()) == 1
            with self._page.own_edit(True):
                done = self._acts.reject_suggestion(row, self._key())
            if done and was_last:
                self._go_on()

    def _accept(self, row: SuggestionRow) -> None:
        with self._page.own_edit(True):
            done = self._acts.accept_suggestion(row, self._key())
        if done:
            self._go_on()

    def _write(self, text: str) -> None:
        """What was typed: the caption of the sample, or what became of a suggestion."""
        shown, edited = self._page.shown, self._tab.take_edited()
        if shown is None:
            return
        with self._page.own_edit(True):
            if edited is None:
                self._acts.caption(shown.row.id, shown.row.key, text)
            elif text:  # a suggestion that was emptied leaves the caption as it is
                same = text == edited.text.strip()
                self._acts.accept_suggestion(edited, shown.row.key, None if same else text)

    def _go_on(self) -> None:
        if self._wishes.auto_advance:
            self._wishes.step(1)

    def _rows(self) -> list[SuggestionRow]:
        return self._tab.cards.rows

    def _of(self, run_id: int) -> list[SuggestionRow]:
        return [row for row in self._rows() if row.run_id == run_id]

    def _key(self) -> str:
        return self._page.shown.row.key if self._page.shown else ""

    # Many

    def fill_menu(self) -> None:
        """What can be done with the query's captions, or those of what is chosen, just now.

        How many wait for a decision comes a little later: it is counted over the whole query.
        """
        menu, chosen = self._page.middle.results.caption_menu, self._page.browsed()
        menu.clear()
        write = menu.addAction(f"Write captions for {chosen.words}…")
        write.setShortcut(actions.shown_key("write_captions"))
        write.triggered.connect(self.ask)
        write.setEnabled(chosen.count > 0)
        for row in self._standing():
            line = menu.addAction(plain_line(f"Stop writing: {_progress(row)}"))
            line.triggered.connect(lambda *_, number=row.id: self._page.controller.stop(number))
        self._filled += 1
        ids = None if chosen.query is not None else chosen.ids
        background.run(
            self._page.document.query, queries.suggesting_arms, chosen.query or "", ids,
            done=partial(self._add_decisions, self._filled, menu, chosen), owner=menu,
        )  # fmt: skip

    def _add_decisions(
        self, filled: int, menu: QMenu, chosen: Chosen, arms: Sequence[OpenArm]
    ) -> None:
        if filled != self._filled:
            return
        if arms:
            menu.addSeparator()
        many = len(arms) > 1
        for arm in arms:
            of = f" of {arm.name}" if many else ""
            words = f"Accept {format_count(arm.acceptable)} suggested{of}"
            line = menu.addAction(plain_line(words))
            line.setEnabled(arm.acceptable > 0)
            line.triggered.connect(
                lambda *_, arm=arm: self._acts.accept_suggestions(
                    chosen, arm.acceptable, arm.run_id
                )
            )
        for arm in arms:
            of = f" of {arm.name}" if many else ""
            line = menu.addAction(plain_line(f"Reject {format_count(arm.samples)} suggested{of}"))
            line.triggered.connect(
                lambda *_, arm=arm: self._acts.reject_suggestions(chosen, arm.samples, arm.run_id)
            )

    def ask(self) -> None:
        """Who shall write? Then queue it."""
        chosen = self._page.browsed()
        dialog = CaptionDialog(caption_writers(self._page.document), chosen, self._widget)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.write(dialog.wish())
        dialog.deleteLater()

    def write(self, wish: CaptionWish) -> None:
        """Queue it on a thread: a snapshot of many samples takes its time."""
        background.run(
            self._page.controller.caption, wish, done=self._queued, failed=self._fail, owner=self
        )

    def _queued(self, run_id: int) -> None:
        row = self._page.document.query(queries.run, run_id)
        self.said.emit(f"{row.name} are being written. They come as suggestions.")

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.said.emit(str(error))

    def _standing(self) -> list[RunRow]:
        rows = self._page.document.query(queries.run_rows, KIND)
        return [row for row in rows if row.state in STANDING]


def _progress(row: RunRow) -> str:
    """captions by run 1, 14 of 47."""
    name = row.name[:1].lower() + row.name[1:]
    progress = json.loads(row.summary).get("progress")
    if not progress or not progress["total"]:
        return name
    return f"{name}, {format_of(progress['done'], progress['total'])}"
