"""Takes a map out of the Attention page: the picture, a sheet of all words, the arrays."""

from pathlib import Path
from typing import Protocol

from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.attention import arrays
from studio.attention.look import Look
from studio.ui.attention.contact_sheet import draw_sheet
from studio.ui.attention.picture_stage import Showing
from studio.ui.attention.sample_facts import SampleView
from studio.ui.attention.stage import Stage
from studio.ui.widgets.buttons import make_button
from workers.contract.folder import replace_file


class Shown(Protocol):
    """What is on the page."""

    view: SampleView | None
    look: Look
    showing: Showing
    stage: Stage


class ExportMenu:
    """A button with a menu; what is shown is read when something is chosen."""

    def __init__(self, page: Shown) -> None:
        self._page = page
        self.button = make_button("Export image", icon="image")
        self.menu = QMenu(self.button)
        self.menu.addAction("This picture, PNG…", self.choose_picture)
        self.sheet = self.menu.addAction("All words on one sheet, PNG…", self.choose_sheet)
        self.menu.addAction("Arrays and provenance, NPZ…", self.choose_arrays)
        self.button.clicked.connect(self._open)
        self.button.setEnabled(False)

    def refresh(self) -> None:
        """Only a map that is there can be taken out, and a sheet only of pictures."""
        self.button.setEnabled(self._page.view is not None and self._page.view.found is not None)
        self.sheet.setEnabled(self._page.stage.of_picture)

    def save_picture(self, path: Path) -> None:
        """What the stage shows, at the screen's own resolution."""
        widget = self._page.stage.middle.currentWidget()
        assert widget is not None
        widget.grab().save(str(path))

    def save_sheet(self, path: Path) -> None:
        """A small picture for each word."""
        page = self._page
        assert page.view is not None
        sheet = draw_sheet(
            page.view, page.stage.readers, page.look, page.showing, page.stage.picture.image
        )
        sheet.save(str(path))

    def save_arrays(self, path: Path) -> None:
        """Both arrays whole; the file is there whole or not at all."""
        assert self._page.view is not None
        assert self._page.view.found is not None
        replace_file(path, arrays.to_npz(self._page.view.found))

    def choose_picture(self) -> None:
        """Ask for a file, and save the picture."""
        if self.button.isEnabled() and (path := self._ask("heatmap.png", "PNG (*.png)")):
            self.save_picture(path)

    def choose_sheet(self) -> None:
        """Ask for a file, and save the sheet."""
        if path := self._ask("words.png", "PNG (*.png)"):
            self.save_sheet(path)

    def choose_arrays(self) -> None:
        """Ask for a file, and save the arrays."""
        if path := self._ask("attention.npz", "NumPy (*.npz)"):
            self.save_arrays(path)

    def _ask(self, name: str, kinds: str) -> Path | None:
        owner: QWidget = self.button.window()
        chosen, _ = QFileDialog.getSaveFileName(owner, "Save", name, kinds)
        return Path(chosen) if chosen else None

    def _open(self) -> None:
        self.menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))
