"""A sentence for what happened elsewhere: one at a time, six seconds, with at most one act."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.text import PlainLabel

WIDTH = 360
SHOWN_MILLISECONDS = 6000
MARGIN = 16


class Toast(QFrame):
    """Sits bottom right of `parent`, above `bottom_room` pixels."""

    def __init__(self, parent: QWidget, bottom_room: int = 28) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.bottom_room = bottom_room
        self.glyph = Glyph("check-circle", "done", 16)
        self.sentence = PlainLabel("", wrap=True)
        self.button = make_button("", "ghost", size="bar")
        self.button.clicked.connect(self._act)
        self._acting: Callable[[], None] | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 8, 10)
        row.setSpacing(10)
        row.addWidget(self.glyph, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.button)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MILLISECONDS)
        self._timer.timeout.connect(self.hide)
        self.hide()
        parent.installEventFilter(self)

    def say(
        self,
        sentence: str,
        *,
        action: str = "",
        act: Callable[[], None] | None = None,
        icon: str = "check-circle",
        tone: str = "done",
    ) -> None:
        """Show a sentence in place of the last."""
        self.glyph.show_icon(icon, tone)
        self.sentence.setText(sentence)
        self.button.setText(action)
        self.button.setVisible(bool(action))
        self._acting = act
        self._place()
        self.show()
        self.raise_()
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the parent's size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        parent, row = self.parentWidget(), self.layout()
        if parent is None or row is None:
            return
        self.setFixedWidth(min(WIDTH, parent.width() - 2 * MARGIN))
        self.adjustSize()
        self.setFixedHeight(max(44, row.heightForWidth(self.width())))
        self.move(
            parent.width() - self.width() - MARGIN,
            parent.height() - self.height() - MARGIN - self.bottom_room,
        )

    def _act(self) -> None:
        self.hide()
        if self._acting:
            self._acting()
