"""The tree of runs that went on from one another, and the menu to go on from."""

from PySide6.QtCore import QPoint, Qt

from studio.runs.lineage import Ancestor
from studio.ui.recipe.start_rows import StartRows
from studio.ui.recipe.starting import StartLook, StartRun, lineage_rows
from studio.ui.widgets.lineage_tree import LineageRow, LineageTree
from workers.contract.options import TrainingOptions

CHANGES = {
    "planned": 1,
    "step": 5,
    "state": "finished",
    "keeps_optimizer": False,
    "trashed": False,
}


def ancestor(run_id, depth, children=(), *, total, **others):
    values = CHANGES | {"run_id": run_id, "name": f"Run {run_id}", "epochs": 1.0} | others
    return Ancestor(cumulative_epochs=total, children=children, depth=depth, **values)


TREE = (
    ancestor(1, 0, (2, 3), total=1.0),
    ancestor(2, 1, total=2.0, keeps_optimizer=True),
    ancestor(3, 1, total=2.0, state="stopped"),
)


def test_this_recipe_grows_from_the_chosen_run_with_all_epochs_counted():
    look = StartLook(tree=TREE, chain=TREE[:2])
    rows = lineage_rows(look, TrainingOptions(epochs=3), 2, keeps_optimizer=True)
    assert [(row.depth, row.name) for row in rows] == [
        (0, "BERT base"),
        (1, "Run 1"),
        (2, "Run 2"),
        (3, "This recipe"),
        (2, "Run 3"),
    ]
    new = rows[3]
    assert new.total == "5\u00a0epochs in all"
    assert new.detail == "3\u00a0epochs, optimizer kept"
    assert rows[2].chosen
    assert rows[2].detail == "1\u00a0epoch · optimizer kept"
    assert rows[4].detail == "1\u00a0epoch · stopped"


def test_without_a_choice_it_grows_from_the_base_model():
    rows = lineage_rows(StartLook(), TrainingOptions(epochs=2), None, keeps_optimizer=False)
    assert [(row.depth, row.name, row.total) for row in rows] == [
        (0, "BERT base", ""),
        (1, "This recipe", "2\u00a0epochs in all"),
    ]


def test_a_deleted_or_running_parent_cannot_be_picked():
    gone = ancestor(None, 0, (2,), total=1.0, state="deleted")
    running = ancestor(2, 1, total=1.4, state="running")
    rows = lineage_rows(StartLook(tree=(gone, running)), TrainingOptions(), None, False)
    assert [row.key for row in rows] == [None, None, None, None]
    assert rows[1].kind == "gone"
    assert "deleted" in rows[1].detail


def test_rows_are_picked_by_mouse_and_by_keys(qtbot):
    tree = LineageTree()
    qtbot.addWidget(tree)
    tree.show_rows([LineageRow(0, "Base", kind="base"), LineageRow(1, "Run 7", key=7)])
    tree.resize(300, tree.sizeHint().height())
    tree.show()
    picked = []
    tree.picked.connect(picked.append)
    height = tree.row_height()
    qtbot.mouseClick(tree, Qt.MouseButton.LeftButton, pos=QPoint(60, height // 2))
    assert picked == []
    qtbot.mouseClick(tree, Qt.MouseButton.LeftButton, pos=QPoint(60, height + 10))
    qtbot.keyClick(tree, Qt.Key.Key_Down)
    qtbot.keyClick(tree, Qt.Key.Key_Return)
    assert picked == [7, 7]
    assert "Run 7" in tree.accessibleName()
    assert not tree.grab().isNull()


def test_runs_of_another_base_model_are_grey_and_say_why(qtbot):
    rows = StartRows()
    qtbot.addWidget(rows)
    rows.show()
    other = StartRun(4, "Run 4", "It trained MiniLM.", "other base model")
    rows.show_start([StartRun(3, "Run 3"), other], None, keeps_optimizer=False)
    assert rows.optimizer.isHidden()
    items = [rows.field.model().item(row) for row in range(rows.field.count())]
    assert [item.text() for item in items] == [
        "The base model",
        "Run 3",
        "Run 4 · other base model",
    ]
    assert [item.isEnabled() for item in items] == [True, True, False]
    assert "MiniLM" in items[2].toolTip()
    rows.show_start([StartRun(3, "Run 3"), other], 3, keeps_optimizer=True)
    assert rows.field.currentText() == "Run 3"
    assert not rows.optimizer.isHidden()
    assert rows.switch.value() == "kept"
