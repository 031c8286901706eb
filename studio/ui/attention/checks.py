"""Starts checks of maps from the Attention page, follows them, and shows what they said."""

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.attention import hiding, picture_look
from studio.attention.look import Look
from studio.errors import StudioError
from studio.project import run_queries
from studio.runs.map_checking import CheckWish
from studio.runs.state import RunState
from studio.ui import background
from studio.ui.attention import capturing, query_facts, sample_facts
from studio.ui.attention.check_view import CheckShown, Going
from studio.ui.attention.query_facts import Asked
from workers.contract.hiding import CheckedWord

if TYPE_CHECKING:
    from studio.ui.attention.page import AttentionPage

READ_ONLY = "The project is open to read only."
STALE = "The caption changed after this capture. Capture it again first."


class Checks(QObject):
    """One check at a time; it goes on when the page shows something else."""

    def __init__(self, page: "AttentionPage") -> None:
        super().__init__(page)
        self.page = page
        self.run_id: int | None = None
        self.problem = ""
        page.controller.progressed.connect(self._progressed)
        page.controller.ended.connect(self._ended)
        page.dock.check.check_wanted.connect(self.check_sample)
        page.dock.check.query_wanted.connect(self.ask_for_query)
        page.dock.check.cancelled.connect(self.cancel)
        page.over.panel.check_wanted.connect(self.ask_for_query)
        page.over.panel.check_cancelled.connect(self.cancel)

    def check_sample(self) -> None:
        """Check the map that is shown, for the looked-at word or phrase."""
        view, look, run_id = self.page.view, self.page.look, self.page.run_id
        if view is None or view.found is None or run_id is None:
            return
        planned = hiding.plan_sample(view.found, view.words, [look])
        if planned is not None:
            step = view.found.provenance.step
            self.start(query_facts.make_wish(run_id, step, look, [planned]))

    def ask_for_query(self) -> None:
        """Read what the query's maps would have hidden, say what that costs, then start it."""
        page = self.page
        if page.run_id is None:
            return
        background.run(
            query_facts.wish_for_query,
            page.document,
            Asked(page.run_id, page.query, page.step, page.look),
            lambda _done, _total: True,
            done=self._ask,
            failed=self._show_error,
            owner=self,
        )

    def start(self, wish: CheckWish) -> None:
        """Queue a check."""
        self.problem = ""
        try:
            self.run_id = int(self.page.controller.check_maps(wish))
        except StudioError as error:
            self.problem = str(error)
        self.refresh()

    def cancel(self) -> None:
        """Ask the check to end; samples that were checked are kept."""
        if self.run_id is not None:
            self.page.controller.stop(self.run_id)

    def refresh(self) -> None:
        """Show what is known of the looked-at word, and how far a check is."""
        view, look = self.page.view, self.page.look
        going = self._going()
        self.page.over.panel.show_checking(going, self.problem, self._why_not())
        if view is None or view.found is None or view.found.provenance.geometry is None:
            return
        shown = CheckShown(
            text=picture_look.text_of(view.words, look),
            word=self._known(look),
            going=going,
            problem=self.problem,
            why_not=self._why_not() or (STALE if view.is_stale else ""),
        )
        self.page.dock.check.show_check(shown)

    def _known(self, look: Look) -> CheckedWord | None:
        """The newest check of the map that is shown, for this word under this look."""
        view = self.page.view
        if view is None or view.found is None:
            return None
        rows = view.found.rows_of(picture_look.tokens_of(view.words, look))
        name, digest = hiding.name_of(look), view.found.digest
        of_map = (row for row in view.checks if (row.look, row.map_sha256) == (name, digest))
        return next((word for row in of_map for word in row.words if word.rows == rows), None)

    def _why_not(self) -> str:
        return "" if self.page.document.writable else READ_ONLY

    def _going(self) -> Going | None:
        if self.run_id is None:
            return None
        row = self.page.document.query(run_queries.run, self.run_id)
        said = json.loads(row.summary or "{}").get("progress") or {}
        return Going(said.get("stage", ""), said.get("done", 0), said.get("total", 0))

    def _ask(self, wish: CheckWish | None) -> None:
        if wish is None or not wish.samples:
            self.problem = "No map of this query can be checked: capture some first."
            self.refresh()
            return
        if capturing.ask_check(self.page.window(), sample_facts.check_cost(wish)):
            self.start(wish)

    def _show_error(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.problem = str(error)
        self.refresh()

    def _progressed(self, run_id: int) -> None:
        if run_id == self.run_id:
            self.refresh()

    def _ended(self, run_id: int) -> None:
        if run_id != self.run_id:
            return
        self.run_id = None
        row = self.page.document.query(run_queries.run, run_id)
        if row.state in (RunState.FAILED, RunState.LOST):
            self.problem = row.message or "The check ended without a word."
        self.page.load()
        if self.page.over.is_open:
            self.page.over.read()
        self.refresh()
