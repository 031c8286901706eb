"""Starts a probe of the form's options, follows it, and keeps its panel as things stand."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from studio.document import Changes, Document
from studio.runs import probing
from studio.runs.controller import RunController
from studio.ui import background
from studio.ui.recipe.probe_panel import ProbeLook, ProbePanel
from workers.contract.options import TrainingOptions


def end_now(controller: RunController, run_id: int) -> None:
    """Asked twice, a run's process is ended."""
    controller.stop(run_id)
    controller.stop(run_id)


class ProbeWatch(QObject):
    """Reads the project whenever its runs change, so that a window opened later shows the same."""

    def __init__(
        self,
        document: Document,
        controller: RunController,
        panel: ProbePanel,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self.document, self.controller, self.panel, self.page = document, controller, panel, page
        self.options: TrainingOptions | None = None
        self.problem = ""
        self.is_starting = False
        panel.tried.connect(self.start)
        panel.cancelled.connect(self.cancel)
        document.changed.connect(self._follow)

    def show_options(self, options: TrainingOptions, problem: str) -> None:
        """The options that stand in the form now, and what keeps them from being trained."""
        self.options, self.problem = options, problem
        self.look()

    def look(self) -> None:
        """Read how the newest probe stands; unseen, as when the project is closed, nothing."""
        if not self.page.isVisible():
            return
        probe = probing.newest(self.document)
        busy = "It is about to start." if self.is_starting else probing.busy_with(self.document)
        stale = probe is not None and probe.options != self.options
        self.panel.show_look(ProbeLook(probe, stale, busy or self.problem))

    def start(self) -> None:
        """Try the longest batch of these options."""
        options = self.options
        if options is None or self.is_starting:
            return
        self.is_starting = True
        self.look()
        background.run(
            lambda: self.controller.probe(options),
            done=lambda _: self._begun(),
            failed=self._not_begun,
            owner=self,
        )

    def cancel(self) -> None:
        """End it at once: there is nothing to keep."""
        probe = probing.newest(self.document)
        if probe is not None and not probe.state.is_over:
            background.run(end_now, self.controller, probe.run_id, owner=self)

    def _begun(self) -> None:
        self.is_starting = False
        self.look()

    def _not_begun(self, error: Exception) -> None:
        self._begun()
        raise error

    def _follow(self, changes: Changes) -> None:
        if not changes.tables or "runs" in changes.tables:
            self.look()
