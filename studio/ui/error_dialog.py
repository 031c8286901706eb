"""The studio's top handler: what happened, what to do, the details folded, once."""

import sys
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QThread, Signal
from PySide6.QtWidgets import QApplication, QWidget

from studio.errors import StudioError
from studio.ui.widgets.dialog import Answer, QuestionDialog

BUG_ADVICE = (
    "This is a fault of the studio, not yours. Everything edited so far is saved. "
    "Copy the details if you report it."
)


class TopHandler(QObject):
    """Takes every error that nobody caught, from any thread, to the window's thread."""

    raised = Signal(object)

    def __init__(self, show: Callable[[BaseException], None]) -> None:
        super().__init__()
        self.raised.connect(show, Qt.ConnectionType.AutoConnection)

    def take(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """The excepthook."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        if not isinstance(error, StudioError):
            sys.__excepthook__(kind, error, trace)
        self.raised.emit(error)


class ErrorShower(QObject):
    """Shows one error at a time; the same fault again while it is shown is not shown twice."""

    def __init__(self, window: Callable[[], QWidget | None]) -> None:
        super().__init__()
        self.window = window
        self.dialog: QuestionDialog | None = None

    def show_error(self, error: BaseException) -> None:
        """Open the dialog without stopping the window's other work."""
        if self.dialog is not None or QThread.currentThread() is not self.thread():
            return
        self.dialog = make_error_dialog(error, self.window())
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def _closed(self) -> None:
        if self.dialog is not None:
            if self.dialog.answer == "copy":
                QApplication.clipboard().setText(self.dialog.property("details"))
            self.dialog.deleteLater()
        self.dialog = None


def make_error_dialog(error: BaseException, parent: QWidget | None = None) -> QuestionDialog:
    """A StudioError shows its own words; a bug its kind, with the traceback folded."""
    if isinstance(error, StudioError):
        answers = [Answer("ok", "Close", "primary", harmless=True)]
        return QuestionDialog(error.message, error.advice, answers, parent=parent)
    details = "".join(traceback.format_exception(error))
    title = f"Something went wrong: {type(error).__name__}"
    answers = [Answer("copy", "Copy details"), Answer("ok", "Close", "primary", harmless=True)]
    dialog = QuestionDialog(title, BUG_ADVICE, answers, details=details, parent=parent)
    dialog.setProperty("details", details)
    return dialog


def install(window: Callable[[], QWidget | None]) -> tuple[TopHandler, ErrorShower]:
    """Make the window show what nobody caught; keep what is returned."""
    shower = ErrorShower(window)
    handler = TopHandler(shower.show_error)
    sys.excepthook = handler.take
    return handler, shower
