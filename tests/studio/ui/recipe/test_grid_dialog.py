"""The grid's dialog: which runs there would be, what is wrong, what is queued."""

import pytest

from studio.ui.recipe.grid_dialog import GridDialog
from workers.contract.options import TrainingOptions


@pytest.fixture
def dialog(qtbot):
    made = GridDialog(TrainingOptions())
    qtbot.addWidget(made)
    made.show()
    return made


def type_values(dialog, *texts):
    while len(dialog.rows) < len(texts):
        dialog.add_row()
    for row, text in zip(dialog.rows, texts, strict=True):
        row.values.setText(text)
        row.values.textEdited.emit(text)


def test_every_combination_is_named_before_it_is_queued(dialog):
    wanted = []
    dialog.wanted.connect(wanted.append)
    type_values(dialog, "8, 40", "1e-4, 2e-4")
    assert dialog.queue.text() == "Queue 4 runs"
    assert dialog.names.toPlainText().splitlines() == [
        "Rank 8 · Learning rate 0.0001",
        "Rank 8 · Learning rate 0.0002",
        "Rank 40 · Learning rate 0.0001",
        "Rank 40 · Learning rate 0.0002",
    ]
    dialog.queue.click()
    assert wanted == [{"adapter.rank": [8, 40], "optimizer.learning_rate": [1e-4, 2e-4]}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Rank has no value yet."),
        ("8, x", "Rank is a whole number from 1 to 1,024. “x” is none."),
        ("0", "adapter.rank"),
        (", ".join(map(str, range(1, 70))), "A grid has at most 64 runs."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_can_be_queued(dialog, text, said):
    type_values(dialog, text)
    assert said in dialog.problem.text()
    assert not dialog.queue.isEnabled()


def test_an_option_stands_once_and_can_be_left_out_again(dialog):
    type_values(dialog, "8", "1e-4")
    dialog.rows[1].option.setCurrentIndex(dialog.rows[1].option.findData("adapter.rank"))
    dialog.rows[1].option.activated.emit(0)
    assert "twice" in dialog.problem.text()
    dialog.rows[1].removed.emit()
    assert dialog.queue.text() == "Queue 1 run"


def test_options_that_do_not_apply_are_not_offered(dialog):
    names = {dialog.rows[0].option.itemData(row) for row in range(dialog.rows[0].option.count())}
    assert "adapter.rank" in names
    assert "freeze.trainable" not in names
    assert "generation.beams" not in names
