"""Welcome: three acts, recent projects, what the machine has, a drawn scene."""

import pytest
from PySide6.QtCore import Qt

from studio import preferences
from studio.preferences import Recent
from studio.ui.machine import Fact, machine_facts
from studio.ui.welcome.page import WelcomePage


@pytest.fixture
def welcome(qtbot, tmp_path):
    here = tmp_path / "harbour.studio"
    here.write_bytes(b"x")
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


def test_the_machine_says_what_is_missing_as_a_line_to_type(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAFFIC_STUDIO_MODELS", str(tmp_path / "none"))
    facts = machine_facts(tmp_path)
    missing = [fact for fact in facts if not fact.present and fact.line]
    line = "python main.py models get minilm"
    assert missing == [Fact(False, "base model MiniLM missing", line)]
