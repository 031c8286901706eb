"""Takes the large curve of the Runs page out of it, by the dialogs that ask where to."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from studio.document import Document
from studio.ui.runs import menus, saving
from studio.ui.runs.curves_panel import CurvesPanel


class CurveTakeout:
    """`shown_runs` says whose curves are drawn, the chosen run first."""

    def __init__(
        self,
        owner: QWidget,
        document: Document,
        curves: CurvesPanel,
        shown_runs: Callable[[], Sequence[int]],
    ) -> None:
        self._owner, self._document, self._curves = owner, document, curves
        self._shown_runs = shown_runs
        curves.values_wanted.connect(self.read_values)
        curves.csv_wanted.connect(self.choose_csv)
        curves.image_wanted.connect(self.choose_image)

    def read_values(self) -> None:
        """Show the curves as a table."""
        saving.ValuesDialog(self._points(), self._owner).exec()

    def choose_csv(self) -> None:
        """Ask for a file, and write every point into it."""
        path = menus.ask_file(self._owner, "Save as CSV", "curve.csv", "CSV (*.csv)")
        if path is not None:
            self.save_csv(path)

    def save_csv(self, path: Path) -> None:
        """Write every point of the large curve."""
        saving.write_csv(path, self._points())

    def choose_image(self) -> None:
        """Ask for a file, and save the large curve as it is drawn."""
        path = menus.ask_file(self._owner, "Save as image", "curve.png", "PNG (*.png)")
        if path is not None:
            saving.save_image(path, self._curves.main)

    def _points(self) -> list[saving.PointRow]:
        metrics = [line.metric for line in self._curves.main_group.lines]
        return saving.read_points(self._document, self._shown_runs(), metrics)
