"""The Export page: carry a checkpoint away, proven by a clean process."""

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.document import Changes, Document
from studio.errors import StudioError
from studio.numbers import format_count
from studio.runs import exporting
from studio.runs.controller import RunController
from studio.runs.recipe_export import RecipeExport, export_recipe
from studio.ui import background
from studio.ui.export import run_facts
from studio.ui.export.form import ADAPTER, MERGED, RECIPE, ExportForm, folder_problem
from studio.ui.export.run_choice import RunChoice
from studio.ui.export.run_facts import ExportableRun
from studio.ui.export.steps import StepsPanel
from studio.ui.navigation import Destination, PageName
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.page_frame import PageFrame, PageHeader

CHANGED_WAIT = 150  # ms


class ExportPage(QWidget):
    """Holds the checkpoint that is chosen and the export that runs."""

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
        self.runs: list[ExportableRun] = []
        self.chosen: tuple[int, int] | None = None  # run, step
        self.exporting: int | None = None
        self.cards: dict[int, str] = {}  # what was typed, by run
        self.header = PageHeader("Export")
        self.choice = RunChoice()
        self.form = ExportForm()
        self.steps = StepsPanel()
        self.empty = EmptyState("export", "No finished run to export yet.", "Open Recipe")
        self.button = make_button("Export and prove", "primary", "export")
        self._build()
        self._connect()
        self.refresh()

    def show_destination(self, destination: Destination) -> None:
        """A run to export, at its best checkpoint."""
        if destination.run_ids:
            self.chosen = None
            self.refresh(run_id=destination.run_ids[0])

    def refresh(self, run_id: int | None = None) -> None:
        """Read the runs again and keep the choice."""
        self.runs = run_facts.exportable_runs(self.document)
        choices = {(run.id, point.step) for run in self.runs for point in run.checkpoints}
        if self.chosen not in choices:
            self.chosen = self._first_choice(run_id)
            self._show_chosen()
        run, step = self.chosen or (None, None)
        self.choice.show_runs(self.runs, run, step)
        self.pages.setCurrentWidget(self.form if self.runs else self.empty)
        for side in ("left", "right"):
            self.frame.show_dock(side, bool(self.runs))
        self._show_export()

    def choose(self, run_id: int, step: int) -> None:
        """Another checkpoint."""
        self._keep_card()
        self.chosen = (run_id, step)
        self._forget_ended()
        self._show_chosen()
        self._show_export()

    def export(self) -> None:
        """Start the export; what stands against it is said beside the folder."""
        if self.chosen is None:
            return
        self._keep_card()
        run_id, step = self.chosen
        if self.form.is_recipe():
            self._write_recipe(run_id)
            return
        try:
            self.exporting = int(
                self.controller.export(
                    run_id,
                    self.form.destination(),
                    merged=self.form.is_merged(),
                    checkpoint=str(step),
                    model_card=self.form.card.toPlainText(),
                )
            )
        except StudioError as error:
            self.form.show_problem(str(error))
            return
        self._show_export()

    def _write_recipe(self, run_id: int) -> None:
        self.button.setEnabled(False)
        background.run(
            export_recipe,
            self.document,
            run_id,
            self.form.destination(),
            done=self._say_recipe,
            failed=self._recipe_failed,
            owner=self,
        )

    def _say_recipe(self, done: RecipeExport) -> None:
        samples = format_count(sum(done.samples.values()))
        self.said.emit(f"Recipe with {samples} samples written to {done.folder.name}.")
        self.steps.show_written(done.folder, done.files)
        self._show_folder()

    def _recipe_failed(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.form.show_problem(str(error))

    def cancel(self) -> None:
        """Ask the export to end; it leaves nothing behind."""
        if self.exporting is not None:
            self.controller.stop(self.exporting)

    def open_folder(self) -> None:
        """Show the exported folder in the system's file manager."""
        shown = self._export_shown()
        if shown is not None:
            path = run_facts.export_state(self.document, shown).path
            QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _build(self) -> None:
        self.header.add_button(self.button, primary=True)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.form)
        self.pages.addWidget(self.empty)
        self.frame = PageFrame(
            self.header, self.choice, self.pages, self.steps, 264, 424, left_narrow=232
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)

    def _connect(self) -> None:
        self._changed = QTimer(self)
        self._changed.setSingleShot(True)
        self._changed.setInterval(CHANGED_WAIT)
        self._changed.timeout.connect(self.refresh)
        self.document.changed.connect(self._document_changed)
        self.controller.progressed.connect(self._progressed)
        self.choice.chosen.connect(self.choose)
        self.form.kind_chosen.connect(self._choose_kind)
        self.form.changed.connect(self._show_button)
        self.button.clicked.connect(self.export)
        self.steps.open_wanted.connect(self.open_folder)
        self.steps.cancel_wanted.connect(self.cancel)
        self.empty.clicked.connect(lambda: self.go.emit(Destination(PageName.RECIPE)))

    def _first_choice(self, run_id: int | None) -> tuple[int, int] | None:
        runs = [run for run in self.runs if run.id == run_id] or self.runs
        if not runs:
            return None
        best = [point.step for point in runs[0].checkpoints if point.best]
        return runs[0].id, (best or [runs[0].checkpoints[0].step])[0]

    def _run(self) -> ExportableRun | None:
        run_id = self.chosen[0] if self.chosen else None
        return next((run for run in self.runs if run.id == run_id), None)

    def _show_chosen(self) -> None:
        run = self._run()
        if run is None or self.chosen is None:
            self.header.set_detail("")
            return
        self.header.set_detail(f"{run.title}, step {self.chosen[1]:,} · {run.base_model}")
        self.steps.show_limit(of_answers=run.of_answers)
        kind = self._kind_for(run)
        self.form.show_run(run, run_facts.usual_folder(self.document, run, kind), kind)
        if run.id in self.cards:
            self.form.show_card(self.cards[run.id])
            return
        background.run(
            exporting.card_of,
            self.document,
            run.id,
            done=lambda text: self._fill_card(run.id, text),
            owner=self,
        )

    def _fill_card(self, run_id: int, text: str) -> None:
        if self.chosen is not None and self.chosen[0] == run_id and run_id not in self.cards:
            self.form.show_card(text)

    def _keep_card(self) -> None:
        if self.chosen is not None and self.form.card.document().isModified():
            self.cards[self.chosen[0]] = self.form.card.toPlainText()

    def _kind_for(self, run: ExportableRun) -> str:
        """The kind chosen before, where this run has it."""
        if self.form.is_recipe() and run.of_answers:
            return RECIPE
        return MERGED if not run.has_adapter or self.form.is_merged() else ADAPTER

    def _show_folder(self) -> None:
        run = self._run()
        if run is not None:
            folder = run_facts.usual_folder(self.document, run, self.form.kind.value())
            self.form.folder.setText(str(folder))

    def _show_export(self) -> None:
        state, shown = None, self._export_shown()
        if shown is not None:
            state = run_facts.export_state(self.document, shown)
        self.steps.show_state(state)
        if state is not None and state.path == str(self.form.destination()):
            self._show_folder()  # it is there now: the next export needs another
        self._show_button()

    def _export_shown(self) -> int | None:
        """The export that was started here, else the last proof of what is chosen."""
        if self.exporting is not None or self.chosen is None or self.form.is_recipe():
            return self.exporting
        run_id, step = self.chosen
        merged = self.form.is_merged()
        return run_facts.last_export(self.document, run_id, step, merged=merged)

    def _choose_kind(self, _kind: str) -> None:
        self._forget_ended()
        self._show_folder()
        self._show_export()

    def _forget_ended(self) -> None:
        """Another choice has another proof; an export that runs stays in sight."""
        if self.exporting is not None:
            state = run_facts.export_state(self.document, self.exporting).state
            self.exporting = None if state.is_over else self.exporting

    def _show_button(self) -> None:
        busy = False
        if self.exporting is not None:
            busy = not run_facts.export_state(self.document, self.exporting).state.is_over
        reason = "" if self.chosen else "No finished run to export yet."
        reason = reason or folder_problem(self.form.folder.text())
        reason = reason or ("An export is running." if busy else "")
        if not self.document.writable:
            reason = "The project is open to read only."
        recipe = self.form.is_recipe()
        about = "Write, load in a clean process, compare, hand over."
        if recipe:
            about = "Write script, YAML and data to train this run elsewhere."
        self.button.setText("Write the recipe" if recipe else "Export and prove")
        self.steps.show_recipe(recipe)
        self.button.setEnabled(not reason)
        self.button.explain(reason or about)

    def _progressed(self, run_id: int) -> None:
        if run_id == self.exporting:
            self._show_export()

    def _document_changed(self, changes: Changes) -> None:
        if not changes.tables or changes.tables & {"runs", "checkpoints"}:
            self._changed.start()
