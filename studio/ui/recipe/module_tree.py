"""The module tree: what is frozen, what trains, where LoRA goes; picking a row sets targets."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea

from studio import preferences
from studio.numbers import format_count
from studio.ui import fonts, theme
from studio.ui.recipe import tree_rows
from studio.ui.recipe.tree_rows import TreeNode
from studio.ui.widgets import icons

ROW = 27
HEAD = 28
FLASH_MILLISECONDS = 600
STATES = {
    "frozen": ("snowflake", "frozen"),
    "trained": ("fire", "trained"),
    "lora": ("plus", "LoRA"),
}
STATE_WIDTH, COUNT_WIDTH = 74, 88


class ModuleTree(QAbstractScrollArea):
    """`picked` carries the full name of a module that is pressed at its name."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.nodes: tuple[TreeNode, ...] = ()
        self.opened: set[str] = set()
        self.rows: list[tuple[TreeNode, int]] = []
        self.changed_keys: set[str] = set()
        self.current = -1
        self.dimmed = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Modules")
        self._flash = QTimer(self, singleShot=True, interval=FLASH_MILLISECONDS)
        self._flash.timeout.connect(self._end_flash)

    def show_nodes(self, nodes: tuple[TreeNode, ...]) -> None:
        """Show another answer; what was open stays open, what changed lights up."""
        before = tree_rows.trained_by_key(self.nodes)
        after = tree_rows.trained_by_key(nodes)
        if not before or not set(before) & set(after):
            self.opened = tree_rows.first_opened(nodes)
        elif not preferences.load().reduce_motion:
            self.changed_keys = {key for key, count in after.items() if before.get(key) != count}
            self._flash.start()
        self.nodes, self.dimmed = nodes, False
        self._lay_out()

    def dim(self) -> None:
        """Say that a newer answer is on its way."""
        self.dimmed = True
        self.viewport().update()

    def row_height(self) -> int:
        """Rows grow with the text."""
        return fonts.scaled(ROW)

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(420, 320)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scroll by what does not fit."""
        self._range()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the heading and the visible rows."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = self.row_height()
        if self.dimmed:
            painter.setOpacity(0.6)
        top = HEAD - self.verticalScrollBar().value()
        for number, (node, depth) in enumerate(self.rows):
            rect = QRectF(0, top + number * height, self.viewport().width(), height)
            if rect.bottom() > HEAD and rect.top() < self.viewport().height():
                self._paint_row(painter, rect, node, depth, number)
        self._paint_head(painter)

    def _paint_head(self, painter: QPainter) -> None:
        tokens = theme.current_tokens()
        rect = QRectF(0, 0, self.viewport().width(), HEAD)
        painter.fillRect(rect, tokens.color("panel"))
        painter.fillRect(QRectF(0, HEAD - 1, rect.width(), 1), tokens.color("line"))
        painter.setFont(fonts.role_font("small"))
        painter.setPen(tokens.color("text_3"))
        middle = Qt.AlignmentFlag.AlignVCenter
        right = middle | Qt.AlignmentFlag.AlignRight
        painter.drawText(rect.adjusted(20, 0, 0, 0), middle, "Module")
        trained = rect.right() - STATE_WIDTH - 16
        painter.drawText(QRectF(trained - COUNT_WIDTH, 0, COUNT_WIDTH, HEAD), right, "trained")
        painter.drawText(
            QRectF(trained - 2 * COUNT_WIDTH - 8, 0, COUNT_WIDTH, HEAD), right, "parameters"
        )

    def _paint_row(
        self, painter: QPainter, rect: QRectF, node: TreeNode, depth: int, number: int
    ) -> None:
        tokens = theme.current_tokens()
        targeted = node.state == "lora" and not node.children
        if targeted or node.key in self.changed_keys:
            painter.fillRect(rect, tokens.color("accent_soft"))
        if number == self.current and self.hasFocus():
            painter.setPen(tokens.color("accent_line"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        x = 16.0 + 14 * depth
        if node.children:
            caret = "caret-down" if node.key in self.opened else "caret-right"
            icons.paint_icon(painter, QRectF(x, rect.center().y() - 5, 10, 10), caret, "text_3")
        x += 16
        trained = rect.right() - STATE_WIDTH - 16
        middle = Qt.AlignmentFlag.AlignVCenter
        right = middle | Qt.AlignmentFlag.AlignRight
        font = fonts.role_font("body" if depth == 0 else "mono")
        room = trained - 2 * COUNT_WIDTH - 8 - x + 12
        name = QFontMetrics(font).elidedText(
            node.title, Qt.TextElideMode.ElideMiddle, max(24, round(room))
        )
        painter.setFont(font)
        painter.setPen(tokens.color("text_1"))
        painter.drawText(rect.adjusted(x, 0, 0, 0), middle, name)
        painter.setFont(fonts.role_font("small", tabular=True))
        tone = "text_2" if targeted else "text_3"
        painter.setPen(tokens.color(tone))
        place = QRectF(trained - 2 * COUNT_WIDTH - 8, rect.top(), COUNT_WIDTH, rect.height())
        painter.drawText(place, right, format_count(node.parameters))
        painter.setPen(tokens.color("accent_text" if node.trainable else tone))
        place = QRectF(trained - COUNT_WIDTH, rect.top(), COUNT_WIDTH, rect.height())
        painter.drawText(place, right, format_count(node.trainable))
        glyph, word = STATES.get(node.state, ("snowflake", node.state))
        tone = "accent_text" if node.trainable else tone
        icons.paint_icon(painter, QRectF(trained + 10, rect.center().y() - 6, 12, 12), glyph, tone)
        painter.setFont(fonts.role_font("tiny"))
        painter.setPen(tokens.color(tone))
        painter.drawText(rect.adjusted(trained + 27, 0, 0, 0), middle, word)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press on a leaf picks it; on any other row it opens or closes."""
        y = event.position().y()
        number = int((y - HEAD + self.verticalScrollBar().value()) // self.row_height())
        if y >= HEAD and 0 <= number < len(self.rows):
            self.current = number
            self._press(self.rows[number][0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Enter or Space picks or opens."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step and self.rows:
            self.current = min(len(self.rows) - 1, max(0, self.current + step))
            self._reveal()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space) and self.current >= 0:
            self._press(self.rows[self.current][0])
        else:
            super().keyPressEvent(event)

    def _press(self, node: TreeNode) -> None:
        if not node.children:
            self.picked.emit(node.name)
            self.viewport().update()
            return
        self.opened ^= {node.key}
        self._lay_out()

    def _reveal(self) -> None:
        top = self.current * self.row_height()
        bar = self.verticalScrollBar()
        if top < bar.value():
            bar.setValue(top)
        elif top + self.row_height() > bar.value() + self.viewport().height() - HEAD:
            bar.setValue(top + self.row_height() - self.viewport().height() + HEAD)
        self.viewport().update()

    def _lay_out(self) -> None:
        self.rows = list(tree_rows.walk(self.nodes, self.opened))
        self._range()
        self.viewport().update()

    def _range(self) -> None:
        height = len(self.rows) * self.row_height() + HEAD + 8
        page = self.viewport().height()
        self.verticalScrollBar().setRange(0, max(0, height - page))
        self.verticalScrollBar().setPageStep(page)
        self.verticalScrollBar().setSingleStep(self.row_height())

    def _end_flash(self) -> None:
        self.changed_keys = set()
        self.viewport().update()
