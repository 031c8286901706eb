"""The window: rail, lazily made pages, going to anything, undo, closing, dropping, reading only."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from sqlalchemy import update

from studio import preferences
from studio.document import Document
from studio.errors import StudioError
from studio.project import label_edits, queries, schema, setting_edits
from studio.ui import actions, error_dialog, pages, theme
from studio.ui.go_to import GoTo
from studio.ui.job_watch import JobWatch, epochs_added
from studio.ui.keys import open_keys_sheet
from studio.ui.main_window import MainWindow
from studio.ui.navigation import RAIL_ORDER, Destination, PageName
from studio.ui.settings.dialog import SettingsDialog
from studio.ui.status_bar import StatusBar
from studio.ui.window_acts import free_project_path


@pytest.fixture
def window(qtbot):
    made = MainWindow()
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    made.activateWindow()
    yield made
    made.close()


@pytest.fixture
def opened(window, tmp_path):
    window.show_document(
        Document.create(tmp_path / "harbour-junctions.studio"), Destination(PageName.RECIPE)
    )
    return window


def test_every_page_of_the_rail_has_its_code():
    assert pages.present_pages() == RAIL_ORDER


def test_pages_are_made_when_first_shown(opened):
    assert list(opened.view.made) == [PageName.RECIPE]
    opened.go(Destination(PageName.SAMPLES))
    assert list(opened.view.made) == [PageName.RECIPE, PageName.SAMPLES]
    assert opened.view.rail.items[PageName.SAMPLES].isChecked()
    assert not opened.view.rail.items[PageName.RECIPE].isChecked()


def test_ctrl_and_a_digit_go_to_a_page(opened, qtbot):
    for number, page in enumerate(RAIL_ORDER, start=1):
        opened.acts.acts[f"page_{page}"].trigger()
        assert opened.view.page == page
        assert actions.shown_key(f"page_{page}") == f"Ctrl+{number}"


def test_the_rail_is_narrow_in_a_narrow_window(opened):
    assert opened.view.rail.width() == 72
    opened.resize(1280, 800)
    QApplication.processEvents()
    assert opened.view.rail.width() == 48
    assert opened.view.rail.items[PageName.SAMPLES].toolTip()


def test_the_header_names_the_project(opened):
    header = pages.as_page(opened.view.made[PageName.RECIPE]).header
    assert header.project.text() == "harbour-junctions"
    assert opened.windowTitle().startswith("harbour-junctions")


def test_an_edit_is_named_in_the_status_bar_and_undone(opened, qtbot):
    document = opened.view.document
    document.edit("Add label tram", label_edits.add_label, "tram")
    said = opened.status.last
    qtbot.waitUntil(lambda: said.text() == "Add label tram · Ctrl+Z undoes it", timeout=2000)
    opened.acts.acts["undo"].trigger()
    qtbot.waitUntil(lambda: said.text() == "Undid: add label tram.", timeout=5000)
    assert len(document.query(queries.label_rows)) == 3
    opened.acts.acts["redo"].trigger()
    qtbot.waitUntil(lambda: len(document.query(queries.label_rows)) == 4, timeout=5000)


def test_go_to_anything_finds_pages_views_options_and_commands(opened):
    document = opened.view.document
    document.edit("View", setting_edits.save_view, "Rain and fog", "caption:rain")
    gone, acted = [], []
    dialog = GoTo(
        document,
        tuple(opened.view.rail.items),
        go=gone.append,
        act=acted.append,
        commands=("theme",),
        parent=opened,
    )
    for words in ("runs", "rain fog", "adapter.rank", "dark light"):
        dialog.search.field.setText(words)
        dialog.search.take_current()
    assert gone[0].page == PageName.RUNS
    assert gone[1] == Destination(PageName.SAMPLES, query="caption:rain")
    assert gone[2] == Destination(PageName.RECIPE, part="adapter.rank")
    assert acted == ["theme"]
    dialog.deleteLater()


def test_the_theme_switches_live_and_for_good(window):
    window.acts.acts["theme"].trigger()
    assert theme.current_tokens().theme == "light"
    assert preferences.load().theme == "light"
    window.acts.acts["theme"].trigger()
    assert theme.current_tokens().theme == "dark"


def test_a_second_window_reads_and_says_so(opened, qtbot, tmp_path):
    second = MainWindow()
    qtbot.addWidget(second)
    second.open_project(tmp_path / "harbour-junctions.studio")
    assert not second.view.document.writable
    assert not second.view.band.isHidden()
    assert "open in another window" in second.view.band.sentence.text()
    assert second.status.saved.text() == "Reading only"
    opened.close_project()
    second.view.become_writer()
    assert second.view.document.writable
    assert second.view.band.isHidden()
    second.close()


def test_a_file_that_is_no_project_is_refused_in_words(window, tmp_path):
    path = tmp_path / "broken.studio"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StudioError):
        window.open_project(path)
    assert window.view is None


def drag(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    enter = QDragEnterEvent(
        QPointF(9, 9).toPoint(), Qt.DropAction.CopyAction, data,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dragEnterEvent(enter)
    return data


def drop(window, data):
    window.dropEvent(
        QDropEvent(
            QPointF(9, 9), Qt.DropAction.CopyAction, data,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip


def test_a_dropped_folder_is_imported_into_the_open_project(opened, tmp_path):
    folder = tmp_path / "cam-3"
    folder.mkdir()
    data = drag(opened, folder)
    assert opened.drop_frame.sentence == "Drop to import into harbour-junctions"
    drop(opened, data)
    assert opened.drop_frame.isHidden()
    assert opened.view.page == PageName.DATA


def test_a_dropped_project_is_opened(window, tmp_path):
    path = tmp_path / "night.studio"
    Document.create(path).close()
    drop(window, drag(window, path))
    assert window.view.document.name == "night"


def test_a_new_project_lies_beside_its_folder_and_never_takes_a_name(tmp_path):
    folder = tmp_path / "cam-3"
    folder.mkdir()
    first = free_project_path(folder, "cam-3")
    assert first == tmp_path / "cam-3.studio"
    first.write_bytes(b"")
    assert free_project_path(folder, "cam-3") == tmp_path / "cam-3-2.studio"


def test_closing_keeps_what_welcome_says(opened):
    opened.close_project()
    recent = preferences.load().recents[0]
    assert Path(recent.path).name == "harbour-junctions.studio"
    assert opened.stack.currentWidget() is opened.welcome
    assert opened.status.isHidden()


def test_the_sheet_of_keys_rebinds_and_names_clashes(opened, qtbot):
    sheet = open_keys_sheet(opened, lambda: actions.renew_keys(opened))
    sheet.choose("theme")
    sheet.editor.setKeySequence("Ctrl+K")
    assert sheet.problem.text() == "Ctrl+K is taken by “Go to anything”."
    assert not sheet.keep.isEnabled()
    sheet.editor.setKeySequence("Ctrl+Alt+D")
    sheet.keep_key()
    assert actions.shown_key("theme") == "Ctrl+Alt+D"
    assert opened.acts.acts["theme"].shortcut().toString() == "Ctrl+Alt+D"
    sheet.choose("theme")
    sheet.restore_key()
    assert opened.acts.acts["theme"].shortcut().toString() == "Ctrl+Shift+D"
    sheet.close()


def test_settings_change_labels_keys_with_a_check_of_clashes(opened, qtbot):
    document = opened.view.document
    dialog = SettingsDialog(document, opened)
    row = document.query(queries.label_rows)[0]
    field = dialog.label_keys.fields[row.id]
    field.selectAll()
    qtbot.keyClicks(field, "g")
    assert dialog.label_keys.problem.text() == "G is taken by “Grid”."
    assert document.query(queries.label_rows)[0].key == row.key
    field.selectAll()
    qtbot.keyClicks(field, "7")
    assert document.query(queries.label_rows)[0].key == "7"
    dialog.motion.click()
    assert preferences.load().reduce_motion
    dialog.deleteLater()


def test_an_error_nobody_caught_is_shown_once_with_its_details(qtbot, window):
    before = sys.excepthook
    handler, shower = error_dialog.install(lambda: window)
    try:
        error = StudioError("The disk is full.", "Free some room and try again.")
        sys.excepthook(StudioError, error, None)
        qtbot.waitUntil(lambda: shower.dialog is not None, timeout=2000)
        assert shower.dialog.windowTitle() == "The disk is full."
        assert shower.dialog.paragraph.text() == "Free some room and try again."
        shower.dialog.choose("ok")
    finally:
        sys.excepthook = before
    assert handler is not None


def test_the_window_never_loads_the_training_stack_nor_plots_before_runs(tmp_path):
    import subprocess

    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from studio.app import make_application\n"
        "from studio.document import Document\n"
        "from studio.ui.main_window import MainWindow\n"
        "from studio.ui.navigation import Destination, PageName\n"
        "app = make_application()\n"
        "window = MainWindow()\n"
        "document = Document.create(Path(sys.argv[1]))\n"
        "window.show_document(document, Destination(PageName.SAMPLES))\n"
        "window.show()\n"
        "app.processEvents()\n"
        "heavy = ['torch', 'transformers', 'datasets', 'peft', 'pandas', 'pyqtgraph', 'sklearn']\n"
        "print([name for name in heavy if name in sys.modules])\n"
        "window.close()\n"
    )
    repository = Path(__file__).resolve().parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "p.studio")],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.stdout.strip() == "[]", ran.stderr


@pytest.mark.slow
def test_closing_during_a_run_asks_and_can_stop_and_save(window, qtbot, tmp_path, minilm):
    from studio.runs.state import RunState
    from studio.ui.widgets.dialog import QuestionDialog
    from tests.studio.ui.recipe.conftest import fill
    from workers.contract.options import with_values
    from workers.contract.recipes import find_recipe

    document = Document.create(tmp_path / "street.studio")
    document.record(fill, tables=("samples",))
    window.show_document(document, Destination(PageName.SAMPLES))
    recipe = find_recipe("example")
    options = with_values(recipe.training_options(), {"epochs": 400, "adapter.rank": 2})
    run_id = window.view.controller.train(options, recipe="example")
    state = lambda: document.query(queries.run, run_id).state  # noqa: E731
    qtbot.waitUntil(lambda: state() == RunState.RUNNING, timeout=60_000)
    qtbot.waitUntil(lambda: not window.status.job.isHidden(), timeout=10_000)
    assert window.view.rail.items[PageName.RUNS].dotted
    seen = []

    def answer(key):
        dialog = window.findChild(QuestionDialog)
        if dialog is None or not dialog.isVisible():
            QTimer.singleShot(50, window, lambda: answer(key))
            return
        seen.append((dialog.windowTitle(), list(dialog.buttons)))
        dialog.choose(key)

    QTimer.singleShot(50, window, lambda: answer("cancel"))
    window.close()
    assert window.isVisible()
    assert seen == [(f"Run {run_id} is still training.", ["keep", "stop", "cancel"])]
    qtbot.waitUntil(lambda: document.query(queries.run, run_id).step > 0, timeout=90_000)
    for dialog in window.findChildren(QuestionDialog):
        dialog.deleteLater()
    QApplication.processEvents()
    QTimer.singleShot(50, window, lambda: answer("stop"))
    assert window.acts.may_close(window.view)
    window.view.controller.wait(run_id, 120)
    assert state() == RunState.STOPPED


def put_run(document, **values):
    row = {"kind": "train", "folder": f"x.runs/{values['id']}", "token": f"t{values['id']}"}
    row |= {"job": '{"options": {"base_model": "minilm", "epochs": 20}}', "created_at": 1.0}
    row["name"] = f"Run {values['id']}"
    put = lambda connection: connection.execute(schema.runs.insert(), [row | values])  # noqa: E731
    document.record(put, tables=("runs",))


def move_run(document, run_id, **values):
    runs = schema.runs
    change = update(runs).where(runs.c.id == run_id).values(**values)
    document.record(lambda connection: connection.execute(change), tables=("runs",))


def test_the_status_bar_follows_a_run_from_its_start(qtbot, empty_project):
    watch, bar = JobWatch(empty_project), StatusBar()
    qtbot.addWidget(bar)
    told, started = [], []
    watch.changed.connect(lambda job, waiting: told.append((job, waiting)))
    watch.started.connect(started.append)
    watch.look()
    put_run(empty_project, id=8, state="running", name="fog")
    put_run(empty_project, id=9, state="queued")
    assert started == ["Run 8 started. First losses in about 6\u00a0s."]
    assert (told[-1][0].name, told[-1][0].words) == ("Run 8 · fog", "starting")
    for step in (10, 40):
        move_run(empty_project, 8, step=step, total_steps=200, epoch=step / 10)
        qtbot.wait(20)
    job, waiting = told[-1]
    assert (job.words, job.done, job.total) == ("epoch 5 of 20", 40, 200)
    assert job.seconds_left is not None
    bar.job.show_job(job)
    bar.show_queue(waiting)
    assert bar.job.words.text().startswith("epoch 5 of 20 · ")
    assert bar.job.words.text().endswith("left")
    assert bar.queued.text() == "1 queued"
    assert started == ["Run 8 started. First losses in about 6\u00a0s."], "said once"


def test_the_status_bar_says_how_many_captions_are_written(qtbot, empty_project):
    watch, told = JobWatch(empty_project), []
    watch.changed.connect(lambda job, waiting: told.append(job))
    put_run(empty_project, id=8, kind="caption", state="running", name="Captions by run 1")
    assert told[-1].words == "writing captions"
    summary = '{"progress": {"stage": "Writing captions", "done": 14, "total": 47}}'
    move_run(empty_project, 8, summary=summary)
    assert (told[-1].words, told[-1].done, told[-1].total) == (
        "writing captions · 14 of 47",
        14,
        47,
    )


def test_what_a_run_did_while_the_window_was_closed_is_told_once(qtbot, empty_project):
    put_run(empty_project, id=8, state="running", step=140, total_steps=200, epoch=14.2)
    watch = JobWatch(empty_project)
    watch.note_what_goes_on()
    move_run(empty_project, 8, step=200, epoch=20.0)
    with qtbot.waitSignal(watch.went_on, timeout=4000) as told:
        pass
    assert told.args == ["Run 8 went on while this window was closed: epochs 15–20 added."]
    assert epochs_added(14.2, 15.1) == "epoch 15 added"
    assert epochs_added(14.2, 14.9) == ""
