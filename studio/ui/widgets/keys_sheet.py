"""The sheet of all keys: searchable; a press on a row gives the act another key."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QKeySequenceEdit, QVBoxLayout, QWidget

from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.search_list import Entry, SearchList
from studio.ui.widgets.text import PlainLabel


class KeysSheet(QDialog):
    """Knows acts as entries alone: who opens it says what a new key would clash with.

    `clash(id, key)` names the act that has the key already, or "" where it is free;
    `rebind(id, key)` keeps it, `restore(id)` goes back, `entries()` gives the rows anew.
    """

    def __init__(
        self,
        entries: Callable[[], list[Entry]],
        clash: Callable[[str, str], str],
        rebind: Callable[[str, str], None],
        restore: Callable[[str], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("All keys")
        self.resize(560, 620)
        self.entries, self.clash, self.rebind, self.restore = entries, clash, rebind, restore
        self.search = SearchList("Find a key or an act", entries())
        self.search.taken.connect(self.choose)
        self.chosen = ""
        self.name = PlainLabel("Choose an act to give it another key.", tone="text_2", elide=True)
        self.editor = QKeySequenceEdit()
        self.editor.setMaximumSequenceLength(1)
        self.editor.setAccessibleName("New key")
        self.editor.keySequenceChanged.connect(self._check)
        self.problem = PlainLabel("", role="small", tone="warn", elide=True)
        self.keep = make_button("Keep", "primary", size="bar")
        self.keep.clicked.connect(self.keep_key)
        self.back = make_button("As it was", "ghost", size="bar")
        self.back.clicked.connect(self.restore_key)
        self._build()
        self._show_editor(False)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(10)
        column.addWidget(PlainLabel("All keys", role="title"))
        column.addWidget(self.search, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.name, 1)
        for widget in (self.editor, self.keep, self.back):
            row.addWidget(widget)
        column.addLayout(row)
        column.addWidget(self.problem)

    def choose(self, id: str) -> None:
        """Offer another key for an act."""
        self.chosen = id
        entry = next(entry for entry in self.entries() if entry.id == id)
        self.name.setText(entry.text)
        self.editor.setKeySequence(QKeySequence(entry.key))
        self._show_editor(True)
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def keep_key(self) -> None:
        """Give the act the key in the editor, unless it clashes."""
        if self.chosen and not self.problem.text():
            self.rebind(self.chosen, self._key())
            self._renew()

    def restore_key(self) -> None:
        """Give the act its first keys again."""
        if self.chosen:
            self.restore(self.chosen)
            self._renew()

    def _renew(self) -> None:
        self.search.show_entries(self.entries())
        self._show_editor(False)
        self.name.setText("Kept.")
        self.search.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _check(self) -> None:
        other = self.clash(self.chosen, self._key()) if self.chosen and self._key() else ""
        self.problem.setText(f"{self._key()} is taken by “{other}”." if other else "")
        self.keep.setEnabled(not other)

    def _key(self) -> str:
        return self.editor.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _show_editor(self, shown: bool) -> None:
        for widget in (self.editor, self.keep, self.back):
            widget.setVisible(shown)
        if not shown:
            self.chosen = ""
            self.problem.setText("")
