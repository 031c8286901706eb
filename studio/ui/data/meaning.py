"""The Meaning step: what each column, each sidecar and each label value means."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from studio.dataset.records import (
    Column,
    Conversation,
    Detection,
    Dialect,
    Format,
    ImportReport,
    Mapping,
)
from studio.ui.data.label_values import LabelValues
from studio.ui.widgets.segmented import SegmentedSwitch
from studio.ui.widgets.text import PlainLabel, plain_tooltip

MEANINGS = (
    ("instruction", "Instruction", "What is asked; without a caption it is the caption itself."),
    ("text", "Caption", "The text that is trained on."),
    ("answer", "Answer", "What a language model learns to say."),
    ("label", "Label", "The right answer."),
    ("image", "Image", "The path of the image, relative to this file."),
    ("key", "Name", "What the sample is called; a number is given when there is none."),
    ("split", "Split", "train, validation or test."),
    ("scene", "Scene", "Samples of one scene stay in one split."),
)
DIALECTS = (("prose", "One caption"), ("captions", "A caption a line"), ("tags", "Tags"))
SPOKEN = ("instruction", "text", "answer")  # what turns say by themselves
NOT_USED = "not used"
LABEL_WIDTH = 76


class MeaningStep(QWidget):
    """`changed` carries the whole mapping."""

    changed = Signal(object)
    set_wanted = Signal(str)  # another data set of the same folder

    def __init__(self) -> None:
        super().__init__()
        self.detection: Detection | None = None
        self.mapping = Mapping()
        self.combos: dict[str, QComboBox] = {}
        self.titles: dict[str, PlainLabel] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(10)
        self.sets_title = PlainLabel("Data set", tone="text_2")
        self.sets = QComboBox()
        self.sets.setAccessibleName("Data set")
        self.sets.activated.connect(lambda _: self.set_wanted.emit(self.sets.currentText()))
        self.turns = PlainLabel("", role="small", tone="text_2", wrap=True)
        self.columns = QWidget()
        self.grid = QGridLayout(self.columns)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(6)
        self.grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self.grid.setColumnStretch(1, 1)
        self.dialect_question = PlainLabel("What is in a .txt file?", tone="text_2")
        self.dialect = SegmentedSwitch(DIALECTS)
        self.dialect.chosen.connect(lambda key: self._change(dialect=Dialect(key)))
        self.values = LabelValues()
        self.values.changed.connect(lambda values: self._change(label_values=values))
        self.add_labels = QCheckBox("Add unknown values as new labels")
        self.add_labels.toggled.connect(lambda on: self._change(add_labels=on))
        for widget in (
            self.sets_title,
            self.sets,
            self.turns,
            self.columns,
            self.dialect_question,
            self.dialect,
            self.values,
            self.add_labels,
        ):
            self.column.addWidget(widget)
        self._build_columns()

    def _build_columns(self) -> None:
        for row, (meaning, title, tip) in enumerate(MEANINGS):
            label = PlainLabel(title, tone="text_2")
            label.setToolTip(plain_tooltip(tip))
            combo = QComboBox()
            combo.setAccessibleName(title)
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(8)
            combo.activated.connect(lambda _, name=meaning: self._choose(name))
            self.combos[meaning] = combo
            self.titles[meaning] = label
            self.grid.addWidget(label, row, 0)
            self.grid.addWidget(combo, row, 1)
        self.explode = QLineEdit()
        self.explode.setAccessibleName("Several a row")
        self.explode.editingFinished.connect(self._take_apart)
        several = PlainLabel("Several a row", tone="text_2")
        tip = "Columns that hold several samples each, such as Pedestrians, Cyclists."
        several.setToolTip(plain_tooltip(tip))
        self.explode.setToolTip(plain_tooltip(tip))
        self.grid.addWidget(several, len(MEANINGS), 0)
        self.grid.addWidget(self.explode, len(MEANINGS), 1)
        self.several = several

    def show_detection(self, detection: Detection, labels: list[str]) -> None:
        """Begin with the mapping that suggests itself."""
        self.detection, self.mapping = detection, detection.mapping
        is_table = bool(detection.columns)
        is_json = detection.format is Format.JSON
        self._show_sets(detection)
        self._show_turns(detection.mapping.conversation)
        self.columns.setVisible(is_table)
        self.several.setVisible(is_json)
        self.explode.setVisible(is_json)
        self.explode.setText("")
        sidecars = detection.format is Format.SIDECARS
        self.dialect.setVisible(sidecars)
        self.dialect_question.setVisible(sidecars)
        self.dialect.set_value((self.mapping.dialect or Dialect.PROSE).value)
        self.add_labels.blockSignals(True)
        self.add_labels.setChecked(bool(self.mapping.add_labels))
        self.add_labels.blockSignals(False)
        self.values.show_labels(labels)
        self._fill_combos()
        self._show_add_labels()

    def _show_sets(self, detection: Detection) -> None:
        """A folder with several data sets: which one is imported."""
        several = len(detection.sets) > 1
        self.sets_title.setVisible(several)
        self.sets.setVisible(several)
        self.sets.clear()
        self.sets.addItems(list(detection.sets))
        self.sets.setCurrentText(detection.chosen)

    def _show_turns(self, conversation: Conversation | None) -> None:
        """In turns, who speaks says what is caption and what is answer."""
        self.turns.setVisible(conversation is not None)
        if conversation is not None:
            self.turns.setText(
                f"Turns in {conversation.messages}: {conversation.user} → caption, "
                f"{conversation.assistant} → answer, {conversation.system} → instruction. "
                "A sample is one question and one answer."
            )
        for name in SPOKEN:
            for widget in (self.titles[name], self.combos[name]):
                widget.setVisible(conversation is None)

    def show_report(self, report: ImportReport) -> None:
        """Show the label values that were found."""
        self.values.show_values(report.unknown_labels, self.mapping.label_values, report.labels)

    def map_value(self, value: str, label: str) -> None:
        """Take a fix that was offered beside a problem."""
        self._change(label_values={**self.mapping.label_values, value: label})

    def _fill_combos(self) -> None:
        columns = self._offered()
        for meaning, combo in self.combos.items():
            combo.clear()
            combo.addItem(NOT_USED, "")
            for column in columns:
                combo.addItem(column.name, column.name)
                if column.examples:
                    tip = plain_tooltip(" · ".join(column.examples))
                    combo.setItemData(combo.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
            place = combo.findData(getattr(self.mapping, meaning))
            combo.setCurrentIndex(max(place, 0))

    def _offered(self) -> list[Column]:
        """The columns, and those inside a column that is taken apart."""
        found = list(self.detection.columns) if self.detection else []
        names = {column.name for column in found}
        for exploded in self.mapping.explode:
            for column in list(found):
                outer, _, inner = column.name.removeprefix(f"{exploded}.").partition(".")
                inside = outer and inner and column.name.startswith(f"{exploded}.")
                if inside and inner not in names:
                    names.add(inner)
                    found.insert(0, replace(column, name=inner))
        return found

    def _choose(self, meaning: str) -> None:
        values = {meaning: self.combos[meaning].currentData()}
        if meaning == "label":
            values["label_values"] = {}
        self._change(**values)

    def _take_apart(self) -> None:
        names = tuple(part.strip() for part in self.explode.text().split(",") if part.strip())
        if names != self.mapping.explode:
            self.mapping = replace(self.mapping, explode=names)
            self._fill_combos()
            self.changed.emit(self.mapping)

    def _show_add_labels(self) -> None:
        """A table without a label column has no values that could become labels."""
        has_columns = self.detection is not None and bool(self.detection.columns)
        self.add_labels.setVisible(not has_columns or bool(self.mapping.label))

    def _change(self, **values: object) -> None:
        self.mapping = replace(self.mapping, **values)  # type: ignore[arg-type]
        self._show_add_labels()
        self.changed.emit(self.mapping)
