"""Read-only tables: columns of plain text with one look."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from studio.ui import fonts
from studio.ui.widgets.text import plain_tooltip

LEAST_WIDTH = 56
LONG = 20  # characters, that may be cut


class PlainTable(QTableWidget):
    """Rows 27 high; numbers stand right. Rebuilt only when what it shows has changed."""

    def __init__(
        self, headings: Sequence[str], *, right: Sequence[int] = (), wide: int = 0
    ) -> None:
        super().__init__(0, len(headings))
        self._right = set(right)
        self._rows: list[tuple[str, ...]] = []
        self.setHorizontalHeaderLabels(list(headings))
        self.setFont(fonts.role_font("small", tabular=True))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(fonts.scaled(27))
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(fonts.scaled(LEAST_WIDTH))
        header.setFont(fonts.role_font("small"))
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in range(len(headings)):
            mode = QHeaderView.ResizeMode.Stretch
            if column != wide:
                mode = QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(column, mode)
            heading = self.horizontalHeaderItem(column)
            if column in self._right and heading is not None:
                heading.setTextAlignment(
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                )

    def name_columns(self, headings: Sequence[str]) -> None:
        """Head the columns with other words."""
        for column, text in enumerate(headings):
            heading = self.horizontalHeaderItem(column)
            if heading is not None and heading.text() != text:
                heading.setText(text)

    def share_columns(self, wide: Sequence[int]) -> None:
        """Let these columns share the width that the others leave."""
        header = self.horizontalHeader()
        for column in range(self.columnCount()):
            narrow = QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(
                column, QHeaderView.ResizeMode.Stretch if column in wide else narrow
            )

    def show_rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Show rows of text."""
        if list(rows) == self._rows:
            return
        self._rows = list(rows)
        self.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                if len(text) > LONG:
                    item.setToolTip(plain_tooltip(text))
                if column in self._right:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self.setItem(place, column, item)

    def rows(self) -> list[tuple[str, ...]]:
        """What is shown."""
        return list(self._rows)
