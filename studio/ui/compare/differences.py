"""The right column: differences with intervals, data, options, and the likely cause."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.numbers import format_value
from studio.runs.bootstrap import Interval
from studio.ui import fonts, theme
from studio.ui.compare.cards import metric_title, points_of
from studio.ui.compare.reading import Compared, DataRow, lineage_rows, option_rows
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.interval_plot import IntervalPlot
from studio.ui.widgets.label_mark import paint_label_mark
from studio.ui.widgets.scroll_column import ScrollColumn
from studio.ui.widgets.section import FoldingSection
from studio.ui.widgets.text import PlainLabel
from workers.contract.options import all_options

ROW = 27
SHOWN_INTERVALS = 6


class SideTable(QWidget):
    """Rows of name, A and B; what differs stands out, hairlines between."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[DataRow] = []
        self.colours = ("plot-1", "plot-2")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.watch(self.update)

    def sizeHint(self) -> QSize:
        return QSize(300, fonts.scaled(ROW) * (len(self._rows) + 1))

    def show_rows(self, rows: list[DataRow], colours: tuple[str, str]) -> None:
        """Show rows under the letters of the runs."""
        self._rows, self.colours = rows, colours
        self.setAccessibleDescription(
            "; ".join(f"{row.name}: {row.first or 'none'}, {row.second}" for row in rows)
        )
        self.updateGeometry()
        self.update()

    def rows(self) -> list[DataRow]:
        """What is shown."""
        return list(self._rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current_tokens()
        height = fonts.scaled(ROW)
        for place, letter in enumerate("AB"):
            mark = QRectF(self._column(place), 5, 16, 16)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color(self.colours[place]))
            painter.drawRoundedRect(mark, 4, 4)
            painter.setPen(tokens.color("panel"))
            painter.setFont(fonts.role_font("tiny"))
            painter.drawText(mark, Qt.AlignmentFlag.AlignCenter, letter)
        for place, row in enumerate(self._rows, start=1):
            top = place * height
            painter.fillRect(QRectF(0, top, self.width(), 1), tokens.color("line"))
            self._paint_row(painter, row, float(top), float(height))

    def _paint_row(self, painter: QPainter, row: DataRow, top: float, height: float) -> None:
        left = 0.0
        if row.label is not None:
            mark = QRectF(0, top + (height - 12) / 2, 12, 12)
            paint_label_mark(painter, mark, row.label.shape, row.label.colour)
            left = 20.0
        font = fonts.role_font("small", tabular=True)
        tone = "text_1" if row.differs else "text_3"
        width = self._column(0) - left - 8
        self._cell(painter, font, tone, row.name, QRectF(left, top, width, height))
        column = self._column(1) - self._column(0) - 8
        place = QRectF(self._column(0), top, column, height)
        self._cell(painter, font, "text_2" if row.differs else "text_3", row.first, place)
        if row.differs:
            font.setWeight(QFont.Weight.DemiBold)
        place = QRectF(self._column(1), top, self.width() - self._column(1), height)
        self._cell(painter, font, tone, row.second, place)

    def _cell(self, painter: QPainter, font: QFont, tone: str, text: str, place: QRectF) -> None:
        painter.setFont(font)
        painter.setPen(theme.current_tokens().color(tone))
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(place.width(), 0))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)

    def _column(self, place: int) -> float:
        return self.width() * (0.46, 0.73)[place]


class Differences(QWidget):
    """Sections that fold; asks for three more runs where chance is in doubt."""

    def __init__(self) -> None:
        super().__init__()
        self._compared: Compared | None = None
        self._everything = False
        self.intervals = IntervalPlot()
        self.measured = FoldingSection("Differences, with intervals", self.intervals,
                                       remember_as="compare-intervals")  # fmt: skip
        self.measured.set_detail("grey: may be chance")
        self.data_table = SideTable()
        self.data = FoldingSection("Data", self.data_table, remember_as="compare-data")
        self.option_table = SideTable()
        self.options = FoldingSection("Options", self.option_table, remember_as="compare-options")
        self.all = make_button("Show all", "link")
        self.all.clicked.connect(self._show_everything)
        self.options.add(self.all)
        self.cause = PlainLabel("", role="small", wrap=True)
        self._build()

    def _build(self) -> None:
        band = QFrame()
        band.setProperty("surface", "band_accent")
        row = QHBoxLayout(band)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(10)
        row.addWidget(Glyph("info", "accent_text"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.cause, 1)
        around = QVBoxLayout()
        around.setContentsMargins(16, 14, 16, 14)
        around.addWidget(band)
        body = QWidget()
        sections = QVBoxLayout(body)
        sections.setContentsMargins(0, 4, 0, 0)
        sections.setSpacing(0)
        for section in (self.measured, self.data, self.options):
            sections.addWidget(section)
        sections.addLayout(around)
        sections.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(ScrollColumn(body))

    def show_compared(self, compared: Compared) -> None:
        """Show all that differs."""
        self._compared = compared
        found = compared.comparison
        self.intervals.show_rows(
            [points_of(metric_title(one.metric), one) for one in chosen_intervals(compared)]
        )
        colours = (compared.first.colour, compared.second.colour)
        self.data_table.show_rows(compared.data, colours)
        self.data.set_detail(compared.data_detail)
        self.cause.setText(found.sentence)
        self._show_options()

    def _show_options(self) -> None:
        compared = self._compared
        if compared is None:
            return
        titles = {spec.name: spec.label for spec in all_options()}
        rows = [
            DataRow(
                titles.get(name, name), format_value(first), format_value(second), None, differs
            )
            for name, first, second, differs in option_rows(compared, everything=self._everything)
        ]
        rows = [
            DataRow(name, format_value(first), format_value(second), None, first != second)
            for name, first, second in lineage_rows(compared)
        ] + rows
        self.option_table.show_rows(rows, (compared.first.colour, compared.second.colour))
        count = len(compared.comparison.options)
        everything = len(compared.second.options)
        differ = "differs" if count == 1 else "differ"
        self.options.set_detail(f"{count:,} of {everything:,} {differ}")
        self.all.setText("Show what differs" if self._everything else "Show all")

    def _show_everything(self) -> None:
        self._everything = not self._everything
        self._show_options()


def chosen_intervals(compared: Compared) -> list[Interval]:
    """Accuracy, F1 of each label, recall of the first, and the calibration error."""
    found = compared.comparison.intervals
    recalls = [one for one in found if one.metric.startswith("recall/")]
    rest = [one for one in found if not one.metric.startswith("recall/")]
    return [*rest[:-1][:SHOWN_INTERVALS], *recalls[:1], *rest[-1:]]
