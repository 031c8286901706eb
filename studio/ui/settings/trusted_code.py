"""The models whose own code may run, each with a way to take that back."""

from PySide6.QtWidgets import QGridLayout, QLayoutItem, QVBoxLayout, QWidget

from studio import preferences
from studio.numbers import format_moment
from studio.preferences import TrustedCode
from studio.ui.widgets.buttons import KeyButton, make_button
from studio.ui.widgets.text import PlainLabel, plain_tooltip
from workers.contract.model_code import short

NONE = "No model runs code of its own. It is allowed on the Recipe page, revision by revision."
RUNNING = "A run that is under way goes on; the next one is refused."


class TrustedCodeList(QWidget):
    """Reads the preferences anew after each removal."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, KeyButton] = {}
        self.words = PlainLabel(NONE, role="small", tone="text_3", wrap=True)
        self._rows = QWidget()
        self._grid = QGridLayout(self._rows)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._rows)
        column.addWidget(self.words)
        self.refresh()

    def refresh(self) -> None:
        """Show what is allowed now."""
        while (item := self._grid.takeAt(0)) is not None:
            _end(item)
        kept = preferences.load().trusted_code
        self.buttons = {one.digest: self._add(one, row) for row, one in enumerate(kept)}
        self._rows.setVisible(bool(kept))
        self.words.setText(RUNNING if kept else NONE)

    def remove(self, digest: str) -> None:
        """Let this revision run no more."""
        preferences.distrust_code(digest)
        self.refresh()

    def _add(self, one: TrustedCode, row: int) -> KeyButton:
        digest = PlainLabel(short(one.digest), role="mono", tone="text_2")
        digest.setToolTip(plain_tooltip(one.digest))
        button = make_button("Remove", size="bar")
        button.setAccessibleName(f"Remove {one.model}, revision {short(one.digest)}")
        button.clicked.connect(lambda: self.remove(one.digest))
        moment = PlainLabel(format_moment(one.allowed_at), tone="text_3", tabular=True)
        shown = (PlainLabel(one.model, elide=True), digest, moment, button)
        for place, widget in enumerate(shown):
            self._grid.addWidget(widget, row, place)
        return button


def _end(item: QLayoutItem) -> None:
    widget = item.widget()
    if widget is not None:
        widget.hide()
        widget.deleteLater()
