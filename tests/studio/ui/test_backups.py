"""Backups in the window: made from time to time, listed, restored after a question."""

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from studio.document import Document
from studio.errors import StudioError
from studio.project import backups, label_edits, queries
from studio.ui import background
from studio.ui.backup_clock import BackupClock
from studio.ui.main_window import MainWindow
from studio.ui.navigation import Destination, PageName
from studio.ui.widgets.dialog import QuestionDialog

WAIT = 5000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "harbour.studio"


@pytest.fixture
def window(qtbot, path):
    made = MainWindow()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.show_document(Document.create(path), Destination(PageName.DATA, part="backups"))
    yield made
    made.close()


def answer(key):
    """Answer the next question with that button, as soon as it stands there."""

    def press():
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QuestionDialog):
            dialog.buttons[key].click()
        else:
            QTimer.singleShot(20, press)

    QTimer.singleShot(0, press)


def add_label(document, name):
    document.edit(f"Label {name}", label_edits.add_label, name)


def names(document):
    return [row.name for row in document.query(queries.label_rows)]


def test_a_backup_is_made_only_after_something_was_edited(qtbot, path):
    document = Document.create(path)
    clock = BackupClock(document)
    clock.tick()
    background.wait()
    assert backups.backups_in(document.backups_folder) == []
    add_label(document, "fog")
    with qtbot.waitSignal(clock.made, timeout=WAIT) as made:
        clock.tick()
    assert backups.backups_in(document.backups_folder) == made.args
    clock.tick()
    background.wait()
    assert len(backups.backups_in(document.backups_folder)) == 1
    clock.close()
    document.close()


def test_a_backup_that_cannot_be_written_is_told_and_tried_again(qtbot, path):
    document = Document.create(path)
    document.backups_folder.write_text("a file where the folder should be")
    clock = BackupClock(document)
    with qtbot.waitSignal(clock.failed, timeout=WAIT) as told:
        clock.back_up()
    assert told.args[0].startswith("The backup was not written")
    assert clock.is_due
    clock.close()
    document.close()


def test_the_data_page_lists_backups_and_goes_back_to_one(window, qtbot, path):
    part = window.view.made[PageName.DATA].backups
    assert part.currentWidget() is part.empty
    part.empty.clicked.emit()
    qtbot.waitUntil(lambda: len(part.rows) == 1, timeout=WAIT)
    add_label(window.view.document, "fog")
    answer("restore")
    part.rows[0].button.click()
    qtbot.waitUntil(lambda: window.view is not None, timeout=WAIT)
    assert "fog" not in names(window.view.document)
    aside = Document.open(path.with_name("harbour-damaged-1.studio"), read_only=True)
    assert "fog" in names(aside)
    aside.close()


def test_nothing_is_restored_before_the_answer(window, qtbot, path):
    part = window.view.made[PageName.DATA].backups
    window.view.backups.back_up()
    qtbot.waitUntil(lambda: len(part.rows) == 1, timeout=WAIT)
    add_label(window.view.document, "fog")
    answer("cancel")
    part.rows[0].button.click()
    assert "fog" in names(window.view.document)
    assert not path.with_name("harbour-damaged-1.studio").exists()


def test_a_project_that_cannot_be_opened_is_restored_from_its_newest_backup(window, qtbot, path):
    add_label(window.view.document, "fog")
    window.view.document.back_up()
    window.close_project()
    path.write_bytes(b"ruined" * 1000)
    answer("restore")
    window.acts.open_or_restore(path)
    qtbot.waitUntil(lambda: window.view is not None, timeout=WAIT)
    assert "fog" in names(window.view.document)
    assert path.with_name("harbour-damaged-1.studio").read_bytes().startswith(b"ruined")


def test_without_a_backup_the_reason_is_told_as_before(window, path):
    window.close_project()
    path.write_bytes(b"ruined" * 1000)
    with pytest.raises(StudioError, match="not a Traffic Studio project"):
        window.acts.open_or_restore(path)
