"""Starts captures of maps from the Attention page, and follows them to their end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.errors import StudioError
from studio.project import run_queries
from studio.runs.state import RunState
from studio.ui.attention import capturing, sample_facts

if TYPE_CHECKING:
    from studio.ui.attention.page import AttentionPage


class Captures(QObject):
    """`going` are the captures that have not ended; `problem` says why the last one failed."""

    def __init__(self, page: "AttentionPage") -> None:
        super().__init__(page)
        self.page = page
        self.going: set[int] = set()
        self.problem = ""
        page.controller.ended.connect(self._ended)
        page.capture_button.clicked.connect(self.ask_for_query)
        page.over.panel.capture_wanted.connect(self.ask_for_query)
        page.stage.again.clicked.connect(self.capture_sample)
        page.stage.steps_wanted.connect(self.capture_steps)

    def capture(self, ids: Sequence[int], steps: Sequence[int | str] = ("best",)) -> None:
        """Start a capture of these samples by the run that is shown, one for each checkpoint."""
        page = self.page
        if page.run_id is None or not ids:
            return
        self.problem = ""
        try:
            for step in steps:
                self.going.add(int(page.controller.attend(page.run_id, ids, str(step))))
        except StudioError as error:
            self.problem = str(error)
        page.show_captures()

    def capture_sample(self) -> None:
        """The sample that is shown, at the checkpoint that is looked at."""
        sample_id, step = self.page.sample_id(), self.page.step
        if sample_id is not None:
            self.capture([sample_id], ["best" if step is None else step])

    def capture_steps(self) -> None:
        """The sample that is shown, at the checkpoints that have no map of it."""
        sample_id, view = self.page.sample_id(), self.page.view
        if view is not None and sample_id is not None:
            self.capture([sample_id], view.missing_steps)

    def ask_for_query(self) -> None:
        """Say what a capture of all samples costs, then start it."""
        page = self.page
        if page.run_id is None:
            return
        cost = sample_facts.capture_cost(page.document, page.run_id, page.ids)
        if capturing.ask(page.window(), cost):
            self.capture(page.ids)

    def _ended(self, run_id: int) -> None:
        if run_id not in self.going:
            return
        self.going.remove(run_id)
        row = self.page.document.query(run_queries.run, run_id)
        if row.state in (RunState.FAILED, RunState.LOST):
            self.problem = row.message or "The capture ended without a word."
        self.page.refresh()
        if self.page.over.is_open and not self.going:
            self.page.over.read()
