"""Welcome: a first project in one click, the last one in one click."""

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio import preferences
from studio.ui import actions, background
from studio.ui.machine import machine_facts
from studio.ui.rail import paint_mark
from studio.ui.welcome.act_card import ActCard
from studio.ui.welcome.recent_facts import look_at
from studio.ui.welcome.recent_row import RecentRow
from studio.ui.welcome.scene_panel import ScenePanel, is_kept
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.text import PlainLabel

VERSION = "0.1"
RECENTS_SHOWN = 5
SCENE_DELAY = 250
ROW_INSET = 10  # a row's ground reaches so far beyond the column
COLUMN = 664 + 2 * ROW_INSET


class MarkAndName(QWidget):
    """The mark, the name, the version."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(36)
        row = QHBoxLayout(self)
        row.setContentsMargins(48, 0, 0, 0)
        row.addWidget(PlainLabel("Traffic Studio", role="title"))
        row.addWidget(PlainLabel(VERSION, tone="text_3"))
        row.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the mark."""
        paint_mark(QPainter(self), QRectF(0, 0, 36, 36))


class WelcomePage(QWidget):
    """Only asks: the window makes, opens and draws."""

    new_asked = Signal()
    example_asked = Signal()
    open_asked = Signal()
    recent_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.scene = ScenePanel()
        self.new = ActCard(
            "file-plus",
            "New project from a folder",
            "Images, captions, or both: CSV, JSONL, text files, image folders.",
            actions.shown_key("new"),
            primary=True,
        )
        self.example = ActCard(
            "graduation-cap",
            "Open the example",
            "240 drawn street scenes, 8 % of their labels wrong on purpose.",
            actions.shown_key("example"),
            primary=False,
        )
        self.open = ActCard(
            "folder-open",
            "Open a project",
            "Or drop a .studio file, or a folder, anywhere on this window.",
            actions.shown_key("open"),
            primary=False,
        )
        self.acts = (self.new, self.example, self.open)
        for card, asked in zip(
            self.acts, (self.new_asked, self.example_asked, self.open_asked), strict=True
        ):
            card.clicked.connect(asked)
        self.recent_title = PlainLabel("Recent", role="small_strong", tone="text_2")
        self.recents = QVBoxLayout()
        self.recents.setSpacing(2)
        self.facts = QHBoxLayout()
        self.facts.setSpacing(8)
        self.rows: list[RecentRow] = []
        self._build()
        for act, card in zip(("act_1", "act_2", "act_3"), self.acts, strict=True):
            actions.bind(act, self, card.click)

    def _build(self) -> None:
        inner = QWidget()
        whole = QVBoxLayout(inner)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        column = _inset()
        whole.addStretch(2)
        whole.addLayout(column)
        column.addWidget(MarkAndName())
        column.addSpacing(16)
        hero = "Label, train, find the wrong labels,\nand see where the model looked."
        column.addWidget(PlainLabel(hero, role="hero"))
        sentence = "Everything stays in one project file on this computer."
        column.addWidget(PlainLabel(sentence, role="caption", tone="text_2"))
        column.addSpacing(20)
        for card in self.acts:
            column.addWidget(card)
        column.addSpacing(20)
        column.addWidget(self.recent_title)
        whole.addLayout(self.recents)
        whole.addStretch(3)
        foot = _inset()
        foot.addLayout(self.facts)
        whole.addLayout(foot)
        inner.setMaximumWidth(COLUMN)
        left = QWidget()
        left_row = QHBoxLayout(left)
        left_row.setContentsMargins(72 - ROW_INSET, 40, 56 - ROW_INSET, 28)
        left_row.addWidget(inner)
        scroll = QScrollArea()
        scroll.setWidget(left)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(scroll, 5)
        row.addWidget(self.scene, 4)

    def show_recents(self) -> None:
        """List the projects that were open, the last first, and what this machine has."""
        for row in self.rows:
            self.recents.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [RecentRow(known) for known in preferences.load().recents[:RECENTS_SHOWN]]
        for row in self.rows:
            row.clicked.connect(lambda _=False, path=row.recent.path: self._open(path))
            row.forgotten.connect(self._forget)
            self.recents.addWidget(row)
            background.run(look_at, row.recent, done=row.show_found, owner=row)
        self.recent_title.setVisible(bool(self.rows))
        self._show_facts()
        self._fit()
        QTimer.singleShot(0 if is_kept() else SCENE_DELAY, self.scene, self.scene.draw)

    def show_drawing(self, busy: bool = True) -> None:
        """Tell that the example is being drawn."""
        words = "Drawing 240 scenes and importing them…" if busy else ""
        words = words or "240 drawn street scenes, 8 % of their labels wrong on purpose."
        self.example.show_detail(words)
        self.example.setEnabled(not busy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk through the recent projects."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or not self.rows:
            super().keyPressEvent(event)
            return
        places = [number for number, row in enumerate(self.rows) if row.hasFocus()]
        place = (places[0] + step) % len(self.rows) if places else 0
        self.rows[place].setFocus(Qt.FocusReason.TabFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low window shows fewer recent projects."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(1, (self.height() - 580) // 72)
        for number, row in enumerate(self.rows):
            row.setVisible(number < room)

    def _open(self, path: str) -> None:
        if Path(path).is_file():
            self.recent_chosen.emit(path)
        else:
            self.open_asked.emit()

    def _forget(self, path: str) -> None:
        preferences.forget_recent(path)
        self.show_recents()

    def _show_facts(self) -> None:
        while (item := self.facts.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for fact in machine_facts(Path.home()):
            glyph, tone = (
                ("check-circle-fill", "done") if fact.present else ("warning-fill", "warn")
            )
            self.facts.addWidget(Glyph(glyph, tone, 14))
            text = f"{fact.text}: {fact.line}" if fact.line else fact.text
            label = PlainLabel(text, role="small", tone="text_2", elide=bool(fact.line))
            self.facts.addWidget(label)
            self.facts.addSpacing(10)
        self.facts.addStretch(1)


def _inset() -> QVBoxLayout:
    """A column as wide as the text, between the edges of the rows' ground."""
    column = QVBoxLayout()
    column.setContentsMargins(ROW_INSET, 0, ROW_INSET, 0)
    column.setSpacing(8)
    return column
