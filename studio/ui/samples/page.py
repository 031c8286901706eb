"""The Samples page: browse, query, correct."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio import preferences
from studio.document import Changes, Document
from studio.errors import StudioError
from studio.numbers import format_count
from studio.project import queries
from studio.project.records import LabelRow, SampleDetail, SampleRow
from studio.runs.controller import RunController
from studio.runs.inspector import Inspector
from studio.ui import background
from studio.ui.navigation import Destination
from studio.ui.run_colours import run_colours
from studio.ui.sample_edits import Chosen
from studio.ui.samples import browsing, filters, query_text
from studio.ui.samples.acts import SampleActs
from studio.ui.samples.big_view import MOST
from studio.ui.samples.browsing import Asked
from studio.ui.samples.details import DetailsPanel
from studio.ui.samples.left_dock import LeftDock
from studio.ui.samples.menus import fill_label_menu, fill_split_menu
from studio.ui.samples.middle import MiddlePanel
from studio.ui.samples.page_keys import bind_keys, bind_label_keys, keep_arrows
from studio.ui.samples.suggesting import SuggestionWishes
from studio.ui.samples.wishes import BANNER_HIDDEN, Wishes
from studio.ui.widgets.buttons import make_button, make_icon_button
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.image_view import ImageView
from studio.ui.widgets.page_frame import PageFrame, PageHeader

COUNTING_WAIT = 250  # ms: edits in quick succession are counted once, when the hands rest
HISTORY_SHOWN = 200
AFTER_PAINT = 15  # ms: the first samples are seen before the rest is read
SHOWN_SAMPLES = {"samples", "captions", "images", "labels", "boxes", "predictions", "suspects"}
SHOWN_SAMPLES |= {"decisions"}


class SamplesPage(QWidget):
    """Knows what is browsed and what is chosen; panels show it, acts change it."""

    go = Signal(object)
    said = Signal(str)

    def __init__(
        self,
        document: Document,
        controller: RunController,
        images: ImageLoader,
        parent: QWidget | None = None,
        *,
        inspector: Inspector | None = None,
    ) -> None:
        super().__init__(parent)
        self.document, self.controller, self.images = document, controller, images
        self.acts = SampleActs(document, self)
        self.asked = Asked()
        self.shown: SampleDetail | None = None
        self.labels: list[LabelRow] = []
        self.facts: filters.PanelFacts | None = None
        self._found = 0
        self._complete = False
        self._asking = 0  # answers to older questions are dropped
        self._own_edit = False
        self.header = PageHeader("Samples")
        self.left = LeftDock()
        self.middle = MiddlePanel(self._fetch, images)
        self.grid = self.middle.grid
        self.details = DetailsPanel(images)
        self._again = QTimer(self)  # shows the sample anew, unless another one comes first
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._show_details)
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(COUNTING_WAIT)
        self._counting.timeout.connect(self._count)
        self._lay_out()
        self._connect()
        self.wishes = Wishes(self, self.acts, self)
        self.wishes.go.connect(self.go)
        self.wishes.said.connect(self.said)
        self.suggesting = SuggestionWishes(self, self.acts, self.wishes, self)
        self.suggesting.said.connect(self.said)
        if inspector is not None:
            self.details.caption_tab.count_tokens_by(inspector)
        bind_keys(self, self.wishes, self.suggesting)
        self._label_keys = bind_label_keys(self, self.wishes, [])
        self._arrows = keep_arrows(self)
        self.ask(self.asked)
        self._count()

    # Building

    def _lay_out(self) -> None:
        self.undo_button = make_icon_button("arrow-counter-clockwise", "Undo", "Ctrl+Z")
        self.redo_button = make_icon_button("arrow-clockwise", "Redo", "Ctrl+Y")
        self.import_button = make_button("Import", icon="download-simple")
        self.split_button = make_button("Split", icon="shuffle")
        self.review_button = make_button("Review", "primary", "cards", "Ctrl+3")
        for button in (self.undo_button, self.redo_button, self.import_button, self.split_button):
            self.header.add_button(button)
        self.header.add_button(self.review_button, primary=True)
        frame = PageFrame(self.header, self.left, self.middle, self.details, 212, 388)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(frame)

    def _connect(self) -> None:
        self.document.changed.connect(self._document_changed)
        self.acts.said.connect(self.said)
        self.left.panel.clause_wanted.connect(self._toggle_clause)
        self.left.panel.query_wanted.connect(self.show_query)
        self.middle.query_bar.asked.connect(self.show_query)
        self.middle.remove_clause_wanted.connect(self.show_query)
        self.middle.results.order_wanted.connect(self._order)
        self.middle.results.size_wanted.connect(self.grid.set_cell_size)
        self.grid.current_changed.connect(self._show_current)
        self.grid.selection_changed.connect(self._show_numbers)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.focusWidget() is None:
            self.grid.setFocus()

    # What is browsed

    def show_destination(self, destination: Destination) -> None:
        """Shows a query, what a run suspects, or one sample."""
        suspects_of = destination.run_ids[0] if destination.part == "suspects" else None
        query = destination.query if destination.query is not None else self.asked.query
        if destination.sample_id is not None and destination.query is None:
            query = ""
        order = "suspect" if suspects_of is not None else self.asked.order
        self.middle.query_bar.show_text(query)
        self.ask(Asked(query, order, suspects_of), keep=destination.sample_id)

    def show_query(self, query: str) -> None:
        """Browses another query in the same order."""
        self.middle.query_bar.show_text(query)
        self.ask(Asked(query, self.asked.order), keep=self.grid.current_id())

    def ask(self, asked: Asked, keep: int | None = None) -> None:
        """Shows the first samples now and the rest when they have been read."""
        wrong = browsing.problem_of(self.document, asked.query)
        self.middle.query_bar.show_problem((wrong.position, wrong.length) if wrong else None)
        self.middle.show_problem(wrong.words if wrong else "")
        if wrong:
            return
        self.asked = asked
        self._asking += 1
        number, ids = self._asking, browsing.first_ids(self.document, asked)
        self._complete = len(ids) < browsing.FIRST or (keep is not None and keep not in ids)
        if not self._complete:
            QTimer.singleShot(AFTER_PAINT, self, lambda: self._read_all(number, asked))
        elif len(ids) == browsing.FIRST:
            ids = browsing.all_ids(self.document, asked)
        self._found = len(ids)
        self.grid.show_ids(ids, keep=keep)
        self.middle.results.show_order(asked.order)
        self._show_filters()
        self._show_part()

    def _read_all(self, number: int, asked: Asked) -> None:
        if number == self._asking and not self._complete:
            background.run(
                lambda: browsing.all_ids(self.document, asked),
                done=lambda every: self._complete_ids(number, every),
                owner=self,
            )

    def _complete_ids(self, number: int, ids: list[int]) -> None:
        if number == self._asking:
            self._complete, self._found = True, len(ids)
            self.grid.complete_ids(ids)
            self._show_numbers()

    def need_all_ids(self) -> None:
        if not self._complete:
            self._complete_ids(self._asking, browsing.all_ids(self.document, self.asked))

    def _fetch(self, ids: list[int]) -> list[SampleRow]:
        return self.document.query(queries.sample_rows, ids)

    def _toggle_clause(self, part: str, exclude: bool) -> None:
        self.show_query(query_text.toggled(self.asked.query, part, exclude=exclude))

    def _order(self, order: str) -> None:
        self.ask(Asked(self.asked.query, order, self.asked.suspects_of), self.grid.current_id())

    # Showing

    def _show_part(self) -> None:
        total = self.facts.counts.total if self.facts else self._found
        if self._found:
            if not self.middle.is_big():
                self.middle.show_part(self.grid)
        elif not self.asked.query and self.asked.suspects_of is None and not total:
            self.middle.show_part(self.middle.empty)
        else:
            self.middle.show_nothing(*browsing.without_a_clause(self.document, self.asked.query))
        self._show_numbers()

    def _show_numbers(self) -> None:
        total = self.facts.counts.total if self.facts else self._found
        chosen = self.grid.selection.count(self._found)
        self.middle.results.show_counts(self._found, max(total, self._found), chosen)
        self.review_button.setText(f"Review {format_count(self._found)}")
        self.review_button.setEnabled(self._found > 0)

    def _show_current(self, _position: int = -1) -> None:
        self.details.caption_tab.commit()
        self._show_details()
        if self.middle.is_big():
            tiles = [tile for tile in self.middle.big.tiles if not tile.isHidden()]
            if len(tiles) < 3:
                self.wishes.show_big(len(tiles))

    def _show_details(self) -> None:
        self._again.stop()
        self.shown = self.current_detail()
        self.details.show_sample(self.shown)
        if self.shown is not None:
            suggested = self.shown.suggestions
            colours = run_colours(self.document) if suggested else {}
            self.details.caption_tab.show_suggestions(suggested, colours)

    def show_images(self, ids: list[int]) -> None:
        """These samples large, instead of the grid."""
        details = [self.document.query(queries.sample_detail, each) for each in ids[:MOST]]
        self.middle.big.show_samples(details)
        self.middle.show_part(self.middle.big)
        self.middle.big.setFocus()

    def viewers(self) -> list[ImageView]:
        """The images that zoom and boxes are about: the large ones when they are shown."""
        if self.middle.is_big():
            return [tile.viewer for tile in self.middle.big.tiles if not tile.isHidden()]
        return [self.details.viewer]

    def current_detail(self) -> SampleDetail | None:
        current = self.grid.current_id()
        if current is None:
            return None
        try:
            return self.document.query(queries.sample_detail, current)
        except StudioError:
            return None  # removed by another edit; the grid is asked again just now

    def _count(self) -> None:
        background.run(lambda: filters.read_facts(self.document), done=self._show_facts, owner=self)
        steps = self.document.history(HISTORY_SHOWN)
        kept = steps[0].id if len(steps) == HISTORY_SHOWN else len(steps)
        self.details.show_history(steps, kept)
        self.undo_button.setEnabled(any(not step.undone for step in steps))
        self.redo_button.setEnabled(any(step.undone for step in steps))

    def _show_facts(self, facts: filters.PanelFacts) -> None:
        self.facts = facts
        if list(facts.labels) != self.labels:
            self.labels = list(facts.labels)
            self._renew_labels()
        self.middle.query_bar.know_values(facts.values)
        self.left.show_missing(facts.missing_sources)
        self.middle.banner.show_count(facts.counts.total)
        hidden = BANNER_HIDDEN in preferences.load().folded
        self.middle.banner.setVisible(facts.is_example and not hidden)
        self._show_filters()
        self._show_part()

    def _renew_labels(self) -> None:
        self.details.show_labels(self.labels)
        self._show_details()
        fill_label_menu(self.middle.results.label_menu, self.labels, self.wishes.give_label)
        fill_split_menu(self.middle.results.split_menu, self.wishes.split_chosen)
        self._label_keys = bind_label_keys(self, self.wishes, self._label_keys)

    def _show_filters(self) -> None:
        if self.facts is not None:
            parts = query_text.clauses(self.asked.query)
            self.left.panel.show_groups(filters.groups(self.facts), self.asked.query, parts)

    def _document_changed(self, changes: Changes) -> None:
        touched = not changes.tables or bool(changes.tables & SHOWN_SAMPLES)
        self._counting.start()
        if not touched:
            if "answers" in changes.tables:
                self._show_written()
            return
        if self._own_edit:
            self.grid.refresh_rows(chosen_only=True)
            self._again.start()
        else:
            self.ask(self.asked, keep=self.grid.current_id())
            self.grid.refresh_rows()

    def _show_written(self) -> None:
        """A worker wrote captions: they may be suggestions for what is shown."""
        if "sugges" in self.asked.query:
            self.ask(self.asked, keep=self.grid.current_id())
        self.grid.refresh_rows()
        self._again.start()

    # What is chosen

    def browsed(self) -> Chosen:
        """What is chosen where that is several samples; else all that the query found."""
        if self.grid.selection.count(self._found) > 1:
            return self.chosen()
        self.need_all_ids()
        if self.asked.suspects_of is None:
            return Chosen((), self.asked.query, self._found)
        ids = tuple(int(each) for each in self.grid.ids)
        return Chosen(ids, None, len(ids), self._key_of(ids))

    def chosen(self) -> Chosen:
        """The whole query as a query; everything else by id."""
        selection = self.grid.selection
        if selection.is_whole and self.asked.suspects_of is None:
            self.need_all_ids()
            return Chosen((), self.asked.query, self._found)
        if selection.all_but:
            self.need_all_ids()
        ids = tuple(self.grid.chosen_ids())
        return Chosen(ids, None, len(ids), self._key_of(ids))

    def current(self) -> Chosen:
        number = self.grid.current_id()
        ids = () if number is None else (number,)
        return Chosen(ids, None, len(ids), self._key_of(ids))

    def every_chosen_id(self) -> list[int]:
        if self.grid.selection.all_but:
            self.need_all_ids()
        return self.grid.chosen_ids()

    @contextmanager
    def own_edit(self, single: bool) -> Iterator[None]:
        """While one sample is edited here the grid keeps its place and order."""
        self._own_edit = single
        try:
            yield
        finally:
            self._own_edit = False

    def _key_of(self, ids: tuple[int, ...]) -> str:
        if len(ids) != 1:
            return ""
        current = self.grid.row(self.grid.current)
        if current is not None and current.id == ids[0]:
            return current.key
        rows = self.document.query(queries.sample_rows, list(ids))
        return rows[0].key if rows else ""
