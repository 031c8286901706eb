"""The Attention page: where the model read from for each word, base against tuned."""

from dataclasses import replace

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QStackedWidget, QVBoxLayout, QWidget

from studio.attention import look as looking
from studio.attention import steps
from studio.attention.look import Look, Side
from studio.document import Changes, Document
from studio.errors import StudioError
from studio.numbers import NO_BREAK, format_of
from studio.runs import naming
from studio.runs.controller import RunController
from studio.ui import background
from studio.ui.attention import ink, sample_facts
from studio.ui.attention.captures import Captures
from studio.ui.attention.checks import Checks
from studio.ui.attention.exporting import ExportMenu
from studio.ui.attention.over_query import OverQueryActs
from studio.ui.attention.page_keys import bind_keys
from studio.ui.attention.picture_stage import Showing
from studio.ui.attention.sample_facts import SampleView
from studio.ui.attention.side_dock import SideDock
from studio.ui.attention.stage import Stage
from studio.ui.navigation import Destination, PageName
from studio.ui.widgets.buttons import make_button, make_icon_button
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.page_frame import PageFrame, PageHeader
from studio.ui.widgets.text import PlainLabel

CHANGED_WAIT = 150  # ms
LOADING_WAIT = 150
MATTERS = {"attention_maps", "captions", "samples", "runs", "labels", "map_checks"}


class AttentionPage(QWidget):
    """Holds the run, the sample and the look; the parts show them."""

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
        self.runs = sample_facts.usable_runs(document)
        self.run_id: int | None = None
        self.query: str | None = None
        self.ids: list[int] = []
        self.place = 0
        self.look = Look(colours=ink.colours())
        self.view: SampleView | None = None
        self.step: int | None = None  # the checkpoint that is looked at, None for the best
        self._asking = 0
        self.header = PageHeader("Attention")
        self.stage = Stage(images)
        self.showing = Showing()
        self.dock = SideDock(images)
        self.empty = EmptyState("eye", "")
        self.over = OverQueryActs(self)
        self._build()
        self.captures = Captures(self)
        self.checks = Checks(self)
        self._connect()
        bind_keys(self)
        self.refresh()

    # What is shown

    def show_destination(self, destination: Destination) -> None:
        """A sample, a query to step through, or a run to look into."""
        if destination.run_ids:
            self.run_id = destination.run_ids[0]
        if destination.query is not None:
            self.query = destination.query
        self.refresh(sample_id=destination.sample_id, anew=destination.sample_id is None)

    def refresh(self, sample_id: int | None = None, *, anew: bool = False) -> None:
        """Read runs and samples again and keep the place; `anew` prefers a captured sample."""
        wanted = sample_id if sample_id is not None else self.sample_id()
        self.runs = sample_facts.usable_runs(self.document)
        known = [row.id for row in self.runs]
        if self.run_id not in known:
            self.run_id = sample_facts.first_run(self.document, known)
        self.ids = sample_facts.sample_ids(self.document, self.query)
        if anew or wanted is None:
            sample_id = wanted = sample_facts.first_to_show(
                self.document, self.run_id, self.ids, wanted, is_query=self.query is not None
            )
        if wanted is not None and wanted not in self.ids and self.query is None:
            self.ids = [wanted, *self.ids]
        self.place = self.ids.index(wanted) if wanted in self.ids else 0
        self._show_runs()
        self.load()
        if anew and self.over.is_open:
            self.over.read()

    def sample_id(self) -> int | None:
        """The sample that is shown."""
        return self.ids[self.place] if self.place < len(self.ids) else None

    def load(self) -> None:
        """Read the sample's map off the window's thread, then show it."""
        self._asking += 1
        asked, run_id, sample_id = self._asking, self.run_id, self.sample_id()
        self.position.setText(format_of(self.place + 1, len(self.ids)) if self.ids else "")
        self.capture_button.setEnabled(run_id is not None and bool(self.ids) and self._may_write())
        if run_id is None or sample_id is None:
            self.view = None
            self._show_empty()
            return
        QTimer.singleShot(LOADING_WAIT, self, lambda: self._show_loading(asked))
        background.run(
            sample_facts.load_view,
            self.document,
            run_id,
            sample_id,
            self.step,
            done=lambda view: self._show_view(view) if asked == self._asking else None,
            failed=lambda error: self._show_error(error) if asked == self._asking else None,
            owner=self,
        )

    def want(self, look: Look) -> None:
        """Look so from now on, with what the map has."""
        found = None if self.view is None else self.view.found
        self.look = look if found is None else looking.fitting(look, found)
        self._show_look(self.look)

    # Acts

    def step_sample(self, by: int) -> None:
        """The next or an earlier sample."""
        if self.ids:
            self.place = min(len(self.ids) - 1, max(0, self.place + by))
            self.load()

    def step_word(self, by: int) -> None:
        """The next or an earlier word, of those whose reading is known."""
        if self.view is not None and self.view.words:
            readers = self.stage.readers
            place = readers.index(self.look.word) if self.look.word in readers else 0
            self.choose_word(readers[(place + by) % len(readers)])

    def choose_word(self, word: int) -> None:
        """One word, no phrase."""
        self.want(replace(self.look, word=word, until=None))

    def extend_to(self, word: int) -> None:
        """The phrase from the looked-at word to this one; only over a picture."""
        if self.stage.of_picture:
            self.want(replace(self.look, until=word))

    def show_so(self, showing: Showing) -> None:
        """Show the picture so from now on."""
        self.showing = showing
        self._show_look(self.look)

    def step_layer(self, by: int) -> None:
        """A deeper or an earlier layer."""
        if self.view is not None and self.view.found is not None:
            self.want(steps.step_layer(self.look, by, self.view.found.layers))

    def step_head(self, by: int) -> None:
        """The mean of all heads, then each head, round and round."""
        if self.view is not None and self.view.found is not None:
            self.want(steps.step_head(self.look, by, self.view.found.heads))

    def choose_layer(self, layer: int) -> None:
        """One layer, with the head as it is."""
        self.want(steps.to_layer(self.look, layer))

    def extend_layers(self, layer: int) -> None:
        """The mean of the layers from the one that was chosen to this one."""
        self.want(steps.to_layers(self.look, layer))

    def choose_head(self, layer: int, head: int) -> None:
        """One head of one layer."""
        self.want(steps.to_head(self.look, layer, head))

    def choose_step(self, step: int) -> None:
        """The map of one checkpoint."""
        self.step, self.look = step, replace(self.look, side=Side.TUNED)
        self.load()

    def flick(self) -> None:
        """Base, tuned, base."""
        self.want(steps.flick(self.look))

    def show_difference(self) -> None:
        """The difference, or back to tuned."""
        self.want(steps.to_difference(self.look))

    # Building

    def _build(self) -> None:
        self.previous = make_icon_button("caret-left", "Previous sample", "PgUp")
        self.following = make_icon_button("caret-right", "Next sample", "PgDown")
        self.position = PlainLabel("", tone="text_2", tabular=True)
        self.run_choice = QComboBox()
        self.run_choice.setAccessibleName("Run")
        self.run_choice.setMinimumWidth(150)
        self.run_choice.setMaximumWidth(240)
        self.capture_button = make_button("Capture for this query", "primary", "eye")
        for widget in (self.previous, self.position, self.following, self.run_choice):
            self.header.add_button(widget)
        self.exports = ExportMenu(self)
        self.header.add_button(self.exports.button)
        self.header.add_button(self.capture_button, primary=True)
        self.pages = QStackedWidget()
        # Empty first: what is loading shows nothing, and no bare stage.
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self.stage)
        self.pages.addWidget(self.over.panel)
        self.frame = PageFrame(self.header, None, self.pages, self.dock, 0, 424)
        self.frame.show_dock("right", False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)

    def _connect(self) -> None:
        self._changed = QTimer(self)
        self._changed.setSingleShot(True)
        self._changed.setInterval(CHANGED_WAIT)
        self._changed.timeout.connect(self.refresh)
        self.document.changed.connect(self._document_changed)
        self.previous.clicked.connect(lambda: self.step_sample(-1))
        self.following.clicked.connect(lambda: self.step_sample(1))
        self.run_choice.activated.connect(self._choose_run)
        self.empty.clicked.connect(self._empty_clicked)
        self.stage.chosen.connect(self.choose_word)
        self.stage.extended.connect(self.extend_to)
        self.stage.hovered.connect(self._look_from)
        self.stage.controls.wanted.connect(self.want)
        self.stage.controls.picture.wanted.connect(self.show_so)
        self.stage.showing_wanted.connect(self.show_so)
        self.stage.layer_chosen.connect(self.choose_layer)
        self.stage.base_chosen.connect(lambda: self.want(replace(self.look, side=Side.BASE)))
        self.stage.step_chosen.connect(self.choose_step)
        self.stage.layers_chosen.connect(self.extend_layers)
        self.dock.triple.chosen.connect(lambda side: self.want(replace(self.look, side=Side(side))))
        self.dock.over_query.clicked.connect(self.over.open)
        self.dock.heads.chosen.connect(self.choose_head)
        self.dock.heads.hovered.connect(self._look_through)

    # Showing

    def _show_runs(self) -> None:
        self.run_choice.blockSignals(True)
        self.run_choice.clear()
        for row in self.runs:
            self.run_choice.addItem(naming.numbered(row), row.id)
        self.run_choice.setCurrentIndex(max(0, self.run_choice.findData(self.run_id)))
        self.run_choice.blockSignals(False)
        for widget in (self.run_choice, self.previous, self.position, self.following):
            widget.setVisible(bool(self.runs))

    def _show_view(self, view: SampleView) -> None:
        was = self.view
        self.view = view
        self.header.set_detail(f"Sample {view.detail.row.key} · {self._run_words()}")
        self.dock.show_view(view)
        self.frame.show_dock("right", True)
        if view.found is None:
            self._show_empty()
            return
        same = sample_facts.has_same_words(was, view)
        if not view.is_read_like(was):
            reduction = steps.first_reduction(view.found, view.pointing_head)
            self.look = replace(self.look, reduction=reduction)
        self.stage.show_view(view, self._run_words())
        word, until = (self.look.word, self.look.until) if same else sample_facts.first_words(view)
        self.look = looking.fitting(replace(self.look, word=word, until=until), view.found)
        if not self.over.is_open:
            self.pages.setCurrentWidget(self.stage)
        self._show_look(self.look)
        self.exports.refresh()
        self.show_captures()

    def show_captures(self) -> None:
        """Show that captures are at work, or why one failed."""
        self.stage.more_steps.setEnabled(not self.captures.going and self._may_write())
        self._show_empty()

    def _show_loading(self, asked: int) -> None:
        if self.view is None and asked == self._asking and not self.empty.sentence.text():
            self.empty.show_words("Reading the map…")

    def _show_look(self, look: Look) -> None:
        if self.view is not None and self.view.found is not None:
            self.stage.show_look(self.view, look, self.showing)
            self.dock.show_look(self.view, look)
            self.checks.refresh()

    def _look_from(self, word: int) -> None:
        """While the mouse is over a word of a picture's caption."""
        if self.view is not None and self.stage.of_picture:
            hovered = self.look if word < 0 else replace(self.look, word=word, until=None)
            self.stage.show_through(self.view, hovered, self.showing)

    def _look_through(self, layer: int, head: int) -> None:
        look = self.look if layer < 0 else steps.to_head(self.look, layer, head)
        if self.view is not None and self.view.found is not None:
            if self.stage.of_picture:
                self.stage.show_through(self.view, look, self.showing)
            else:
                self.stage.show_look(self.view, look, self.showing)

    def _show_empty(self) -> None:
        if self.view is not None and self.view.found is not None and not self.captures.problem:
            return
        self.exports.refresh()
        if self.over.is_open:
            return
        self.pages.setCurrentWidget(self.empty)
        if not self.runs:
            self.frame.show_dock("right", False)
            words = "No finished run to look into yet."
            self.empty.show_words(words, "Open Recipe")
        elif not self.ids:
            self.frame.show_dock("right", False)
            self.empty.show_words("No sample matches.", "")
        elif self.captures.going:
            self.empty.show_words("Reading with the base and the tuned model…", "")
        elif self.captures.problem:
            self.empty.show_words(self.captures.problem, "Try again")
        elif not self._may_write():
            self.empty.show_words("No map of this sample, and the project is open to read only.")
        else:
            words = f"No map of this sample for {self._run_words()}."
            self.empty.show_words(words, f"Capture, about{NO_BREAK}8{NO_BREAK}s")

    def _show_error(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.view = None
        self.pages.setCurrentWidget(self.empty)
        self.empty.show_words(str(error), "Capture again")

    def _run_words(self) -> str:
        found = (naming.in_words(row) for row in self.runs if row.id == self.run_id)
        return next(found, "no run")

    def _may_write(self) -> bool:
        return self.document.writable

    def _choose_run(self, index: int) -> None:
        self.run_id, self.step = self.run_choice.itemData(index), None
        self.refresh(anew=True)

    def _empty_clicked(self) -> None:
        if not self.runs:
            self.go.emit(Destination(PageName.RECIPE))
            return
        self.captures.capture_sample()

    def _document_changed(self, changes: Changes) -> None:
        if not changes.tables or changes.tables & MATTERS:
            self._changed.start()
