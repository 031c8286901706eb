"""Settings: theme, text size, motion, lines, keys of labels, and models' own code."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from studio import preferences
from studio.document import Document
from studio.project import label_edits, queries
from studio.project.records import LabelRow
from studio.ui import actions
from studio.ui.settings.kept_features import KeptFeatures
from studio.ui.settings.trusted_code import TrustedCodeList
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.segmented import SegmentedSwitch
from studio.ui.widgets.text import PlainLabel

THEMES = (("system", "As the system"), ("dark", "Dark"), ("light", "Light"))


class LabelKeys(QWidget):
    """A field a label; a key that is taken is refused, with the name of what has it."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.fields: dict[int, QLineEdit] = {}
        self.problem = PlainLabel("", role="small", tone="warn", wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        for number, row in enumerate(document.query(queries.label_rows)):
            field = QLineEdit(row.key)
            field.setMaxLength(1)
            field.setFixedWidth(56)
            field.setEnabled(document.writable)
            field.setAccessibleName(f"Key of {row.name}")
            field.textEdited.connect(lambda text, row=row: self._change(row, text))
            self.fields[row.id] = field
            grid.addWidget(PlainLabel(row.name, elide=True), number, 0)
            grid.addWidget(field, number, 1)
        grid.addWidget(self.problem, len(self.fields), 0, 1, 2)
        grid.setColumnStretch(0, 1)

    def _change(self, row: LabelRow, text: str) -> None:
        key = QKeySequence(text.strip()).toString() if text.strip() else ""
        problem = self.problem_of(row, key)
        self.problem.setText(problem)
        field = self.fields[row.id]
        field.setProperty("state", "warning" if problem else "")
        field.style().unpolish(field)
        field.style().polish(field)
        if not problem:
            self.document.edit(f"Key of {row.name}", label_edits.set_label_key, row.id, key)

    def problem_of(self, row: LabelRow, key: str) -> str:
        """Why a label cannot have a key; empty when it can."""
        if not key:
            return ""
        clash = actions.label_key_clash(key)
        if clash is not None:
            return f"{key} is taken by “{clash.text}”."
        others = self.document.query(queries.label_rows)
        taken = next((one for one in others if one.key == key and one.id != row.id), None)
        return f"{key} gives the label {taken.name} already." if taken else ""


class SettingsDialog(QDialog):
    """Everything takes effect at once and is kept; nothing to save."""

    def __init__(self, document: Document | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setMinimumWidth(480)
        chosen = preferences.load()
        self.theme = SegmentedSwitch(THEMES, chosen.theme)
        self.theme.chosen.connect(lambda value: self._keep(theme=value))
        self.size_name = PlainLabel(f"{round(100 * chosen.text_size)} %", tabular=True)
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setRange(90, 140)
        self.size_slider.setSingleStep(5)
        self.size_slider.setPageStep(10)
        self.size_slider.setValue(round(100 * chosen.text_size))
        self.size_slider.setAccessibleName("Text size")
        self.size_slider.valueChanged.connect(lambda at: self.size_name.setText(f"{at} %"))
        self.size_slider.sliderReleased.connect(self._keep_size)
        self.motion = self._switch("Reduce motion", chosen.reduce_motion, "reduce_motion")
        self.lines = self._switch("Stronger lines", chosen.stronger_lines, "stronger_lines")
        self.label_keys = LabelKeys(document) if document is not None else None
        self.trusted_code = TrustedCodeList()
        self.features = KeptFeatures()
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel("Settings", role="title"))
        size = QHBoxLayout()
        size.addWidget(self.size_slider, 1)
        size.addWidget(self.size_name)
        for name, control in (("Theme", self.theme), ("Text size", size)):
            row = QHBoxLayout()
            label = PlainLabel(name)
            label.setFixedWidth(120)
            row.addWidget(label)
            if isinstance(control, QHBoxLayout):
                row.addLayout(control, 1)
            else:
                row.addWidget(control)
                row.addStretch(1)
            column.addLayout(row)
        column.addWidget(self.motion)
        column.addWidget(self.lines)
        if self.label_keys is not None:
            column.addSpacing(8)
            column.addWidget(PlainLabel("Keys of labels", role="heading"))
            column.addWidget(self.label_keys)
        column.addSpacing(8)
        column.addWidget(PlainLabel("Models’ own code", role="heading"))
        column.addWidget(self.trusted_code)
        column.addSpacing(8)
        column.addWidget(PlainLabel("Vision features", role="heading"))
        column.addWidget(self.features)
        close = make_button("Close", "primary", size="dialog")
        close.clicked.connect(self.accept)
        column.addSpacing(8)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    def _switch(self, text: str, on: bool, name: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setChecked(on)
        box.toggled.connect(lambda value: self._keep(**{name: value}))
        return box

    def _keep_size(self) -> None:
        self._keep(text_size=self.size_slider.value() / 100)

    def _keep(self, **values: object) -> None:
        from studio.ui.main_window import apply_preferences

        preferences.change(**values)
        apply_preferences()
