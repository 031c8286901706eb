"""The Runs page: watch a run, stop it in time, and learn what came out."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.document import Document
from studio.errors import StudioError
from studio.project.records import Changes
from studio.runs import forking, naming
from studio.runs.controller import RunController
from studio.ui import actions
from studio.ui.navigation import Destination, PageName
from studio.ui.runs import duplicating, menus, queries_of_cells, reading, troubles, words
from studio.ui.runs.arms_panel import ArmsShown
from studio.ui.runs.curve_feed import CurveFeed
from studio.ui.runs.curves_panel import ShownRun
from studio.ui.runs.dock_reader import DockReader
from studio.ui.runs.log_reader import LogReader
from studio.ui.runs.measuring import Measuring
from studio.ui.runs.parts import RunsParts
from studio.ui.runs.takeout import CurveTakeout
from studio.ui.runs.trash_dialog import TrashDialog
from studio.ui.runs.trying import Trying
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.toast import Toast

# Five times a second at most, however fast a worker reports.
REFRESH_MILLISECONDS = 200
WATCHED = {"runs", "metrics", "evaluations", "checkpoints", "measurements", "suspects", "labels"}


class RunsPage(QWidget):
    """One run at a time in the middle; refreshes only what has changed."""

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
        self._document, self._controller = document, controller
        self._known: dict[int, tuple[str, str]] = {}
        self._overview = reading.read_overview(document, self._known)
        self._detail: reading.RunDetail | None = None
        self._chosen: int | None = None
        self._overlaid: list[int] = []
        self._pace = words.Pace()
        self._feed = CurveFeed(document, self)
        self._logs = LogReader(document, self)
        self._dock = DockReader(document, self)
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self.parts = RunsParts(document.name, images, self._feed)
        self.header = self.parts.header
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.parts.stack)
        self.toast = Toast(self)
        self.takeout = CurveTakeout(self, document, self.parts.curves, self._shown_runs)
        self.trying = Trying(document, self.parts.details.trying, self)
        self.measuring = Measuring(
            document, controller, self.parts.details.evaluation, self, self._try
        )
        self.destroyed.connect(self.trying.trial.close)
        self._connect()
        self.refresh()

    # Building

    def _connect(self) -> None:
        # Both may be emitted by the thread that follows the runs.
        self._document.changed.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        self._controller.progressed.connect(self._refresh_soon, Qt.ConnectionType.QueuedConnection)
        self.parts.list.chosen.connect(self.choose)
        self.parts.list.moved.connect(self._move_in_queue)
        self.parts.list.menu_wanted.connect(self._open_run_menu)
        self.parts.list.trash_wanted.connect(self._open_trash)
        self.parts.empty.clicked.connect(self._new_run)
        self.parts.new_run.clicked.connect(self._new_run)
        self.parts.compare.clicked.connect(self._compare)
        self.parts.export.clicked.connect(self._export)
        self.parts.go_on.clicked.connect(self._continue)
        self.measuring.worst_wanted.connect(self._open_query)
        self.parts.duplicate.clicked.connect(self._duplicate)
        self.parts.head.renamed.connect(self._rename)
        self.parts.head.asked.connect(self._ask)
        self.parts.head.delete_wanted.connect(self.trash)
        self.parts.band.acted.connect(self._act)
        self.parts.curves.overlay_menu_wanted.connect(self._open_overlay_menu)
        self.parts.curves.stop_wanted.connect(lambda: self._ask("stop"))
        self.parts.details.sample_wanted.connect(self._open_sample)
        self.parts.panel.sample_wanted.connect(self._open_sample)
        self.parts.panel.run_wanted.connect(self.choose)
        self.parts.panel.cell_chosen.connect(self._open_cell)
        self.parts.panel.review_wanted.connect(self._review)
        self._logs.arrived.connect(self.parts.details.add_log)
        self._dock.suspects_arrived.connect(self.parts.panel.show_suspects)
        self._dock.extremes_arrived.connect(self.parts.details.show_extremes)
        self._dock.arms_arrived.connect(self._show_arms)
        self._dock.captions_arrived.connect(self.parts.details.show_captions)
        for key, slot in (
            ("stop", lambda: self._ask("stop")),
            ("pause", self._toggle_pause),
            ("log_scale", self.parts.curves.toggle_scale),
            ("overlay", self._open_overlay_menu),
            ("save_image", self.takeout.choose_image),
        ):
            actions.bind(key, self, slot)

    # What is shown

    def show_destination(self, destination: Destination) -> None:
        """Show the run that is asked for, else keep the one shown."""
        if destination.run_ids:
            self.refresh()
            self.choose(destination.run_ids[0])
            self._overlaid = [one for one in destination.run_ids[1:] if self._overview.row(one)]
            self.refresh()

    def choose(self, run_id: int) -> None:
        """Put a run in the middle."""
        if run_id != self._chosen and self._overview.row(run_id) is not None:
            self._chosen = run_id
            self._overlaid = [one for one in self._overlaid if one != run_id]
            self.parts.details.clear_log()
            self.refresh()

    def chosen_run(self) -> int | None:
        """The run in the middle."""
        return self._chosen

    def overlay(self, run_id: int) -> None:
        """Lay a run over the chosen one, or take it off."""
        if run_id in self._overlaid:
            self._overlaid.remove(run_id)
        else:
            self._overlaid.append(run_id)
        self.refresh()

    def refresh(self) -> None:
        """Read what is listed and what is chosen, and show what has changed."""
        self._timer.stop()
        self._overview = reading.read_overview(self._document, self._known)
        rows = self._overview.rows
        self.parts.stack.setCurrentIndex(0 if rows or self._overview.trashed else 1)
        for row in rows:
            self._pace.watch(row)
        self._choose_something()
        values = reading.list_values(self._overview, self._pace, tuple(self._overlaid))
        self.parts.list.show_values(values)
        self.parts.list.set_chosen(self._chosen if self._chosen is not None else -1)
        if self._chosen is not None:
            self._show_chosen(self._chosen)
        else:
            self._detail = None
        self._show_buttons()

    def _choose_something(self) -> None:
        self._overlaid = [one for one in self._overlaid if self._overview.row(one)]
        if self._chosen is not None and self._overview.row(self._chosen) is not None:
            return
        live = self._overview.live()
        first = live or next(iter(self._overview.rows), None)
        self._chosen = first.id if first else None
        self.parts.details.clear_log()

    def _show_chosen(self, run_id: int) -> None:
        before = self._detail
        colour = self._overview.colours[run_id]
        detail = reading.read_detail(self._document, run_id, colour)
        self._detail = detail
        if before and before.row.id == run_id and detail.row.step < before.row.step:
            self.parts.curves.restart(run_id)
        writable = self._document.writable
        self.parts.head.show_values(reading.head_values(detail, self._pace, writable=writable))
        self.parts.band.show_trouble(troubles.trouble_of(detail, writable=writable))
        self.parts.curves.show_run(
            self._shown(run_id), [self._shown(one) for one in self._overlaid]
        )
        self._show_curve_state(detail)
        self.parts.details.show_detail(detail)
        self._logs.follow(run_id)
        self._feed.refresh()
        self.trying.follow(detail)
        self.measuring.follow(detail)
        live = detail.row.state in words.LIVE
        ended = before is not None and before.row.state != detail.row.state
        mark = (run_id, detail.measured)
        anew = before is None or (before.row.id, before.measured) != mark
        if anew or ended:
            self._dock.read(detail)
        if anew or before is None or before.row != detail.row:
            verdict = self._dock.verdict(run_id, detail.evaluations)
            waits = live or detail.row.state == "queued"
            self.parts.panel.show_verdict(verdict, detail.best, live=waits)
            labels = queries_of_cells.matrix_labels(
                reading.read_labels(self._document), detail.job.labels
            )
            self.parts.panel.show_confusion(labels, detail.best)

    def _show_curve_state(self, detail: reading.RunDetail) -> None:
        live = detail.row.state in words.LIVE
        said = str(detail.summary.get("last_said", ""))
        self.parts.curves.show_state(
            live=live,
            waiting=words.starting_words(detail.row, Path(detail.job.base_model.name).name, said),
            evaluations=detail.evaluations,
            best=detail.best,
            references=reading.references(detail),
            note=detail.overfitting if live else "",
        )

    def _shown(self, run_id: int) -> ShownRun:
        row = self._overview.row(run_id)
        assert row is not None
        chosen = self._detail if self._detail and self._detail.row.id == run_id else None
        return ShownRun(
            run_id=run_id,
            title=naming.in_words(row).capitalize(),
            colour=self._overview.colours[run_id],
            epochs=chosen.epochs if chosen else 0,
            steps_per_epoch=chosen.steps_per_epoch if chosen else 0,
            has_labels=not chosen.answers_freely if chosen else True,
        )

    def _show_buttons(self) -> None:
        row = self._detail.row if self._detail else None
        over = row is not None and row.state in ("finished", "stopped")
        for button in (self.parts.compare, self.parts.export):
            button.setVisible(over)
        self.parts.go_on.setVisible(over and self._document.writable)
        self.parts.duplicate.setVisible(row is not None)

    @Slot(object)
    def _hear(self, changes: Changes) -> None:
        if not changes.tables or changes.tables & WATCHED:
            self._refresh_soon()

    @Slot(int)
    def _refresh_soon(self, _: int = 0) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    # Asking

    def _ask(self, verb: str) -> None:
        if self._chosen is None:
            return
        row = self._overview.row(self._chosen)
        if verb in ("stop", "pause") and (row is None or row.state not in words.LIVE):
            return
        self._try(getattr(self._controller, verb), self._chosen)

    def _try(self, function: object, *args: object) -> bool:
        try:
            function(*args)  # type: ignore[operator]
        except StudioError as error:
            self.said.emit(str(error))
            return False
        self.refresh()
        return True

    def _toggle_pause(self) -> None:
        row = self._overview.row(self._chosen) if self._chosen is not None else None
        if row is not None:
            self._ask("go_on" if row.state == "paused" else "pause")

    def _move_in_queue(self, run_id: int, places: int) -> None:
        waiting = self._controller.waiting_runs()
        if run_id in waiting:
            position = max(waiting.index(run_id) + places, 0)
            self._try(self._controller.move_in_queue, run_id, position)

    def _rename(self, name: str) -> None:
        if self._chosen is not None:
            self._document.record(
                naming.rename, self._chosen, name, run_id=self._chosen, tables=("runs",)
            )
            self.refresh()

    def trash(self, run_id: int | None = None) -> None:
        """Move a run to the trash, the chosen one if none is named, with a way back."""
        run_id = self._chosen if run_id is None else run_id
        row = self._overview.row(run_id) if run_id is not None else None
        if row is None or not self._try(self._controller.trash, row.id):
            return
        sentence = f"Run {row.id} moved to the trash."
        self.toast.say(sentence, action="Undo", act=lambda: self._restore(row.id), icon="trash")

    def _restore(self, run_id: int) -> None:
        self._try(self._controller.restore, run_id)
        self.choose(run_id)

    def _act(self, key: str) -> None:
        detail = self._detail
        if detail is None:
            return
        if key == "option":
            part = troubles.responsible_option(detail)
            self.go.emit(Destination(PageName.RECIPE, run_ids=(detail.row.id,), part=part))
        elif key in (troubles.SAMPLES, troubles.CUT):
            self._open_query(troubles.sample_query(detail, key))
        elif (options := troubles.remedied_options(detail, key)) is not None:
            act = forking.fork if key == troubles.FORK else forking.run_again
            if self._try(act, self._controller, detail.row.id, options):
                self.choose(self._overview.rows[0].id)
        else:
            self._ask(key)

    # Menus and dialogs

    def _open_run_menu(self, run_id: int, place: QPoint) -> None:
        row = self._overview.row(run_id)
        if row is None:
            return
        acts = {
            "up": lambda: self._move_in_queue(run_id, -1),
            "down": lambda: self._move_in_queue(run_id, 1),
            "leave": lambda: self._try(self._controller.stop, run_id),
            "overlay": lambda: self.overlay(run_id),
            "delete": lambda: self.trash(run_id),
        }
        shown = (run_id == self._chosen, run_id in self._overlaid)
        verb = menus.ask_run_verb(self, row, shown, place)
        if verb:
            acts[verb]()

    def _open_overlay_menu(self) -> None:
        rows = [row for row in self._overview.rows if row.id != self._chosen]
        button = self.parts.curves.head.overlay
        place = button.mapToGlobal(button.rect().bottomLeft())
        chosen = menus.ask_overlay(self, rows, self._overlaid, place)
        if chosen is not None:
            self.overlay(chosen)

    def _open_trash(self) -> None:
        TrashDialog(self._document, self._controller, self).exec()
        self.refresh()

    def _shown_runs(self) -> list[int]:
        return [*([self._chosen] if self._chosen is not None else []), *self._overlaid]

    def _show_arms(self, shown: ArmsShown) -> None:
        self.parts.details.evaluation.show_arms(shown)
        self.parts.panel.answers.show_answers(shown.answers)
        if self._detail is not None and self._detail.answers_freely:
            row = self._detail.row
            self.parts.panel.show_perplexity(shown.perplexity, live=row.state in words.LIVE)

    # Going elsewhere

    def _new_run(self) -> None:
        self.go.emit(Destination(PageName.RECIPE))

    def _duplicate(self) -> None:
        if self._detail is not None and self._document.writable:
            self.go.emit(duplicating.duplicate(self._document, self._detail))

    def _compare(self) -> None:
        ids = (*self._overlaid[:1], *([self._chosen] if self._chosen is not None else []))
        self.go.emit(Destination(PageName.COMPARE, run_ids=ids))

    def _continue(self) -> None:
        if self._chosen is not None:
            self.go.emit(Destination(PageName.RECIPE, run_ids=(self._chosen,), part="continue"))

    def _open_query(self, query: str) -> None:
        self.go.emit(Destination(PageName.SAMPLES, query=query))

    def _export(self) -> None:
        if self._chosen is not None:
            self.go.emit(Destination(PageName.EXPORT, run_ids=(self._chosen,)))

    def _open_sample(self, sample_id: int) -> None:
        self.go.emit(
            Destination(PageName.SAMPLES, query=f"sample:{sample_id}", sample_id=sample_id)
        )

    def _open_cell(self, true_label: str, said_label: str) -> None:
        if self._chosen is None:
            return
        query = queries_of_cells.cell_query(self._document, self._chosen, true_label, said_label)
        self.go.emit(Destination(PageName.SAMPLES, query=query, run_ids=(self._chosen,)))

    def _review(self, run_id: int) -> None:
        self.go.emit(Destination(PageName.REVIEW, run_ids=(run_id,), part="suspects"))
