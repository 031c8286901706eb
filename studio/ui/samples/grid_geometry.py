"""Where each cell of the grid lies: arithmetic on positions, no painting."""

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QPoint, QRect

GAP = 8
MARGIN = 12
INSET = 4  # between the frame of a chosen cell and its image
CAPTION_LINES = 2
LABEL_ROW = 20
SMALLEST_CELL = 120
ROUND_UP = 0.6  # of a column: four columns in a window of 1280


@dataclass(frozen=True)
class GridGeometry:
    """Cells of one size in as many columns as fit; all in device-independent pixels."""

    width: int
    height: int
    count: int
    wished_cell: int
    line_height: int = 16

    @cached_property
    def columns(self) -> int:
        free = self.width - 2 * MARGIN + GAP
        return max(1, int(free / (self.wished_cell + GAP) + ROUND_UP))

    @cached_property
    def cell_width(self) -> int:
        free = self.width - 2 * MARGIN - GAP * (self.columns - 1)
        return max(SMALLEST_CELL, free // self.columns)

    @cached_property
    def image_height(self) -> int:
        return round((self.cell_width - 2 * INSET) * 2 / 3)

    @cached_property
    def cell_height(self) -> int:
        caption = CAPTION_LINES * self.line_height
        return INSET + self.image_height + 6 + caption + 4 + LABEL_ROW + INSET

    @cached_property
    def rows(self) -> int:
        return -(-self.count // self.columns)

    @cached_property
    def content_height(self) -> int:
        return 2 * MARGIN - GAP + self.rows * (self.cell_height + GAP)

    def rect(self, position: int, scroll: int) -> QRect:
        row, column = divmod(position, self.columns)
        left = MARGIN + column * (self.cell_width + GAP)
        top = MARGIN - 4 + row * (self.cell_height + GAP) - scroll
        return QRect(left, top, self.cell_width, self.cell_height)

    def image_rect(self, cell: QRect) -> QRect:
        return QRect(
            cell.left() + INSET, cell.top() + INSET, cell.width() - 2 * INSET, self.image_height
        )

    def position_at(self, point: QPoint, scroll: int) -> int | None:
        row = (point.y() + scroll - MARGIN + 4) // (self.cell_height + GAP)
        column = (point.x() - MARGIN) // (self.cell_width + GAP)
        if row < 0 or not 0 <= column < self.columns:
            return None
        position = row * self.columns + column
        inside = position < self.count and self.rect(position, scroll).contains(point)
        return position if inside else None

    def visible(self, scroll: int) -> range:
        """The positions that are at least partly seen."""
        pitch = self.cell_height + GAP
        first = max(0, (scroll - MARGIN + 4) // pitch) * self.columns
        last = ((scroll + self.height - MARGIN + 4) // pitch + 1) * self.columns
        return range(min(first, self.count), min(max(last, 0), self.count))

    def rows_per_page(self) -> int:
        return max(1, self.height // (self.cell_height + GAP))

    def scroll_to_show(self, position: int, scroll: int) -> int:
        """The least scrolling that brings the whole cell into sight."""
        cell = self.rect(position, 0)
        top, bottom = cell.top() - GAP, cell.bottom() + GAP
        if top < scroll:
            return max(0, top)
        if bottom > scroll + self.height:
            return bottom - self.height
        return scroll
