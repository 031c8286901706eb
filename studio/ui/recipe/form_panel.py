"""The middle of Recipe: what is wrong with the data, then the form made from the options."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from studio.ui.recipe.choices import RecipeChoice
from studio.ui.recipe.editing import SPECS
from studio.ui.recipe.fetch_row import FetchRow
from studio.ui.recipe.model_field import BaseModelField
from studio.ui.recipe.problem_rows import RowProblem
from studio.ui.recipe.start_rows import StartRows
from studio.ui.recipe.starting import START
from studio.ui.recipe.template_field import TemplateField
from studio.ui.widgets.form import OptionForm, ProblemLine
from studio.ui.widgets.paragraph_field import ParagraphField
from workers.contract.options import GROUPS, Method, option_values
from workers.contract.recipes import Origin

CHOICE_WORDS = {
    "lora": "LoRA",
    "freeze": "Modules",
    "full": "All weights",
    "none": "none",
    "nf4": "NF4",
    "adamw": "AdamW",
    "adamw-8bit": "AdamW, 8-bit",
    "paged-adamw-8bit": "AdamW, 8-bit, paged",
    "lora_only": "LoRA’s",
    "all": "all",
    "classification": "Label",
    "answer": "Words",
    "picture": "Picture",
    "label": "Label",
    "text": "Answer text",
    "strict": "Strict",
    "reference": "As the reference",
    "caption": "Caption",
    "end": "The end",
    "frozen": "Frozen",
    "trained": "Trained",
    "linear": "One layer",
    "mlp": "Two layers",
}
OFF_WORDS = {"LoRA": "off. Choose LoRA above to add small trained matrices beside frozen weights."}
PLACES = ("instruction", "caption", "image")
OWN_TEXT = "Empty: the template above. {instruction}, {caption} and {image} stand for theirs."
NO_WORDS = "No instruction"
TOWERS = "pictures for a captioner"  # what the catalogue says vision models are for


class FormPanel(QScrollArea):
    """`in_sight` names the section at the top while one scrolls."""

    in_sight = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.model_field = BaseModelField("Base model", not_for=TOWERS)
        self.tower_field = BaseModelField("Vision model", TOWERS, none="The base model’s own")
        self.template_field = TemplateField()
        self.form = OptionForm(
            list(SPECS.values()),
            GROUPS,
            words=lambda choice: CHOICE_WORDS.get(choice, choice),
            special={
                "base_model": self.model_field,
                "vision.tower_model": self.tower_field,
                "prompt.template": self.template_field,
                "prompt.text": ParagraphField(SPECS["prompt.text"], PLACES, OWN_TEXT),
                "prompt.instruction": ParagraphField(SPECS["prompt.instruction"], (), NO_WORDS),
            },
        )
        self.start = StartRows()
        self.form.sections["Base model"].rows.insertWidget(2, self.start)
        self.fetch = FetchRow()
        self.finder = self._make_finder()
        self.data_lines: list[ProblemLine] = []
        self.band = QVBoxLayout()
        self.band.setContentsMargins(28, 14, 28, 0)
        self.band.setSpacing(4)
        self.band.addWidget(self.finder)
        self.band.addWidget(self.fetch)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.band)
        column.addWidget(self.form, 1)
        inner.setMaximumWidth(self.form.maximumWidth())
        self.inner = inner
        self.setWidget(inner)
        inner.setAutoFillBackground(False)  # the panel's own ground shows through
        self.setProperty("surface", "form")
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.verticalScrollBar().valueChanged.connect(self._tell_section)

    def _make_finder(self) -> QLineEdit:
        finder = QLineEdit()
        finder.setPlaceholderText("Find an option")
        finder.setAccessibleName("Find an option")
        finder.setFixedWidth(220)
        names = {f"{spec.label} ({spec.name})": name for name, spec in SPECS.items()}
        completer = QCompleter(sorted(names), finder)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(
            lambda text: QTimer.singleShot(0, self, lambda: self._found(names[text]))
        )
        finder.setCompleter(completer)
        finder.editingFinished.connect(finder.hide)
        finder.hide()
        return finder

    def show_choice(self, choice: RecipeChoice) -> None:
        """Show a recipe's values and where each comes from."""
        values = option_values(choice.options)
        if values.get("quantisation.kind") != "nf4":
            values.pop("quantisation.double", None)
        if choice.options.vision is not None:
            values.pop("method")  # the three switches say it
            if not choice.options.vision.tower_model:
                for name in ("vision.projector_kind", "vision.sees_whole"):
                    values.pop(name)
        self.form.show_values(values, OFF_WORDS)
        for name in values:
            origin, words = choice.origin(name)
            self.form.show_origin(name, str(origin), words)
            if origin == Origin.EDITED or not self.form.rows[name].problem_lines:
                self.form.rows[name].set_state("")
        trained = choice.options.method == Method.FULL
        self.form.sections["Quantisation"].setEnabled(not trained)

    def show_problems(self, rows: dict[str, list[RowProblem]]) -> None:
        """The data's problems on top, each option's own below its field."""
        for line in self.data_lines:
            self.band.removeWidget(line)
            line.deleteLater()
        self.data_lines = [ProblemLine(row) for row in rows.get("", [])]
        for line in self.data_lines:
            self.band.addWidget(line)
        self.form.show_problems(rows)
        self.start.show_problems(rows.get(START, ()))

    def show_group(self, group: str) -> None:
        """Scroll a section to the top."""
        section = self.form.sections[group]
        top = section.mapTo(self.inner, section.rect().topLeft()).y()
        self.verticalScrollBar().setValue(top - 16)

    def show_option(self, name: str) -> None:
        """Scroll to an option and put the focus into it."""
        row = self.form.focus_option(name)
        if row is not None:
            self.ensureWidgetVisible(row, 0, 80)

    def _found(self, name: str) -> None:
        self.finder.clear()
        self.show_option(name)

    def _tell_section(self, value: int) -> None:
        for group, section in self.form.sections.items():
            top = section.mapTo(self.inner, section.rect().bottomLeft()).y()
            if top > value + 24:
                self.in_sight.emit(group)
                return
