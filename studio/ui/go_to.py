"""Go to anything: pages, views, runs, samples by id, options by name, commands with their keys."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from studio.document import Document
from studio.project import queries, query_language, run_queries
from studio.ui import actions
from studio.ui.navigation import ICONS, TITLES, Destination, PageName
from studio.ui.widgets.search_list import Entry, SearchList
from workers.contract.options import all_options

SAMPLES_SHOWN = 8


class GoTo(QDialog):
    """Tells what was chosen: `go` gets a destination, `act` the id of a command."""

    def __init__(
        self,
        document: Document | None,
        present: tuple[PageName, ...],
        *,
        go: Callable[[Destination], None],
        act: Callable[[str], None],
        commands: tuple[str, ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Go to anything")
        self.resize(560, 420)
        self.document, self.present = document, present
        self.go, self.act, self.commands = go, act, commands
        self.destinations: dict[str, Destination] = {}
        self.search = SearchList("Go to a page, view, run, sample, option or command")
        self.search.taken.connect(self.take)
        self.search.searched.connect(self._find_samples)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(self.search)
        self.search.show_entries(self._entries())

    def take(self, id: str) -> None:
        """Close and go."""
        self.accept()
        if id in self.destinations:
            self.go(self.destinations[id])
        else:
            self.act(id)

    def _entries(self) -> list[Entry]:
        entries = []
        if self.document is not None:
            entries += [*self._pages(), *self._views(), *self._runs(), *self._options()]
        entries += [
            Entry(id, actions.BY_ID[id].text, "Command", "command", actions.shown_key(id))
            for id in self.commands
        ]
        return entries

    def _pages(self) -> list[Entry]:
        return [
            self._entry(Destination(page), TITLES[page], "Page", ICONS[page], f"page_{page}")
            for page in self.present
        ]

    def _views(self) -> list[Entry]:
        if self.document is None:
            return []
        return [
            self._entry(
                Destination(PageName.SAMPLES, query=view.query), view.name, view.query, "bookmark"
            )
            for view in self.document.query(queries.view_rows)
        ]

    def _runs(self) -> list[Entry]:
        if self.document is None:
            return []
        return [
            self._entry(
                Destination(PageName.RUNS, run_ids=(run.id,)),
                run.name or f"Run {run.id}",
                f"Run {run.id} · {run.state}",
                "chart-line-up",
            )
            for run in self.document.query(run_queries.run_rows)
            if run.kind == "train"
        ]

    def _options(self) -> list[Entry]:
        if PageName.RECIPE not in self.present:
            return []
        return [
            self._entry(
                Destination(PageName.RECIPE, part=spec.name),
                spec.label,
                f"Option {spec.name}",
                "sliders-horizontal",
            )
            for spec in all_options()
        ]

    def _entry(
        self, destination: Destination, text: str, detail: str, icon: str, act: str = ""
    ) -> Entry:
        id = f"to-{len(self.destinations)}"
        self.destinations[id] = destination
        return Entry(id, text, detail, icon, actions.shown_key(act) if act else "")

    def _find_samples(self, text: str) -> None:
        """Samples whose id or key begins with what was typed."""
        word = text.strip().removeprefix("#")
        if self.document is None or not word or PageName.SAMPLES not in self.present:
            return
        quoted = query_language.quote_value(word)
        query = f"key:{quoted}"
        ids = list(self.document.query(queries.sample_ids, query))[:SAMPLES_SHOWN]
        rows = self.document.query(queries.sample_rows, ids)
        self.search.show_extra(
            [
                self._entry(
                    Destination(PageName.SAMPLES, sample_id=row.id),
                    row.key,
                    f"Sample · {row.caption}",
                    "image",
                )
                for row in rows
            ]
        )


def open_go_to(dialog: GoTo) -> None:
    """Show the dialog near the top of its window, without stopping it."""
    parent = dialog.parentWidget()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if parent is not None:
        top = parent.mapToGlobal(parent.rect().topLeft())
        dialog.move(top.x() + (parent.width() - dialog.width()) // 2, top.y() + 72)
    dialog.open()
