"""Which solved samples stand before each prompt of a few-shot arm, and in which order."""

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.document import Document
from studio.errors import StudioError
from studio.project import queries
from studio.project.records import SampleRow
from studio.runs import shots
from studio.ui import background
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.text import PlainLabel

FIRST_COUNT = 3
MOST_FOUND = 50
SAMPLE_ID = Qt.ItemDataRole.UserRole


class ShotsDialog(QDialog):
    """Left the train samples that a search finds, right the shots from the first to the last."""

    def __init__(self, document: Document, run_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._run_id = document, run_id
        self._asked = ""
        self.setWindowTitle("Run few-shot")
        self.resize(820, 480)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel("Which solved samples stand before each prompt?", role="title"))
        lists = QHBoxLayout()
        lists.setSpacing(16)
        lists.addLayout(self._build_found(), 1)
        lists.addLayout(self._build_chosen(), 1)
        column.addLayout(lists, 1)
        self.problem = PlainLabel("", role="small", tone="error", wrap=True)
        column.addWidget(self.problem)
        column.addLayout(self._build_foot())
        self._show_run()
        self._search()
        self._take_last(FIRST_COUNT)

    def _build_found(self) -> QVBoxLayout:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search the train samples")
        self.search.setAccessibleName("Search the train samples")
        self.search.textChanged.connect(self._search)
        self.found = _list("Train samples")
        self.found.itemDoubleClicked.connect(lambda item: self._add(item))
        self.add = make_button("Add", icon="plus", size="bar")
        self.add.clicked.connect(self._add_selected)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(self.search)
        column.addWidget(self.found, 1)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        return column

    def _build_chosen(self) -> QVBoxLayout:
        self.count = QSpinBox()
        self.count.setRange(1, shots.MOST)
        self.count.setValue(FIRST_COUNT)
        self.count.setAccessibleName("How many")
        self.last = make_button("Take the last of train", size="bar")
        self.last.clicked.connect(lambda: self._take_last(self.count.value()))
        top = QHBoxLayout()
        top.addWidget(PlainLabel("Shots, the first on top", role="small_strong", tone="text_2"), 1)
        top.addWidget(self.count)
        top.addWidget(self.last)
        self.chosen = _list("Shots")
        self.chosen.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.up = make_button("Up", icon="caret-up", size="bar")
        self.down = make_button("Down", icon="caret-down", size="bar")
        self.remove = make_button("Remove", icon="x", size="bar")
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.remove.clicked.connect(self._remove)
        below = QHBoxLayout()
        for button in (self.up, self.down, self.remove):
            below.addWidget(button)
        below.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self.chosen, 1)
        column.addLayout(below)
        return column

    def _build_foot(self) -> QHBoxLayout:
        self.cancel = make_button("Cancel", size="dialog")
        self.run = make_button("Run few-shot", "primary", size="dialog")
        self.cancel.clicked.connect(self.reject)
        self.run.clicked.connect(self.accept)
        self.run.setDefault(True)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.run)
        return foot

    def shots(self) -> tuple[int, ...]:
        """The ids of the chosen samples, the first shot first."""
        return tuple(_id_of(self.chosen, place) for place in range(self.chosen.count()))

    def _search(self) -> None:
        """Look for the words in the background; only the newest answer is shown."""
        words = f"split:train {self.search.text()}".strip()
        self._asked = words
        background.run(
            find_samples,
            self._document,
            words,
            done=lambda rows: self._show_found(words, rows),
            failed=self._fail,
            owner=self,
        )

    def _show_found(self, words: str, rows: list[SampleRow]) -> None:
        if words == self._asked:
            self.problem.setText("")
            _fill(self.found, rows)

    def _take_last(self, count: int) -> None:
        background.run(
            last_samples,
            self._document,
            self._run_id,
            count,
            done=self._show_chosen,
            failed=self._fail,
            owner=self,
        )

    def _show_chosen(self, rows: list[SampleRow]) -> None:
        self.problem.setText("")
        _fill(self.chosen, rows)
        self._show_run()

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.problem.setText(str(error))

    def _add_selected(self) -> None:
        for item in self.found.selectedItems():
            self._add(item)

    def _add(self, item: QListWidgetItem) -> None:
        if item.data(SAMPLE_ID) not in self.shots() and self.chosen.count() < shots.MOST:
            self.chosen.addItem(item.clone())
            self._show_run()

    def _remove(self) -> None:
        for item in self.chosen.selectedItems():
            self.chosen.takeItem(self.chosen.row(item))
        self._show_run()

    def _move(self, way: int) -> None:
        place = self.chosen.currentRow()
        if 0 <= place + way < self.chosen.count() and place >= 0:
            item = self.chosen.takeItem(place)
            self.chosen.insertItem(place + way, item)
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.chosen.setCurrentRow(place + way, flag)

    def _show_run(self) -> None:
        count = self.chosen.count()
        self.run.setEnabled(count > 0)
        self.run.setText(f"Run {count}-shot" if count else "Run few-shot")


def find_samples(document: Document, words: str) -> list[SampleRow]:
    """The first samples of a query."""
    ids = document.query(queries.sample_ids, words, limit=MOST_FOUND)
    return document.query(queries.sample_rows, ids)


def last_samples(document: Document, run_id: int, count: int) -> list[SampleRow]:
    """The last samples that the run trains on, in their order."""
    ids = shots.last_shots(document, run_id, count)
    rows = {row.id: row for row in document.query(queries.sample_rows, ids)}
    return [rows[one] for one in ids if one in rows]


def _fill(into: QListWidget, rows: list[SampleRow]) -> None:
    into.clear()
    for row in rows:
        into.addItem(_item(row))


def _list(name: str) -> QListWidget:
    made = QListWidget()
    made.setAccessibleName(name)
    made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    made.setUniformItemSizes(True)
    made.setTextElideMode(Qt.TextElideMode.ElideRight)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


def _item(row: SampleRow) -> QListWidgetItem:
    caption = " ".join((row.caption or row.instruction).split())
    item = QListWidgetItem(f"{row.answer or row.label or 'no answer'} · {caption}")
    item.setData(SAMPLE_ID, row.id)
    return item


def _id_of(where: QListWidget, place: int) -> int:
    item = where.item(place)
    return int(item.data(SAMPLE_ID))
