"""The right panel: image, file line, label buttons, tabs and history of the current sample."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from studio.document import HistoryStep
from studio.numbers import format_count
from studio.project.records import LabelRow, SampleDetail, SampleRow
from studio.ui.samples.caption_tab import CaptionTab
from studio.ui.samples.fact_rows import FactRows, box_facts, prediction_facts
from studio.ui.samples.viewer import SampleViewer
from studio.ui.widgets.buttons import KeyButton, make_button
from studio.ui.widgets.history_list import HistoryList, Step
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.label_button import LabelButton
from studio.ui.widgets.section import FoldingSection
from studio.ui.widgets.text import PlainLabel

TABS = ("Caption", "Boxes", "Predictions", "Attention")
ATTENTION = 3
VIEWER_SHARE = 0.75  # height of the viewer for its width
LABELS_A_ROW = 3
QWIDGETSIZE_MAX = 16_777_215  # what Qt calls no limit; PySide6 has no name for it


class DetailsPanel(QWidget):
    """Shows one sample whole; every wish leaves as a signal."""

    label_wanted = Signal(object)  # LabelRow
    reviewed_wanted = Signal()
    attention_wanted = Signal()
    step_wanted = Signal(int)  # of the history

    def __init__(self, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewer = SampleViewer(images)
        self.name = PlainLabel("", role="strong", elide=True)
        self.facts = PlainLabel("", role="small", tone="text_3", elide=True, tabular=True)
        self.reviewed = make_button("not reviewed", "ghost", "circle", "Space", size="bar")
        self.advance = QCheckBox("Go on after a label")
        self.advance.setToolTip("A label key shows the next sample; with Shift it stays")
        self.advance.setChecked(True)
        self.notice = PlainLabel("", role="small", tone="warn", wrap=True)
        self.label_buttons: list[LabelButton] = []
        self._labels: Sequence[LabelRow] = ()
        self.tabs = QTabBar()
        self.caption_tab = CaptionTab()
        self.boxes_tab = FactRows("No boxes. They can be imported with the samples.")
        self.predictions_tab = FactRows("No run has judged this sample yet.")
        self.history = HistoryList()
        self.history_section = FoldingSection(
            "History", self.history, remember_as="samples.history"
        )
        self._lay_out()
        self.caption_tab.grown.connect(self._fit_tab)
        self.viewer.attention_wanted.connect(self.attention_wanted)
        self.reviewed.clicked.connect(self.reviewed_wanted)
        self.history.step_wanted.connect(self.step_wanted)

    def _lay_out(self) -> None:
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._file_line())
        column.addLayout(self._fact_line())
        self._label_grid = QGridLayout()
        self._label_grid.setContentsMargins(16, 6, 16, 8)
        self._label_grid.setSpacing(6)
        column.addLayout(self._label_grid)
        self.notice.setContentsMargins(16, 2, 16, 4)
        column.addWidget(self.notice)
        column.addWidget(self._make_tabs())
        column.addWidget(self._rule())
        self.pages = QStackedWidget()
        for page in (self.caption_tab, self.boxes_tab, self.predictions_tab):
            self.pages.addWidget(page)
        column.addWidget(self.pages)
        column.addWidget(self._rule())
        column.addWidget(self.history_section)
        column.addStretch(1)
        self.below = QScrollArea()
        self.below.setWidget(below)
        self.below.setWidgetResizable(True)
        below.setAutoFillBackground(False)  # the dock's own ground shows through
        self.below.setFrameShape(QFrame.Shape.NoFrame)
        self.below.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.viewer)
        outer.addWidget(self.below, 1)

    def _file_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(16, 0, 10, 0)
        line.setSpacing(8)
        line.addWidget(self.name, 1)
        line.addWidget(self.reviewed)
        return line

    def _fact_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(16, 0, 16, 0)
        line.setSpacing(8)
        line.addWidget(self.facts, 1)
        line.addWidget(self.advance)
        return line

    def _make_tabs(self) -> QWidget:
        for word in TABS:
            self.tabs.addTab(word)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setStyleSheet("QTabBar::tab { margin-right: 12px; }")
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs.currentChanged.connect(self._show_tab)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(16, 0, 16, 0)
        row.addWidget(self.tabs)
        row.addStretch(1)
        return holder

    def _rule(self) -> QFrame:
        rule = QFrame()
        rule.setProperty("rule", "flat")
        return rule

    def _show_tab(self, at: int) -> None:
        if at == ATTENTION:
            self.tabs.setCurrentIndex(self.pages.currentIndex())
            self.attention_wanted.emit()
            return
        self.pages.setCurrentIndex(at)
        self._fit_tab()

    def _fit_tab(self) -> None:
        """The stack is as high as the tab that is seen, not as the highest one."""
        for at in range(self.pages.count()):
            seen = at == self.pages.currentIndex()
            if (page := self.pages.widget(at)) is not None:
                page.setMaximumHeight(QWIDGETSIZE_MAX if seen else 0)
        if (shown := self.pages.currentWidget()) is not None:
            self.pages.setFixedHeight(max(60, shown.sizeHint().height()))

    def show_labels(self, labels: Sequence[LabelRow]) -> None:
        if tuple(labels) == tuple(self._labels):
            return
        self._labels = tuple(labels)
        for button in self.label_buttons:
            self._label_grid.removeWidget(button)
            button.deleteLater()
        self.label_buttons = []
        for at, label in enumerate(labels):
            button = LabelButton(label.name, label.shape, label.colour, label.key)
            button.clicked.connect(lambda *_, label=label: self.label_wanted.emit(label))
            self._label_grid.addWidget(button, at // LABELS_A_ROW, at % LABELS_A_ROW)
            self.label_buttons.append(button)

    def show_sample(self, detail: SampleDetail | None) -> None:
        self.below.setEnabled(detail is not None)
        self.viewer.show_sample(detail)
        if detail is None:
            self.name.setText("No sample")
            self.caption_tab.show_nothing()
            self.boxes_tab.show_facts(box_facts(()))
            self.predictions_tab.show_facts(prediction_facts(()))
            self.tabs.setTabText(1, "Boxes")
            self.tabs.setTabText(2, "Predictions")
            self._fit_tab()
            for button in self.label_buttons:
                button.setChecked(False)
            self.facts.setText("")
            self.notice.setVisible(False)
            return
        row = detail.row
        self.name.setText(row.image_path.name if row.image_path else row.key)
        self.facts.setText(_facts(row))
        self.reviewed.setText("reviewed" if row.reviewed else "not reviewed")
        self.reviewed.set_icon("check-circle-fill" if row.reviewed else "circle")
        for button, label in zip(self.label_buttons, self._labels, strict=True):
            button.setChecked(label.name == row.label)
        self.notice.setText(_notice(row))
        self.notice.setVisible(bool(self.notice.text()))
        self.caption_tab.show_detail(detail, self._labels)
        self.boxes_tab.show_facts(box_facts(detail.boxes))
        self.predictions_tab.show_facts(prediction_facts(detail.predictions))
        self.tabs.setTabText(1, _counted("Boxes", len(detail.boxes)))
        self.tabs.setTabText(2, _counted("Predictions", len(detail.predictions)))
        self._fit_tab()

    def show_history(self, steps: Sequence[HistoryStep], kept: int) -> None:
        rows = [Step(each.id, each.title, each.made_at, each.undone) for each in steps]
        self.history.show_steps(rows)
        unit = "edit" if kept == 1 else "edits"
        self.history_section.set_detail(f"{format_count(kept)} {unit} kept" if kept else "")

    def buttons(self) -> list[KeyButton | LabelButton]:
        return [*self.label_buttons, self.reviewed]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.viewer.setFixedHeight(min(round(self.width() * VIEWER_SHARE), self.height() * 2 // 5))
        self._fit_tab()


def _facts(row: SampleRow) -> str:
    size = f"{row.width} × {row.height}" if row.width and row.image_path else ""
    parts = [size, row.split or "no split"]
    return " · ".join(part for part in parts if part)


def _notice(row: SampleRow) -> str:
    """What is odd about a sample, in one sentence."""
    if row.suspect and row.predicted and row.predicted != row.label:
        return f"Suspected label: the newest run says {row.predicted}."
    if row.suspect:
        return "Suspected label."
    if row.stale:
        return "Changed since the newest run: its confidence is of the old label or caption."
    return ""


def _counted(word: str, count: int) -> str:
    return f"{word}  {count}" if count else word
