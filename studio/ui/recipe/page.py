"""Recipe: choose, and see at once what would train and whether it fits."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.document import Changes, Document
from studio.project import run_queries, split
from studio.runs.controller import RunController
from studio.runs.inspector import Inspector, InspectorAnswer, TemplateAnswer
from studio.runs.problems import Fix, FixAction
from studio.runs.run_record import load_record
from studio.ui import actions, background
from studio.ui.navigation import Destination, PageName
from studio.ui.recipe import acts, looking, problem_rows, starting
from studio.ui.recipe.caption_lengths import CaptionLengths
from studio.ui.recipe.editing import SPECS, RecipeEditing
from studio.ui.recipe.form_panel import FormPanel
from studio.ui.recipe.grid_dialog import Values, grid_dialog
from studio.ui.recipe.header import RecipeHeader
from studio.ui.recipe.inspection import InspectionDock
from studio.ui.recipe.looking import Found
from studio.ui.recipe.probe_watch import ProbeWatch
from studio.ui.recipe.section_list import SectionList
from studio.ui.recipe.template_samples import TemplatePreview
from studio.ui.recipe.template_tab import NO_SAMPLE, NO_TEMPLATE, READING
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.page_frame import PageFrame
from studio.ui.widgets.text import plain_tooltip
from workers.contract.events import Proposal
from workers.contract.options import GROUPS, Method, TrainingOptions, option_values
from workers.contract.templates import chosen_template

WAIT_MILLISECONDS = 120
CONTINUE = "continue"


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
        self.preview = TemplatePreview(self.inspector, self)
        self.found: Found | None = None
        self.rows: problem_rows.Rows = {}
        self.start: int | None = None
        self.keeps_optimizer = False
        self.asked: tuple[TrainingOptions, tuple[int, int] | None] | None = None
        self.header = RecipeHeader()
        self.sections = SectionList(GROUPS)
        self.panel = FormPanel()
        self.dock = InspectionDock(self.preview)
        self.probe = ProbeWatch(document, controller, self.dock.memory.probe, self)
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
        """Go to an option or recipe named in `part`; “continue” goes on from the run given."""
        part = destination.part
        if part == CONTINUE and destination.run_ids:
            self.continue_from(destination.run_ids[0])
        elif part in SPECS:
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
        choice, start, kept = self.editing.choice, self.start, self.keeps_optimizer
        self._run(
            lambda: self.controller.train(
                choice.options,
                recipe=choice.shipped.id,
                name=choice.title if choice.row_id else "",
                start_from=start,
                keeps_optimizer=kept and start is not None,
            )
        )

    def continue_from(self, run_id: int) -> None:
        """Start from a run, with its own options."""
        self._take_options(run_id)
        self.dock.show_tab("lineage")
        self._choose_start(run_id)

    def _train_grid(self, values: Values) -> None:
        choice, start, kept = self.editing.choice, self.start, self.keeps_optimizer
        self._run(
            lambda: self.controller.train_grid(
                choice.options,
                values,
                recipe=choice.shipped.id,
                start_from=start,
                keeps_optimizer=kept and start is not None,
            )[0]
        )

    def _run(self, act: Callable[[], int]) -> None:
        self.header.train.setEnabled(False)
        background.run(act, done=self._started, failed=self._not_started, owner=self)

    def _choose_start(self, run_id: int | None) -> None:
        self.start = run_id
        self._show_start()
        self._problem_timer.start()

    def _choose_recipe(self, key: str) -> None:
        """Another recipe begins at its base model."""
        self.start = None
        self.editing.choose(key)

    def _keep_optimizer(self, keeps: bool) -> None:
        self.keeps_optimizer = keeps
        self._show_start()

    def _show_start(self) -> None:
        starts = self.found.starts if self.found else starting.StartLook()
        self.panel.start.show_start(starts.runs, self.start, self.keeps_optimizer)
        options = self.editing.standing().options
        rows = starting.lineage_rows(starts, options, self.start, self.keeps_optimizer)
        self.dock.lineage.show_rows(rows)

    def _take_options(self, run_id: int) -> None:
        """Give the recipe a run's options: one edit, where they differ."""
        row = self.document.query(run_queries.run, run_id)
        options = self.document.query(load_record, run_id).training.options
        keys = {choice.key: choice.options for choice in self.editing.choices}
        same = [key for key, one in keys.items() if one == options]
        if self.editing.choice.options == options:
            return
        if same or f"shipped:{row.recipe}" in keys:
            self.editing.choose(same[0] if same else f"shipped:{row.recipe}")
        values = option_values(options)
        self.editing.set_values(values, f"Options of run {run_id}")

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
        self.dock.memory.probe.used.connect(self._use_proposal)
        self.dock.lineage.tree.picked.connect(self._choose_start)
        self.dock.template.stepped.connect(self._step_sample)
        self.dock.template.cut_wanted.connect(self._show_cut)
        self.dock.template.edit_wanted.connect(self._edit_template)
        self.panel.start.chosen.connect(self._choose_start)
        self.panel.start.kept.connect(self._keep_optimizer)
        self.preview.known.connect(self._show_template)
        self.header.recipe_chosen.connect(self._choose_recipe)
        self.header.train.clicked.connect(self.train)
        self.header.difference.clicked.connect(lambda: acts.show_difference(self.editing, self))
        self.header.wanted.connect(self._act)
        self.document.changed.connect(self._follow)
        self.controller.ended.connect(self._note_end)
        actions.bind("train", self, self.train)
        actions.bind("find_option", self, self._find_option)

    def _show_all(self) -> None:
        choice = self.editing.standing()
        self.header.show_choices(self.editing.choices, self.editing.choice)
        self.header.show_edited(len(choice.edited_names()))
        self.panel.show_choice(choice)
        self.sections.show_present(self.panel.form.present_groups())
        self.panel.form.setEnabled(self.document.writable)
        self._show_start()
        self._ask()
        self._problem_timer.start()

    def _ask(self) -> None:
        """Ask the inspector, unless it was asked the same."""
        options = self.editing.standing().options
        lengths = self.lengths.of(options)
        if (options, lengths) != self.asked and self.isVisible():
            self.asked = options, lengths
            self.dock.wait()
            self.inspector.ask(options, lengths=lengths)
        self._ask_template()

    def _ask_template(self) -> None:
        """Ask for the sample by tokens; without a template or a sample, say so."""
        options = self.editing.standing().options
        if self.isVisible():
            self.preview.ask(options)
        if self.preview.answer is None:
            samples = self.preview.samples.samples
            words = NO_TEMPLATE if options.prompt is None else READING if samples else NO_SAMPLE
            self.dock.template.show_empty(words)

    def _show_template(self, answer: TemplateAnswer) -> None:
        self.dock.template.show_answer(answer)
        self._show_problems()

    def _step_sample(self, way: int) -> None:
        self.preview.step(way)
        self._ask_template()

    def _show_cut(self) -> None:
        self.dock.show_tab("template")
        self.preview.choose_cut()
        self._ask_template()

    def _edit_template(self) -> None:
        """Put the template's text into the field of the own one, and go there."""
        prompt = self.editing.choice.options.prompt
        template = chosen_template(prompt) if prompt else None
        if prompt and template and not prompt.text and template.text:
            self.editing.set_value("prompt.text", template.text)
        self.panel.show_option("prompt.text")

    def _look_for_problems(self) -> None:
        options, start = self.editing.standing().options, self.start
        background.run(
            looking.look, self.document, options, start, done=self._keep_found, owner=self
        )

    def _keep_found(self, found: Found) -> None:
        self.found = found
        self.lengths.ask(found.captions, self.editing.standing().options.base_model)
        self.preview.samples = found.samples
        self.dock.show_pictures(found.samples.total)
        self._ask_template()
        self._show_start()
        self._show_problems()

    def _show_answer(self, answer: InspectorAnswer) -> None:
        self.dock.show_answer(answer, self.editing.choice.shipped)
        self._show_problems()

    def _show_problems(self) -> None:
        problems = self.found.problems if self.found else []
        self.rows = problem_rows.join_problems(problems, self.dock.answer, self._fix)
        if self.preview.answer is not None:
            problem_rows.add_template(self.rows, self.preview.answer, self._show_cut)
        if self.found and self.start is not None:
            start, problem = self.start, self.found.starts.problem
            words = f"Take run {start}’s options"
            take = partial(self._take_options, start)
            problem_rows.add_start(self.rows, problem, take, words)
        self.panel.show_problems(self.rows)
        self.sections.show_severities(problem_rows.worst_by_group(self.rows, SPECS))
        error = problem_rows.first_error(self.rows)
        if not self.document.writable:
            error = f"This project is {self.document.read_only_reason}."
        self.header.train.setEnabled(not error)
        words = error or "Start a run with these options."
        self.header.train.setToolTip(plain_tooltip(words, actions.shown_key("train")))
        self.probe.show_options(self.editing.standing().options, error)

    def _refuse(self, name: str, sentence: str) -> None:
        self.rows = self.rows | {name: [problem_rows.RowProblem(sentence, "error")]}
        self.panel.show_problems(self.rows)

    def _fix(self, fix: Fix) -> None:
        match fix.action:
            case FixAction.SPLIT:
                self.document.edit(fix.text, split.split_samples)
            case FixAction.SET_OPTIONS:
                self.editing.set_values(dict(fix.options), fix.text)
            case FixAction.SHOW_SAMPLES:
                self.go.emit(Destination(PageName.SAMPLES, query=fix.query))
            case FixAction.IMPORT:
                self.go.emit(Destination(PageName.DATA, part="import"))
            case FixAction.GET_MODEL:
                self.panel.fetch.get(fix.base_model, self._model_came)
            case FixAction.ALLOW_CODE:
                acts.offer_code(fix.base_model, self._ask_anew, self)

    def _use_proposal(self, proposal: Proposal) -> None:
        """Options that fit: one edit."""
        self.editing.set_values(dict(proposal.options), proposal.words)

    def _model_came(self, title: str) -> None:
        self.said.emit(f"{title} is on this computer now.")
        self._ask_anew()

    def _ask_anew(self) -> None:
        """Ask all of the same options: what the model can say has changed."""
        self.asked = None
        self.lengths.forget_asked()
        self.preview.forget_asked()
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
        acts.offer_origins(self.editing, name, self.panel.form.rows[name].origin)

    def _act(self, wish: str) -> None:
        if wish == "grid":
            acts.open_dialog(grid_dialog(self.editing.choice.options, self._train_grid, self))
        else:
            acts.act(wish, self.editing, self.document.path, self)

    def _find_option(self) -> None:
        self.panel.finder.show()
        self.panel.finder.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.panel.finder.selectAll()

    def _started(self, run_id: Any) -> None:
        self.header.train.setEnabled(True)
        self._choose_start(None)
        self.go.emit(Destination(PageName.RUNS, run_ids=(int(run_id),)))

    def _not_started(self, error: Exception) -> None:
        self._problem_timer.start()
        raise error

    def _note_end(self, _: int) -> None:
        """A run that ended can be gone on from; what is unseen is looked up when it is shown."""
        if self.isVisible():
            self._problem_timer.start()

    def _follow(self, changes: Changes) -> None:
        if not changes.tables or changes.tables & {"samples", "captions", "labels"}:
            self._problem_timer.start()
