"""The way back to a backup: asked first, the present file kept aside."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtWidgets import QWidget

from studio.errors import StudioError
from studio.numbers import format_moment
from studio.project import backups
from studio.project.safety import check_header
from studio.project.store import backups_folder
from studio.ui import background
from studio.ui.widgets.dialog import Answer, ask


def newest_backup(path: Path) -> Path | None:
    """The newest copy of a project, which itself need not be readable."""
    for backup in reversed(backups.backups_in(backups_folder(path))):
        with suppress(StudioError):  # then an older one is better than none
            check_header(backup)
            return backup
    return None


def may_restore(path: Path, backup: Path, parent: QWidget, reason: str = "") -> bool:
    """Ask whether a backup may take the project's place; `reason` says why it would."""
    name = _name(backup)
    if reason:
        question = f"{path.stem} cannot be opened. Restore its {name}?"
    else:
        question = f"Go back to {name}?"
    kept = f"{path.name} as it is now stays beside it under another name. Nothing is deleted."
    answers = [
        Answer("restore", "Restore the backup", "primary"),
        Answer("cancel", "Cancel", "ghost", harmless=True),
    ]
    return ask(question, f"{reason} {kept}".strip(), answers, parent=parent) == "restore"


def restore(path: Path, backup: Path, owner: QWidget, done: Callable[[str], None]) -> None:
    """Put the backup in place off the window's thread; `done` gets a sentence."""
    name = _name(backup)

    def tell(aside: Path | None) -> None:
        kept = f" What was there is kept as {aside.name}." if aside is not None else ""
        done(f"{name.capitalize()} is in place.{kept}")

    background.run(backups.restore, backup, path, done=tell, owner=owner)


def _name(backup: Path) -> str:
    """“backup 12 (14:02)”: the number tells it from others of the same day."""
    return f"backup {backups.number_of(backup)} ({format_moment(backup.stat().st_mtime)})"
