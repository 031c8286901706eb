"""The virtual grid: any number of samples, of which only what is seen is read and painted."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from studio.project.records import SampleRow
from studio.ui import theme
from studio.ui.samples.cell_cache import CellCache
from studio.ui.samples.cell_painter import CellPainter, CellState
from studio.ui.samples.grid_geometry import GridGeometry
from studio.ui.samples.row_pages import Fetch, RowPages
from studio.ui.samples.selection import Selection
from studio.ui.samples.thumbnails import Thumbnails
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.text import plain_tooltip

USUAL_CELL = 180
READ_AHEAD_WAIT = 40  # ms after the last paint
SMALLEST_WISH, LARGEST_WISH = 130, 420


class SampleGrid(QAbstractScrollArea):
    """Shows the ids of a query in order; knows positions, reads rows through `fetch`."""

    current_changed = Signal(int)  # position, -1 for none
    selection_changed = Signal()
    opened = Signal(int)  # position: double click or Enter

    def __init__(self, fetch: Fetch, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pages = RowPages(fetch)
        self.selection = Selection()
        self.current = -1
        self._anchor = 0
        self._wished = USUAL_CELL
        self._painter = CellPainter()
        self._cells = CellCache()
        self._broken: dict[int, tuple[SampleRow, SampleRow]] = {}
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.setInterval(READ_AHEAD_WAIT)
        self._ahead.timeout.connect(self._read_ahead)
        self._thumbnails = Thumbnails(images, self)
        self._thumbnails.came.connect(self.viewport().update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setAccessibleName("Samples")
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme.watch(self._restyle)

    # What is shown

    @property
    def ids(self) -> Sequence[int]:
        return self.pages.ids

    def show_ids(self, ids: Sequence[int], *, keep: int | None = None) -> None:
        """Shows a query's ids from the top; `keep` is the id to stay on if it is among them."""
        self.pages.show_ids(ids)
        self.selection = Selection()
        at = position_of(ids, keep)
        if at is None:
            at = min(max(self.current, 0), len(ids) - 1)
        self._refit()
        self._set_current(at, choose=True)

    def complete_ids(self, ids: Sequence[int]) -> None:
        """Puts all ids in the place of the first ones; what is current and chosen stays."""
        self.pages.ids = ids
        self.pages.forget()
        self._refit()

    def refresh_rows(self, *, chosen_only: bool = False) -> None:
        """Reads the rows again when they are next painted: all, or those that are chosen."""
        if chosen_only and not self.selection.all_but:
            self.pages.forget_positions(self.selection.positions)
            self._update_cells(self.selection.positions)
        else:
            self.pages.forget()
            self.viewport().update()

    def row(self, position: int) -> SampleRow | None:
        return self.pages.row(position)

    def current_id(self) -> int | None:
        return int(self.ids[self.current]) if 0 <= self.current < len(self.ids) else None

    def chosen_ids(self) -> list[int]:
        return [int(each) for each in self.selection.ids(self.ids)]

    def geometry_now(self) -> GridGeometry:
        area = self.viewport().size()
        return GridGeometry(area.width(), area.height(), len(self.ids), self._wished)

    def set_cell_size(self, wished: int) -> None:
        self._wished = min(max(wished, SMALLEST_WISH), LARGEST_WISH)
        self._refit()
        self._scroll_to(self.current)

    # Choosing

    def go_to(self, position: int, *, extend: bool = False) -> None:
        """Moves the current cell as a key does; with `extend` all cells on the way are chosen."""
        if not self.ids:
            return
        at = min(max(position, 0), len(self.ids) - 1)
        if extend:
            self.selection = Selection.between(self._anchor, at)
            self._set_current(at, choose=False)
        else:
            self._anchor = at
            self._set_current(at, choose=True)

    def choose_all(self) -> None:
        self.selection = Selection.whole()
        self._selection_moved()

    def invert(self) -> None:
        self.selection = self.selection.inverted()
        self._selection_moved()

    def choose_current_only(self) -> None:
        self.selection = Selection.one(self.current) if self.current >= 0 else Selection()
        self._selection_moved()

    def _set_current(self, position: int, *, choose: bool) -> None:
        before, self.current = self.selection, position
        if choose:
            self._update_cells(before.positions | {position})
            self.selection = Selection.one(position) if position >= 0 else Selection()
        self._scroll_to(position)
        if choose and not before.all_but:
            self.selection_changed.emit()
        else:
            self._selection_moved()
        self.current_changed.emit(position)
        self._tell_reader()

    def _selection_moved(self) -> None:
        self.viewport().update()
        self.selection_changed.emit()

    def _update_cells(self, positions: Iterable[int]) -> None:
        """Paints these cells again: nothing else has changed."""
        geometry, scroll = self.geometry_now(), self.verticalScrollBar().value()
        for each in set(positions) & set(geometry.visible(scroll)):
            self.viewport().update(geometry.rect(each, scroll))

    def _tell_reader(self) -> None:
        self.setAccessibleDescription(self.accessible_text(self.current))
        event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        QAccessible.updateAccessibility(event)

    def accessible_text(self, position: int) -> str:
        row = self.row(position)
        if row is None:
            return ""
        state = "reviewed" if row.reviewed else "not reviewed"
        parts = [f"Sample {row.key}", row.label or "unlabelled", state, row.caption]
        return ", ".join(part for part in parts if part)

    # Geometry

    def _refit(self) -> None:
        geometry = self.geometry_now()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, geometry.content_height - geometry.height))
        bar.setPageStep(geometry.height)
        bar.setSingleStep(max(20, (geometry.cell_height + 8) // 3))
        self.viewport().update()

    def _scroll_to(self, position: int) -> None:
        if position >= 0:
            bar = self.verticalScrollBar()
            bar.setValue(self.geometry_now().scroll_to_show(position, bar.value()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refit()
        self._scroll_to(self.current)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def _restyle(self) -> None:
        self._painter.restyle()
        self._cells.forget()
        self.viewport().update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        geometry = self.geometry_now()
        scroll = self.verticalScrollBar().value()
        visible = geometry.visible(scroll)
        self._ahead.start()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._painter.tokens.color("ground"))
        many = self.selection.count(len(self.ids)) > 1
        ratio = self.devicePixelRatioF()
        for position in visible:
            cell = geometry.rect(position, scroll)
            if not event.region().intersects(cell):
                continue
            row = self.pages.row(position)
            if row is not None:
                current = position == self.current
                focused = current and self.hasFocus()
                state = CellState(
                    self.selection.holds(position), current, many and current, focused
                )
                painter.drawPixmap(cell.topLeft(), self._drawn(geometry, cell, row, state, ratio))
        painter.end()

    def _drawn(
        self, geometry: GridGeometry, cell: QRect, row: SampleRow, state: CellState, ratio: float
    ) -> QPixmap:
        size = geometry.image_rect(cell).size()
        image = self._thumbnails.picture(row, size, ratio)
        reason = None if image else self._thumbnails.reason(row)
        if reason and not row.image_problem:  # found out only now, not when it was imported
            held = self._broken.get(row.id)
            if held is None or held[0] is not row:
                held = self._broken[row.id] = (row, replace(row, image_problem=reason))
            row = held[1]
        return self._cells.cell(
            row,
            state,
            image,
            cell.size(),
            ratio,
            lambda painter, place: self._painter.paint(painter, geometry, place, row, image, state),
        )

    def _read_ahead(self) -> None:
        """The rows that a page up or down would show."""
        self.pages.load_around(self.geometry_now().visible(self.verticalScrollBar().value()))

    def focusInEvent(self, event: QEvent) -> None:
        self.viewport().update()

    def focusOutEvent(self, event: QEvent) -> None:
        self.viewport().update()

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        position = self._position_at(event.position().toPoint())
        if position is None or event.button() == Qt.MouseButton.MiddleButton:
            return
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self.selection = self.selection.toggled(position)
            self._anchor = position
            self._set_current(position, choose=False)
        elif event.button() == Qt.MouseButton.RightButton and self.selection.holds(position):
            self._set_current(position, choose=False)
        else:
            self.go_to(position, extend=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        position = self._position_at(event.position().toPoint())
        if position is not None:
            self.opened.emit(position)

    def _position_at(self, point: QPoint) -> int | None:
        return self.geometry_now().position_at(point, self.verticalScrollBar().value())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        allowed = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        target = self._target_of(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.opened.emit(self.current)
        elif target is not None and not event.modifiers() & ~allowed:
            extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.go_to(target, extend=extend)
        else:
            event.ignore()

    def _target_of(self, event: QKeyEvent) -> int | None:
        geometry = self.geometry_now()
        page = geometry.rows_per_page() * geometry.columns
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -geometry.columns,
            Qt.Key.Key_Down: geometry.columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
        }
        key = Qt.Key(event.key())
        if key in steps:
            target = self.current + steps[key]
            past = not 0 <= target < len(self.ids)
            within = key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and past
            return self.current if within else target
        return {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self.ids) - 1}.get(key)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            position = self._position_at(event.pos())
            row = self.row(position) if position is not None else None
            words = f"{row.key}\n{row.caption[:400]}" if row else ""
            QToolTip.showText(event.globalPos(), plain_tooltip(words), self)
            return True
        return super().viewportEvent(event)


def position_of(ids: Sequence[int], wanted: int | None) -> int | None:
    if wanted is None:
        return None
    return next((at for at, each in enumerate(ids) if each == wanted), None)
