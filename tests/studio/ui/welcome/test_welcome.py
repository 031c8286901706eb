"""Welcome: three acts, recent projects, what the machine has, a drawn scene."""

import io
import json
import socket
import subprocess
import sys

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from studio import preferences
from studio.dataset.thumbnails import ThumbnailCache, cache_path
from studio.document import Document
from studio.preferences import Recent
from studio.project.locking import lock_path
from studio.ui.machine import Fact, machine_facts
from studio.ui.welcome.page import WelcomePage
from studio.ui.welcome.scene_panel import ScenePanel, is_kept
from workers.contract.events import Stepped
from workers.contract.folder import JOURNAL
from workers.contract.journal import JournalWriter


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAFFIC_STUDIO_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def welcome(qtbot, tmp_path):
    here = tmp_path / "harbour.studio"
    Document.create(here).close()
    preferences.remember_recent(Recent(path=str(tmp_path / "gone.studio"), opened_at=1.0))
    preferences.remember_recent(
        Recent(path=str(here), opened_at=2.0, samples=989, runs=11, best="82.8\u00a0%")
    )
    page = WelcomePage()
    qtbot.addWidget(page)
    page.resize(1280, 800)
    page.show()
    page.show_recents()
    page.activateWindow()
    return page


def test_recent_projects_stand_with_what_is_in_them(welcome):
    assert [row.text() for row in welcome.rows] == ["harbour", "gone"]
    assert welcome.rows[0].detail() == "989 samples · 11 runs · best 82.8\u00a0%"
    assert welcome.rows[1].detail() == "file not found · find it"


def test_keys_press_the_acts(welcome, qtbot):
    asked = []
    welcome.new_asked.connect(lambda: asked.append("new"))
    welcome.example_asked.connect(lambda: asked.append("example"))
    welcome.open_asked.connect(lambda: asked.append("open"))
    welcome.setFocus()
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3):
        qtbot.keyClick(welcome, key)
    assert asked == ["new", "example", "open"]


def test_arrows_and_enter_open_a_recent_project(welcome, qtbot):
    opened = []
    welcome.recent_chosen.connect(opened.append)
    welcome.setFocus()
    qtbot.keyClick(welcome, Qt.Key.Key_Down)
    assert welcome.rows[0].hasFocus()
    qtbot.keyClick(welcome.rows[0], Qt.Key.Key_Return)
    assert opened == [welcome.rows[0].recent.path]


def test_a_missing_project_asks_where_it_is(welcome):
    asked = []
    welcome.open_asked.connect(lambda: asked.append(1))
    welcome.rows[1].click()
    assert asked == [1]


def test_delete_forgets_a_recent_project(welcome, qtbot):
    welcome.rows[1].setFocus()
    qtbot.keyClick(welcome.rows[1], Qt.Key.Key_Delete)
    assert [row.text() for row in welcome.rows] == ["harbour"]
    assert len(preferences.load().recents) == 1


def test_the_scene_is_drawn_off_the_window(welcome, qtbot):
    qtbot.waitUntil(lambda: welcome.scene.image is not None, timeout=20_000)
    assert welcome.scene.caption
    assert welcome.scene.label in ("dangerous", "safe")


def test_the_next_start_finds_the_scene_with_its_words(welcome, qtbot):
    qtbot.waitUntil(lambda: welcome.scene.image is not None, timeout=20_000)
    assert is_kept()
    again = ScenePanel()
    qtbot.addWidget(again)
    again.draw()
    qtbot.waitUntil(lambda: again.image is not None, timeout=2_000)
    assert (again.caption, again.label) == (welcome.scene.caption, welcome.scene.label)
    assert again.image.width() == welcome.scene.image.width()


def row_of(welcome, path, **named):
    preferences.remember_recent(Recent(path=str(path), opened_at=3.0, samples=9, **named))
    welcome.show_recents()
    return welcome.rows[0]


def test_a_row_shows_the_images_that_are_kept(welcome, qtbot, tmp_path):
    written = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(written, "JPEG")
    cache = ThumbnailCache()
    cache.put("abc", 320, written.getvalue())
    cache.close()
    row = row_of(welcome, tmp_path / "harbour.studio", pictures=("abc", "gone"))
    qtbot.waitUntil(lambda: len(row.pictures) == 1, timeout=5_000)
    assert cache_path().parent == tmp_path / "cache"
    assert row.detail() == "9 samples"


def test_a_row_says_what_stands_against_opening(welcome, qtbot, tmp_path):
    newer = tmp_path / "newer.studio"
    header = bytearray((tmp_path / "harbour.studio").read_bytes())
    header[60:64] = (99).to_bytes(4, "big")
    newer.write_bytes(header)
    row = row_of(welcome, newer)
    qtbot.waitUntil(lambda: row.detail() == "made by a newer version (format 99)", timeout=5_000)
    other = tmp_path / "letter.studio"
    other.write_text("dear reader")
    row = row_of(welcome, other)
    qtbot.waitUntil(lambda: row.detail() == "not a project of Traffic Studio", timeout=5_000)
    holder = {"pid": 1, "host": socket.gethostname(), "since": 1.0}
    lock_path(tmp_path / "harbour.studio").write_text(json.dumps(holder))
    row = row_of(welcome, tmp_path / "harbour.studio")
    words = "open in another window: open to read"
    qtbot.waitUntil(lambda: row.detail() == words, timeout=5_000)


def test_a_run_that_goes_on_shows_its_epoch(welcome, qtbot, tmp_path):
    folder = tmp_path / "harbour.runs" / "run-8"
    folder.mkdir(parents=True)
    with JournalWriter(folder / JOURNAL) as journal:
        for step in range(1, 60):
            journal.append(Stepped(step=step, epoch=step / 4.4, metrics={"train/loss": 0.5}))
    hold = "import sys, pathlib; from workers.contract.folder import hold_lock as hold; "
    hold += "held = hold(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    here = tmp_path / "harbour.studio"
    row = row_of(welcome, here, running=str(folder), epochs=20)
    qtbot.waitUntil(lambda: row.detail() == "training, epoch 14 of 20 · 9 samples", timeout=5_000)
    holder.communicate()
    row = row_of(welcome, here, running=str(folder), epochs=20)
    qtbot.wait(300)
    assert row.detail() == "9 samples"


def test_the_machine_says_what_is_missing_as_a_line_to_type(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAFFIC_STUDIO_MODELS", str(tmp_path / "none"))
    facts = machine_facts(tmp_path)
    missing = [fact for fact in facts if not fact.present and fact.line]
    line = "python main.py models get minilm"
    assert missing == [Fact(False, "base model MiniLM missing", line)]
