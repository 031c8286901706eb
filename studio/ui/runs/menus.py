"""The menus of the Runs page: each asks and returns what was chosen."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.project.records import RunRow
from studio.ui.runs import words
from studio.ui.widgets.text import plain_line


def run_verbs(row: RunRow, *, chosen: bool, overlaid: bool) -> list[tuple[str, str]]:
    """What can be done with a run in the list, as verb and words."""
    if row.state == "queued":
        return [("up", "Move up"), ("down", "Move down"), ("leave", "Take out of the queue")]
    if row.state in words.LIVE:
        return []
    found = [] if chosen else [("overlay", "Take off the curve" if overlaid else "Overlay")]
    return [*found, ("delete", "Delete")]


def ask_run_verb(owner: QWidget, row: RunRow, shown: tuple[bool, bool], place: QPoint) -> str:
    """The chosen verb, or nothing; `shown` says whether the run is chosen, and overlaid."""
    menu = QMenu(owner)
    for verb, text in run_verbs(row, chosen=shown[0], overlaid=shown[1]):
        menu.addAction(text).setData(verb)
    chosen = menu.exec(place) if not menu.isEmpty() else None
    return str(chosen.data()) if chosen is not None else ""


def ask_overlay(
    owner: QWidget, rows: Sequence[RunRow], overlaid: Sequence[int], place: QPoint
) -> int | None:
    """The run to lay over the curve or to take off it."""
    menu = QMenu(owner)
    for row in rows:
        if row.state != "queued":
            action = menu.addAction(plain_line(row.name))
            action.setCheckable(True)
            action.setChecked(row.id in overlaid)
            action.setData(row.id)
    if menu.isEmpty():
        menu.addAction("No other run yet").setEnabled(False)
    chosen = menu.exec(place)
    return int(chosen.data()) if chosen is not None and chosen.data() is not None else None


def ask_file(owner: QWidget, title: str, name: str, kinds: str) -> Path | None:
    """Where to save; None when it was called off."""
    chosen, _ = QFileDialog.getSaveFileName(owner, title, name, kinds)
    return Path(chosen) if chosen else None
