"""What an import would bring, and what it brought."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.dataset.records import ImportReport
from studio.numbers import format_count
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.progress_row import Track
from studio.ui.widgets.scroll_column import ScrollColumn
from studio.ui.widgets.section import FoldingSection
from studio.ui.widgets.text import PlainLabel

TONES = {"dangerous": "dangerous_mark", "safe": "safe_mark"}


class ReportPanel(ScrollColumn):
    """The right dock: counts with bars; `see_wanted` once it is done."""

    see_wanted = Signal()

    def __init__(self) -> None:
        inner = QFrame()
        super().__init__(inner)
        self.notes: list[PlainLabel] = []
        self.figure = PlainLabel("", role="figure", tabular=True)
        self.of = PlainLabel("", tone="text_2", wrap=True)
        self.see = make_button("See the samples", icon="squares-four")
        self.see.clicked.connect(self.see_wanted)
        self.see.hide()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.of, 1)
        top = QVBoxLayout()
        top.setContentsMargins(16, 14, 16, 10)
        top.setSpacing(8)
        top.addWidget(PlainLabel("4  Report", role="small_strong", tone="text_2"))
        top.addLayout(head)
        top.addWidget(self.see)
        self.sections = QVBoxLayout()
        self.sections.setSpacing(0)
        inner.setProperty("surface", "panel")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(self.sections)
        column.addStretch(1)
        self.show_nothing()

    def show_nothing(self) -> None:
        """Before a source is chosen."""
        self._clear()
        self.figure.hide()
        self.of.setText("Nothing is written before you press Import.")
        self.see.hide()

    def show_report(self, report: ImportReport, *, written: bool) -> None:
        """Counts by label and split, what is left out, and what needs a look."""
        self._clear()
        self.figure.setText(format_count(report.samples))
        self.figure.show()
        verb = "imported" if written else "can be imported"
        self.of.setText(f"of {report.rows:,} rows {verb}")
        self.see.setVisible(written)
        unlabelled = report.samples - sum(report.labels.values()) - report.contradictions
        labels = dict(sorted(report.labels.items(), key=lambda pair: -pair[1]))
        if report.contradictions:
            labels["unsure"] = labels.get("unsure", 0) + report.contradictions
        if unlabelled > 0 and (labels or not report.answers):
            labels["unlabelled"] = unlabelled
        self._add_bars("Labels", labels, report.samples)
        if report.splits:
            rest = report.samples - sum(report.splits.values())
            splits = report.splits | ({"no split": rest} if rest > 0 else {})
            self._add_bars("Splits", splits, report.samples)
        self._add_bars("Answers by script", report.scripts, report.answers)
        self._add_bars("Left out", _left_out(report), max(report.rows, 1))
        self._add_notes(report)

    def _add_notes(self, report: ImportReport) -> None:
        notes: list[str] = []
        if report.contradictions:
            noun = "sample appears" if report.contradictions == 1 else "samples appear"
            imported = "It is" if report.contradictions == 1 else "They are"
            wait = "waits" if report.contradictions == 1 else "wait"
            notes.append(
                f"{report.contradictions:,} {noun} twice with different labels. "
                f"{imported} imported as unsure and {wait} in Review."
            )
        if report.added_captions:
            notes.append(
                f"{report.added_captions:,} captions belong to an image that came before; "
                "they are kept with it."
            )
        if report.image_problems:
            count = len(report.image_problems)
            noun = "image" if count == 1 else "images"
            notes.append(
                f"{count:,} {noun} cannot be shown: {report.image_problems[0].reason}. "
                "The captions are imported."
            )
        if report.new_labels:
            notes.append(f"New labels: {', '.join(report.new_labels)}.")
        if notes:
            section = FoldingSection("To know")
            self.notes = [PlainLabel(note, tone="text_2", wrap=True) for note in notes]
            for note in self.notes:
                section.add(note)
            self.sections.addWidget(section)

    def _add_bars(self, title: str, counts: dict[str, int], whole: int) -> None:
        if not counts:
            return
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (name, count) in enumerate(counts.items()):
            track = Track(TONES.get(name, "text_3"), 5)
            track.show_share(count / max(whole, 1))
            grid.addWidget(PlainLabel(name, role="small", elide=True), row, 0)
            grid.addWidget(track, row, 1)
            grid.addWidget(PlainLabel(format_count(count), role="small", tabular=True), row, 2)
        holder = QWidget()
        holder.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        self.sections.addWidget(FoldingSection(title, holder))

    def _clear(self) -> None:
        self.notes = []
        while (item := self.sections.takeAt(0)) is not None:
            widget = item.widget()
            if widget:
                widget.hide()
                widget.deleteLater()


def _left_out(report: ImportReport) -> dict[str, int]:
    counts = {
        "with problems": report.problem_count,
        "duplicates": report.duplicates,
        **{f"file {kind}": count for kind, count in report.skipped.items()},
    }
    return {name: count for name, count in counts.items() if count}
