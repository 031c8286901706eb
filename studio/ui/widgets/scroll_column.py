"""An upright scroll area whose wrapped sentences get the height that they need."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class ScrollColumn(QScrollArea):
    """Shows the ground of the column it stands in.

    Qt asks a scrolled widget for the least height of its parts and then squeezes them where
    sentences wrap; here the widget is as high as its layout wants it at its width.
    """

    def __init__(self, body: QWidget) -> None:
        super().__init__()
        self._body = body
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(body)
        self.viewport().setAutoFillBackground(False)
        body.setAutoFillBackground(False)
        body.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit anew when a part wants another size."""
        if watched is self._body and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit to another width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The bar is decided by the width without it: parts may be higher where they are wider."""
        layout = self._body.layout()
        if layout is None or not layout.hasHeightForWidth():
            self._body.setMinimumHeight(0)
            return
        room = self.viewport().height()
        height = layout.totalHeightForWidth(self.width())
        if height > room:
            beside = self.width() - self.verticalScrollBar().sizeHint().width()
            height = max(layout.totalHeightForWidth(beside), room + 1)
        self._body.setMinimumHeight(height)
