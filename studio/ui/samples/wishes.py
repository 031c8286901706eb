"""What a person wants on this page, from keys, buttons and menus, turned into acts and moves."""

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from studio import preferences
from studio.project import queries
from studio.project.records import LabelRow
from studio.ui.navigation import Destination, PageName
from studio.ui.sample_edits import Chosen, label_for_key
from studio.ui.samples import browsing, previews
from studio.ui.samples.acts import SampleActs
from studio.ui.samples.browser import Browser
from studio.ui.samples.replace_strip import Replacement
from studio.ui.samples.split_strip import SplitWish

BANNER_HIDDEN = "samples.example_band"
COPIED_AT_MOST = 10_000  # captions in the clipboard
SCANNED = 512  # rows looked through at a time for the next unreviewed one


class Wishes(QObject):
    """Lives as long as the widget of its page."""

    go = Signal(object)  # Destination
    said = Signal(str)

    def __init__(self, page: Browser, acts: SampleActs, widget: QWidget) -> None:
        super().__init__(widget)
        self._page, self._acts, self._widget = page, acts, widget
        self._middle, self._grid = page.middle, page.grid
        self.auto_advance = True
        self._connect_middle()
        self._connect_details()
        page.undo_button.clicked.connect(lambda: page.document.undo())
        page.redo_button.clicked.connect(lambda: page.document.redo())
        page.import_button.clicked.connect(self.go_import)
        page.split_button.clicked.connect(self.open_split)
        page.review_button.clicked.connect(self.go_review)
        page.left.panel.view_menu_wanted.connect(self._show_view_menu)
        page.left.relink_wanted.connect(lambda: self._go(PageName.DATA, part="sources"))

    def _connect_middle(self) -> None:
        middle = self._middle
        middle.query_bar.left.connect(self._grid.setFocus)
        middle.save_view.clicked.connect(self.save_view)
        middle.import_wanted.connect(self.go_import)
        middle.banner.train_wanted.connect(lambda: self._go(PageName.RECIPE))
        middle.banner.hidden.connect(self._hide_banner)
        middle.big.left.connect(self.show_grid)
        middle.results.act_wanted.connect(self._act)
        self._grid.opened.connect(lambda _: self.show_big(1))
        middle.replace.preview_wanted.connect(self._preview_replacement)
        middle.replace.replace_wanted.connect(self._replace)
        middle.split.preview_wanted.connect(self._preview_split)
        middle.split.split_wanted.connect(self._split_by_rule)
        for strip in (middle.replace, middle.split):
            strip.closed.connect(self.hide_strips)

    def _connect_details(self) -> None:
        details, captions = self._page.details, self._page.details.caption_tab
        details.label_wanted.connect(lambda label: self.give_label(label, stay=True))
        details.reviewed_wanted.connect(self.toggle_reviewed)
        details.advance.toggled.connect(self._set_advance)
        details.attention_wanted.connect(self.go_attention)
        details.step_wanted.connect(self.walk_history)
        details.viewer.large_wanted.connect(lambda: self.show_big(1))
        captions.answer.editor.written.connect(self._write_answer)
        for editor in (captions.editor, captions.answer.editor):
            editor.accepted.connect(self.accept)
            editor.left.connect(self._grid.setFocus)
            editor.step_wanted.connect(self._step_typing)
        captions.add_wanted.connect(self._add_caption)
        captions.promote_wanted.connect(
            lambda number: self._acts.promote_caption(self._page.current().key, number)
        )
        captions.remove_wanted.connect(
            lambda number: self._acts.remove_caption(self._page.current().key, number)
        )

    # Labels, splits, marks

    def labels(self) -> list[LabelRow]:
        return self._page.labels

    def give_key(self, key: str, *, stay: bool) -> None:
        label = label_for_key(self.labels(), key) if key else None
        if label is not None or not key:
            self.give_label(label, stay=stay)

    def give_label(self, label: LabelRow | None, *, stay: bool = False) -> None:
        """Labels all that is chosen; goes on to the next when it was one."""
        chosen = self._page.chosen()
        if not chosen.count:
            return
        single = chosen.count == 1 and chosen.query is None
        with self._page.own_edit(single):
            done = self._acts.label(chosen, label)
        if done and single and self.auto_advance and not stay:
            self.step(1)

    def split_chosen(self, split: str | None) -> None:
        chosen = self._page.chosen()
        with self._page.own_edit(chosen.count == 1):
            self._acts.split(chosen, split)

    def toggle_reviewed(self) -> None:
        """All that is chosen becomes what the current one is not."""
        chosen, row = self._page.chosen(), self._grid.row(self._grid.current)
        if row is not None and chosen.count:
            with self._page.own_edit(chosen.count == 1):
                self._acts.review(chosen, not row.reviewed)

    def accept(self) -> None:
        """The current sample is right as it is: reviewed, and on to the next."""
        self._page.details.caption_tab.commit()
        chosen = self._page.current()
        if chosen.count:
            with self._page.own_edit(True):
                done = self._acts.review(chosen, True)
            if done:
                self.step(1)

    def delete_chosen(self) -> None:
        if not self._grid.hasFocus():
            return
        chosen = self._page.chosen()
        ids = tuple(self._page.every_chosen_id())
        if ids:
            self._acts.delete(Chosen(ids, None, len(ids), chosen.key))

    def _set_advance(self, wanted: bool) -> None:
        self.auto_advance = wanted

    # Captions

    def _write_answer(self, text: str) -> None:
        shown = self._page.shown
        if shown is not None:
            with self._page.own_edit(True):
                self._acts.answer(shown.row.id, shown.row.key, text)

    def _add_caption(self) -> None:
        chosen = self._page.current()
        if chosen.ids:
            self._acts.add_caption(chosen.ids[0], chosen.key)

    def _step_typing(self, move: int) -> None:
        self.step(move)
        self.edit_caption()

    def _act(self, name: str) -> None:
        match name:
            case "reviewed":
                self._acts.review(self._page.chosen(), True)
            case "copy":
                self.copy_captions()
            case "all":
                self.choose_all()
            case _:
                raise ValueError(f"unknown act {name}")

    def copy_captions(self) -> None:
        ids = self._page.every_chosen_id()[:COPIED_AT_MOST]
        rows = self._page.document.query(queries.sample_rows, ids)
        QGuiApplication.clipboard().setText("\n".join(row.caption for row in rows))
        unit = "caption" if len(rows) == 1 else "captions"
        self.said.emit(f"{len(rows):,} {unit} copied.")

    # Moving

    def step(self, move: int) -> None:
        self._grid.go_to(self._grid.current + move)

    def go_first(self) -> None:
        self._grid.go_to(0)

    def go_last(self) -> None:
        self._page.need_all_ids()
        self._grid.go_to(len(self._grid.ids) - 1)

    def go_unreviewed(self, move: int) -> None:
        """The next one in this query that nobody has looked at."""
        self._page.need_all_ids()
        ids, at = self._grid.ids, self._grid.current + move
        while 0 <= at < len(ids):
            stretch = range(at, min(max(at + move * SCANNED, -1), len(ids)), move)
            wanted = [int(ids[each]) for each in stretch]
            rows = {row.id: row for row in self._page.document.query(queries.sample_rows, wanted)}
            for position in stretch:
                row = rows.get(int(ids[position]))
                if row is not None and not row.reviewed:
                    self._grid.go_to(position)
                    return
            at += move * len(stretch)
        self.said.emit("Every sample of this query that way is reviewed.")

    def choose_all(self) -> None:
        self._grid.choose_all()

    def invert(self) -> None:
        self._grid.invert()

    def walk_history(self, step_id: int) -> None:
        """Undoes or redoes until the step is the newest one that stands."""
        document = self._page.document
        steps = document.history()
        wanted = next((step for step in steps if step.id == step_id), None)
        if wanted is None:
            return
        walk = document.redo if wanted.undone else document.undo
        while (step := walk()) is not None:
            standing = next((each for each in document.history(200) if not each.undone), None)
            if step.id == step_id or (standing is not None and standing.id == step_id):
                return

    # Views of the middle

    def show_grid(self) -> None:
        self._middle.show_part(self._grid)
        self._grid.setFocus()

    def show_big(self, count: int) -> None:
        """1 the current image, 2 it and its neighbour or another chosen one, 0 all chosen."""
        ids = self._page.every_chosen_id() if self._grid.selection.count(2) != 1 else []
        current = self._grid.current_id()
        if current is None:
            return
        if count == 1:
            ids = [current]
        elif count == 2:
            follower = self._grid.ids[self._grid.current + 1 : self._grid.current + 2]
            ids = [current, *[each for each in (*ids, *follower) if each != current]][:2]
        self._page.show_images(ids or [current])

    def toggle_zoom(self) -> None:
        for viewer in self._page.viewers():
            viewer.toggle_zoom()

    def fit_image(self) -> None:
        for viewer in self._page.viewers():
            viewer.set_zoom(None)

    def toggle_boxes(self) -> None:
        for viewer in self._page.viewers():
            viewer.toggle_boxes()

    # Query, views, strips

    def edit_query(self) -> None:
        self._middle.query_bar.take_focus()

    def search_captions(self) -> None:
        self._middle.query_bar.take_focus()
        self._middle.query_bar.type_text("caption:")

    def edit_caption(self) -> None:
        self._page.details.tabs.setCurrentIndex(0)
        self._page.details.caption_tab.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def save_view(self) -> None:
        query = self._page.asked.query
        name, answered = QInputDialog.getText(self._widget, "Save view", "Name of this query:")
        if answered and name.strip():
            self._acts.save_view(name.strip(), query)

    def rename_view(self) -> None:
        """Renames the saved view that is shown."""
        facts = self._page.facts
        views = facts.views if facts else ()
        shown = next((view for view in views if view.query == self._page.asked.query), None)
        if shown is not None:
            self._rename(shown.id, shown.name)

    def _rename(self, view_id: int, name: str) -> None:
        new, answered = QInputDialog.getText(self._widget, "Rename view", "Name:", text=name)
        if answered and new.strip() and new.strip() != name:
            self._acts.rename_view(view_id, new.strip())

    def _show_view_menu(self, view_id: int, place: QPoint) -> None:
        views = self._page.facts.views if self._page.facts else ()
        view = next((each for each in views if each.id == view_id), None)
        if view is None:
            return
        menu = QMenu(self._widget)
        menu.addAction("Rename…").triggered.connect(lambda: self._rename(view.id, view.name))
        menu.addAction("Remove").triggered.connect(
            lambda: self._acts.remove_view(view.id, view.name)
        )
        menu.popup(place)

    def open_replace(self) -> None:
        self._open(self._middle.replace)
        self._middle.replace.wanted_words.setFocus()
        self._preview_replacement(self._middle.replace.wanted())

    def open_split(self) -> None:
        self._open(self._middle.split)
        self._preview_split(self._middle.split.wish())
        self._middle.split.percent.setFocus()

    def _open(self, strip: QWidget) -> None:
        for each in (self._middle.replace, self._middle.split):
            each.setVisible(each is strip)

    def hide_strips(self) -> None:
        self._middle.replace.hide()
        self._middle.split.hide()
        self._grid.setFocus()

    def _preview_replacement(self, wanted: Replacement) -> None:
        preview = previews.replacement(self._page.document, self._page.asked.query, wanted)
        self._middle.replace.show_preview(preview)

    def _replace(self, wanted: Replacement) -> None:
        query = self._page.asked.query
        count = previews.replacement(self._page.document, query, wanted).count
        if count and self._acts.replace(query, wanted, count):
            self.hide_strips()

    def _preview_split(self, wish: SplitWish) -> None:
        words = previews.split(self._page.document, self._page.asked.query, wish)
        self._middle.split.show_words(words)

    def _split_by_rule(self, wish: SplitWish) -> None:
        ratio = self._middle.split.ratio()
        if self._acts.split_by_rule(self._page.asked.query, ratio, wish):
            self.hide_strips()

    def _hide_banner(self) -> None:
        self._middle.banner.hide()
        folded = preferences.load().folded
        preferences.change(folded=(*folded, BANNER_HIDDEN))

    # Going elsewhere

    def go_import(self) -> None:
        self._go(PageName.DATA, part="import")

    def go_review(self) -> None:
        asked: browsing.Asked = self._page.asked
        if asked.suspects_of is not None:
            self.go.emit(
                Destination(PageName.REVIEW, run_ids=(asked.suspects_of,), part="suspects")
            )
        else:
            self.go.emit(Destination(PageName.REVIEW, query=asked.query))

    def go_attention(self) -> None:
        current = self._grid.current_id()
        if current is not None:
            self.go.emit(Destination(PageName.ATTENTION, sample_id=current))

    def _go(self, name: PageName, part: str = "") -> None:
        self.go.emit(Destination(name, part=part))
