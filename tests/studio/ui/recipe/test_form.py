"""The form is made from the options: every option has a row, and fields answer as they should."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from studio import preferences
from studio.ui.recipe.form_panel import FormPanel
from studio.ui.widgets.fields import NumberField, in_range, leading_unit, range_words
from studio.ui.widgets.form import OptionForm, RowProblem
from workers.contract.options import GROUPS, OptionKind, TrainingOptions, all_options, option_values

SPECS = {spec.name: spec for spec in all_options()}


@pytest.fixture
def form(qtbot):
    made = OptionForm(list(SPECS.values()), GROUPS)
    qtbot.addWidget(made)
    made.show_values(option_values(TrainingOptions()), {"LoRA": "off"})
    made.show()
    return made


def test_every_option_has_a_row_with_its_label_help_and_unit(form):
    assert list(SPECS) == [
        name for group in GROUPS for name in SPECS if SPECS[name].group == group
    ] or set(form.rows) == set(SPECS)
    for name, row in form.rows.items():
        assert row.label.text() == SPECS[name].label
        assert row.help.words == SPECS[name].hint
        assert row.control.accessibleName() == SPECS[name].label


def test_options_that_do_not_apply_are_absent(form):
    assert not form.rows["adapter.rank"].isHidden()
    assert form.rows["freeze.trainable"].isHidden()
    form.show_values(option_values(TrainingOptions(method="full")), {"LoRA": "off"})
    assert form.rows["adapter.rank"].isHidden()
    assert form.sections["LoRA"].off_words.text() == "off"


def test_template_and_generation_are_there_for_an_answer_alone(form):
    assert form.sections["Template"].isHidden()
    assert form.sections["Generation"].isHidden()
    form.show_values(option_values(TrainingOptions(task="answer")), {"LoRA": "off"})
    assert not form.sections["Template"].isHidden()
    assert not form.rows["prompt.text"].isHidden()
    assert not form.rows["generation.beams"].isHidden()
    assert {"Template", "Generation"} <= form.present_groups()


def test_a_group_folds_is_remembered_and_opens_for_an_option(form, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("TRAFFIC_STUDIO_CONFIG", str(tmp_path))
    section = form.sections["Schedule"]
    section.heading.click()
    assert section.holder.isHidden()
    assert preferences.load().folded == ("Recipe/Schedule",)
    again = OptionForm(list(SPECS.values()), GROUPS)
    qtbot.addWidget(again)
    again.show_values(option_values(TrainingOptions()), {})
    assert again.sections["Schedule"].holder.isHidden()
    again.focus_option("epochs")
    assert not again.sections["Schedule"].holder.isHidden()
    section.heading.click()
    assert preferences.load().folded == ()


def test_a_number_is_told_while_typed_and_once_it_stands(form, qtbot):
    field = form.rows["adapter.rank"].control
    typed, settled = [], []
    form.typed.connect(lambda name, value: typed.append((name, value)))
    form.settled.connect(lambda name, value: settled.append((name, value)))
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "16")
    assert typed == [("adapter.rank", 1), ("adapter.rank", 16)]
    assert settled == []
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert settled == [("adapter.rank", 16)]


def test_what_is_no_number_is_answered_with_the_range(form, qtbot):
    wrong = []
    form.wrong.connect(lambda name, words: wrong.append((name, words)))
    field = form.rows["adapter.rank"].control
    field.selectAll()
    qtbot.keyClicks(field, "x")
    assert wrong == [("adapter.rank", "Rank is a whole number from 1 to 1,024.")]


def test_the_wheel_steps_only_where_the_focus_is(form, qtbot):
    field = form.rows["adapter.rank"].control

    def turn():
        place = QPointF(4, 4)
        event = QWheelEvent(
            place, field.mapToGlobal(place), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, event)

    form.rows["adapter.alpha"].control.setFocus()
    turn()
    assert field.text() == "8"
    field.setFocus()
    turn()
    assert field.text() == "9"


def test_problems_stand_below_their_field_with_their_fixes(form, qtbot):
    pressed = []
    fix = ("Use 32 × 2", lambda: pressed.append(1))
    form.show_problems({"micro_batch_size": [RowProblem("May not fit.", "warning", (fix,))]})
    row = form.rows["micro_batch_size"]
    assert row.control.property("state") == "warning"
    row.problem_lines[0].buttons[0].click()
    assert pressed == [1]
    form.show_problems({})
    assert row.problem_lines == []
    assert row.control.property("state") == ""


def test_steps_follow_the_leading_digit():
    assert leading_unit(2e-4, 1) == pytest.approx(1e-4)
    assert leading_unit(1e-4, -1) == pytest.approx(1e-5)
    assert in_range(SPECS["adapter.dropout"], 0)
    assert not in_range(SPECS["adapter.dropout"], 1)


@pytest.mark.parametrize(
    "name", [n for n, s in SPECS.items() if s.kind in (OptionKind.WHOLE, OptionKind.REAL)]
)
def test_every_number_says_its_range_in_words(qtbot, name):
    words = range_words(SPECS[name])
    assert words.startswith(SPECS[name].label)
    assert "None" not in words
    field = NumberField(SPECS[name])
    qtbot.addWidget(field)
    field.show_value(SPECS[name].default)
    assert field.value() == pytest.approx(SPECS[name].default)


def test_every_hint_fits_on_one_line(qtbot):
    panel = FormPanel()
    qtbot.addWidget(panel)
    panel.resize(712, 700)  # as at 1440
    panel.show()
    for options in (TrainingOptions(), TrainingOptions(method="freeze", task="answer")):
        panel.form.show_values(option_values(options), {})
        shown = [row for row in panel.form.rows.values() if not row.isHidden()]
        two = [row.spec.name for row in shown if len(row.help.lines(row.help.width())) > 1]
        assert two == []
