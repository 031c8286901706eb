"""A real window that labels by keys, or trains, until it is killed; it says each commit."""

import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from sqlalchemy import select

from studio.app import make_application
from studio.project import schema
from studio.ui.main_window import MainWindow
from workers.contract.options import TrainingOptions

KEYS = {1: Qt.Key.Key_1, 2: Qt.Key.Key_2, 3: Qt.Key.Key_3}


def main() -> None:
    app = make_application()
    window = MainWindow()
    window.show()
    window.open_project(Path(sys.argv[1]))
    assert window.view is not None
    if sys.argv[2:3] == ["train"]:
        options = TrainingOptions.model_validate_json(sys.argv[3])
        say(str(window.view.controller.train(options, recipe="")))
    else:
        edit_for_ever(window)
    app.exec()


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def edit_for_ever(window: MainWindow) -> None:
    """Press label keys on the Samples page as fast as the window takes them."""
    assert window.view is not None
    document = window.view.document
    page = window.view.made[window.view.page]
    label_of = select(schema.samples.c.label_id)
    wanted = (0, 0)

    def press() -> None:
        """Give the sample in front another label; the grid goes on to the next by itself."""
        nonlocal wanted
        grid = page.grid
        if not grid.ids:
            return
        if grid.current >= len(grid.ids) - 1 or grid.current < 0:
            QTest.keyClick(grid, Qt.Key.Key_Home)
        sample_id = int(grid.ids[grid.current])
        one = label_of.where(schema.samples.c.id == sample_id)
        present = document.query(lambda connection: connection.scalar(one))
        wanted = (sample_id, (present or 0) % 3 + 1)
        QTest.keyClick(grid, KEYS[wanted[1]])

    def acknowledge() -> None:
        say(f"{wanted[0]} {wanted[1]}")

    document.changed.connect(acknowledge, Qt.ConnectionType.DirectConnection)
    timer = QTimer(window, interval=0)
    timer.timeout.connect(press)
    timer.start()


if __name__ == "__main__":
    main()
