"""Recipe: choose, and see at once what would train and whether it fits."""

from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from studio.document import Changes, Document
from studio.project import queries, split
from studio.runs.controller import RunController
from studio.runs.inspector import Inspector, InspectorAnswer
from studio.runs.problems import Fix, FixAction, Problem, problems_of
from studio.ui import actions, background
from studio.ui.navigation import Destination, PageName
from studio.ui.recipe import caption_lengths, choices, dialogs, problem_rows
from studio.ui.recipe.caption_lengths import CaptionLengths
from studio.ui.recipe.editing import SPECS, RecipeEditing
from studio.ui.recipe.form_panel import FormPanel
from studio.ui.recipe.header import RecipeHeader
from studio.ui.recipe.inspection import InspectionDock
from studio.ui.recipe.section_list import SectionList
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.page_frame import PageFrame
from studio.ui.widgets.text import plain_line, plain_tooltip
from workers.contract.options import GROUPS, Method, TrainingOptions, option_values

WAIT_MILLISECONDS = 120


class RecipePage(QWidget):
    """The form at the left, what it means at the right; Train at the top."""

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
        self.document, self.controller = document, controller
        self.editing = RecipeEditing(document, self)
        self.inspector = inspector or Inspector(self)
        self.lengths = CaptionLengths(self.inspector, self)
        self.problems: list[Problem] = []
        self.rows: dict[str, list[problem_rows.RowProblem]] = {}
        self.train_count = 0
        self.asked: tuple[TrainingOptions, tuple[int, int] | None] | None = None
        self.header = RecipeHeader()
        self.sections = SectionList(GROUPS)
        self.panel = FormPanel()
        self.dock = InspectionDock()
        self.frame = PageFrame(
            self.header, self.sections, self.panel, self.dock, 172, 484,
            left_narrow=0, right_narrow=484,
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self.setFocusProxy(self.panel)
        self._problem_timer = QTimer(self, singleShot=True, interval=WAIT_MILLISECONDS)
        self._problem_timer.timeout.connect(self._look_for_problems)
        self.sections.show_current(GROUPS[0])
        self._connect()
        self._show_all()

    def show_destination(self, destination: Destination) -> None:
        """Go to an option named in `part`, or to a recipe named there."""
        part = destination.part
        if part in SPECS:
            self.panel.show_option(part)
        elif any(choice.key == part for choice in self.editing.choices):
            self.editing.choose(part)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask again: samples may have changed meanwhile."""
        super().showEvent(event)
        self.asked = None
        self._ask()
        self._problem_timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is asked unseen."""
        super().hideEvent(event)
        self._problem_timer.stop()

    def train(self) -> None:
        """Freeze these options into a run, and go to it."""
        if not self.header.train.isEnabled():
            self.said.emit(problem_rows.first_error(self.rows))
            return
        choice = self.editing.choice
        name = choice.title if choice.row_id else ""
        self.header.train.setEnabled(False)
        background.run(
            lambda: self.controller.train(choice.options, recipe=choice.shipped.id, name=name),
            done=self._started,
            failed=self._not_started,
            owner=self,
        )

    def _connect(self) -> None:
        if self.inspector.parent() is self:
            self.destroyed.connect(self.inspector.close)
        self.lengths.known.connect(self._ask)
        self.inspector.answered.connect(self._show_answer)
        self.editing.shown.connect(self._show_all)
        self.editing.refused.connect(self._refuse)
        self.panel.form.typed.connect(self.editing.try_value)
        self.panel.form.settled.connect(self.editing.set_value)
        self.panel.form.wrong.connect(self._refuse)
        self.panel.form.origin_asked.connect(self._offer_origins)
        self.panel.in_sight.connect(self.sections.show_current)
        self.sections.chosen.connect(self.panel.show_group)
        self.dock.tree.picked.connect(self._pick_module)
        self.header.recipe_chosen.connect(self.editing.choose)
        self.header.train.clicked.connect(self.train)
        self.header.difference.clicked.connect(self._show_difference)
        self.header.wanted.connect(self._act)
        self.document.changed.connect(self._follow)
        actions.bind("train", self, self.train)
        actions.bind("find_option", self, self._find_option)

    def _show_all(self) -> None:
        choice = self.editing.standing()
        self.header.show_choices(self.editing.choices, self.editing.choice)
        self.header.show_edited(len(choice.edited_names()))
        self.panel.show_choice(choice)
        self.sections.show_present(self.panel.form.present_groups())
        self.panel.form.setEnabled(self.document.writable)
        self._ask()
        self._problem_timer.start()

    def _ask(self) -> None:
        """Ask the inspector, unless it was asked the same."""
        options = self.editing.standing().options
        lengths = self.lengths.of(options)
        if (options, lengths) != self.asked and self.isVisible():
            self.asked = options, lengths
            self.dock.wait()
            self.inspector.ask(options, train_count=self.train_count, lengths=lengths)

    def _look_for_problems(self) -> None:
        options = self.editing.standing().options
        background.run(_find_problems, self.document, options, done=self._keep_problems, owner=self)

    def _keep_problems(self, found: tuple[list[Problem], int, list[str]]) -> None:
        self.problems, train_count, captions = found
        self.lengths.ask(captions, self.editing.standing().options.base_model)
        if train_count != self.train_count:
            self.train_count = train_count
            self.asked = None
            self._ask()
        self._show_problems()

    def _show_answer(self, answer: InspectorAnswer) -> None:
        self.dock.show_answer(answer, self.editing.choice.shipped)
        self._show_problems()

    def _show_problems(self) -> None:
        self.rows = problem_rows.join_problems(self.problems, self.dock.answer, self._fix)
        self.panel.show_problems(self.rows)
        self.sections.show_severities(problem_rows.worst_by_group(self.rows, SPECS))
        error = problem_rows.first_error(self.rows)
        if not self.document.writable:
            error = f"This project is {self.document.read_only_reason}."
        self.header.train.setEnabled(not error)
        words = error or "Start a run with these options."
        self.header.train.setToolTip(plain_tooltip(words, actions.shown_key("train")))

    def _refuse(self, name: str, sentence: str) -> None:
        self.rows = self.rows | {name: [problem_rows.RowProblem(sentence, "error")]}
        self.panel.show_problems(self.rows)

    def _fix(self, fix: Fix) -> None:
        match fix.action:
            case FixAction.SPLIT:
                self.document.edit("Split 9 : 1, by label", split.split_samples)
            case FixAction.SET_OPTIONS:
                self.editing.set_values(dict(fix.options), fix.text)
            case FixAction.SHOW_SAMPLES:
                self.go.emit(Destination(PageName.SAMPLES, query=fix.query))
            case FixAction.GET_MODEL:
                self.panel.fetch.get(fix.base_model, self._model_came)

    def _model_came(self, title: str) -> None:
        self.said.emit(f"{title} is on this computer now.")
        self._show_all()

    def _pick_module(self, name: str) -> None:
        """Toggle a module as target of LoRA, or as trained, by the method."""
        options = self.editing.choice.options
        if options.method == Method.LORA and options.adapter is not None:
            short = name.rpartition(".")[2]
            self._toggle("adapter.targets", options.adapter.targets, short)
        elif options.method == Method.FREEZE and options.freeze is not None:
            self._toggle("freeze.trainable", options.freeze.trainable, name)

    def _toggle(self, option: str, names: tuple[str, ...], name: str) -> None:
        kept = [one for one in names if one != name]
        self.editing.set_value(option, kept if name in names else [*names, name])

    def _offer_origins(self, name: str) -> None:
        choice = self.editing.choice
        first = option_values(choice.shipped.training_options()).get(name)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if first is not None and name in choice.edited_names():
            back = menu.addAction(plain_line(f"Back to {choices.in_words(first)}"))
            back.triggered.connect(lambda: self.editing.back_to_recipe([name]))
        usual = SPECS[name].default
        used = menu.addAction(f"The studio’s usual: {choices.in_words(usual)}")
        used.triggered.connect(lambda: self.editing.set_value(name, usual))
        badge = self.panel.form.rows[name].origin
        menu.popup(badge.mapToGlobal(QPoint(0, badge.height())))

    def _act(self, wish: str) -> None:
        choice = self.editing.choice
        match wish:
            case "save_as" | "duplicate":
                words = "Save as" if wish == "save_as" else "Duplicate"
                name = dialogs.NameDialog(
                    "Name of the recipe", f"{choice.title} 2", words, self
                ).ask()
                if name:
                    self.editing.save_as(name)
            case "rename":
                name = dialogs.NameDialog("New name", choice.title, "Rename", self).ask()
                if name:
                    self.editing.rename(name)
            case "remove":
                self.editing.remove()
            case "back":
                self.editing.back_to_recipe()
            case "command":
                command = choices.command_of(choice, str(self.document.path))
                _open(dialogs.command_dialog(command, self))
            case _:
                raise ValueError(f"{wish} is not in the menu of recipes")

    def _show_difference(self) -> None:
        choice = self.editing.choice
        title = f"What differs from “{choice.shipped.title}”"
        _open(dialogs.difference_dialog(title, choices.differences(choice, SPECS), self))

    def _find_option(self) -> None:
        self.panel.finder.show()
        self.panel.finder.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.panel.finder.selectAll()

    def _started(self, run_id: Any) -> None:
        self.header.train.setEnabled(True)
        self.go.emit(Destination(PageName.RUNS, run_ids=(int(run_id),)))

    def _not_started(self, error: Exception) -> None:
        self._problem_timer.start()
        raise error

    def _follow(self, changes: Changes) -> None:
        if not changes.tables or changes.tables & {"samples", "captions", "labels"}:
            self._problem_timer.start()


def _find_problems(
    document: Document, options: TrainingOptions
) -> tuple[list[Problem], int, list[str]]:
    """What is wrong, how many samples train, and the captions of some of them."""
    counts = document.query(queries.counts, "split:train")
    captions = document.query(caption_lengths.some_captions)
    return problems_of(document, options), counts.total, captions


def _open(dialog: Any) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
