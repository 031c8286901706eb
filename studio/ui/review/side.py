"""The right panel of the deck: why a card is here and everything that speaks for or against."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio.numbers import format_probability
from studio.project.records import LabelRow
from studio.ui import actions, fonts, label_colours, sample_edits, theme
from studio.ui.review.confidence_curve import ConfidenceCurve
from studio.ui.review.reading import CardFacts, run_words
from studio.ui.review.weighed_words import WeighedWords
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.label_mark import paint_label_mark
from studio.ui.widgets.opinion_bars import OpinionBars
from studio.ui.widgets.section import FoldingSection
from studio.ui.widgets.text import PlainLabel
from studio.ui.widgets.text_fit import fit_height

OPINIONS = 4
PADDING = 16
WHY_INDENT = 28  # the flag and its gap
NEAR_ROW = 28
HIDDEN = "Its label and what models say are hidden until you have answered."
TAKEN_OFF = "The label was taken off since."


class NearestCaptions(QWidget):
    """A caption a line, with the mark of its label and how alike it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[tuple[str, str, str, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.watch(self.update)

    def show_facts(self, facts: CardFacts) -> None:
        rows = {row.id: row for row in facts.neighbour_rows}
        self._lines = [
            (
                near.caption,
                rows[near.neighbour_id].label_shape or "dashed",
                rows[near.neighbour_id].label_colour,
                near.similarity,
            )
            for near in facts.neighbours
            if near.neighbour_id in rows
        ]
        self.setFixedHeight(self.sizeHint().height())
        self.setAccessibleName("; ".join(line[0] for line in self._lines))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, fonts.scaled(NEAR_ROW) * len(self._lines))

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setFont(fonts.role_font("small", tabular=True))
        middle = Qt.AlignmentFlag.AlignVCenter
        for at, (caption, shape, colour, alike) in enumerate(self._lines):
            box = QRect(0, at * fonts.scaled(NEAR_ROW), self.width(), fonts.scaled(NEAR_ROW))
            painter.setPen(tokens.color("text_3"))
            words = format_probability(alike)
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, words)
            mark = QRectF(box.right() - 50, box.center().y() - 6, 13, 13)
            paint_label_mark(painter, mark, shape, label_colours.mark_colour(tokens, colour))
            painter.setPen(tokens.color("text_2"))
            room = box.width() - 60
            shown = painter.fontMetrics().elidedText(
                " ".join(caption.split()), Qt.TextElideMode.ElideRight, room
            )
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignLeft, shown)
        painter.end()


class ReviewSide(QWidget):
    """Sections that are shown when there is something in them; blind hides what models think."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.why = PlainLabel("", wrap=True)
        self.also = PlainLabel("", role="small", tone="text_3", wrap=True)
        self.bars = OpinionBars()
        self.curve = ConfidenceCurve()
        self.near = NearestCaptions()
        self.words = WeighedWords()
        self.foot = PlainLabel("", role="small", tone="text_3", elide=True)
        self.why_section = FoldingSection("Why it is here", self._why_body())
        self.models = FoldingSection("Models say", self.bars)
        self.models.set_detail("hides", actions.shown_key("blind"))
        self.hidden = PlainLabel(HIDDEN, role="small", tone="text_3", wrap=True)
        self.hidden.setContentsMargins(PADDING, 12, PADDING, 12)
        self.training = FoldingSection("Confidence in the label while training", self.curve)
        self.nearest = FoldingSection("Nearest captions", self.near)
        self.weighed = FoldingSection("Words the run weighed", self.words)
        self._lay_out()

    def _why_body(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Glyph("flag", "warn", 16), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.why, 1)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.also)
        return holder

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.hidden)
        for section in (
            self.why_section,
            self.models,
            self.training,
            self.nearest,
            self.weighed,
        ):
            column.addWidget(section)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside.setAutoFillBackground(False)  # the dock's own ground shows through
        self.foot.setContentsMargins(16, 8, 16, 12)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        outer.addWidget(self.foot)

    def show_facts(self, facts: CardFacts, labels: Sequence[LabelRow], *, blind: bool) -> None:
        row = facts.detail.row
        self.why.setText(why_words(facts))
        self.also.setText(nearest_words(facts))
        self.also.setVisible(bool(self.also.text()) and not blind)
        self.hidden.setVisible(blind)
        self.why_section.setVisible(not blind)
        self.bars.show_opinions(sample_edits.opinions(facts.detail.predictions[:OPINIONS], labels))
        self.models.setVisible(bool(facts.detail.predictions) and not blind)
        self.curve.show_dynamics(facts.dynamics, row.label_colour)
        self.training.setVisible(facts.dynamics is not None and not blind)
        self.near.show_facts(facts)
        self.nearest.setVisible(bool(facts.neighbours))
        self.words.show_words(facts.words)
        self.weighed.setVisible(bool(facts.words) and not blind)
        self.weighed.set_title(f"Words {run_words(facts.run_id, facts.run_name)} weighed")
        name = row.image_path.name if row.image_path else row.key
        origin = f"caption by {row.caption_origin}" if row.caption_origin else "no caption"
        self._fit_words()
        self.foot.setText(f"{name} · {row.split or 'no split'} · {origin}")

    def _fit_words(self) -> None:
        """Wrapped labels inside a folding section do not ask for their own height."""
        width = self.width() - 2 * PADDING
        fit_height(self.why, width - WHY_INDENT)
        fit_height(self.also, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_words()


def why_words(facts: CardFacts) -> str:
    """The reason as a sentence; the plain facts when no run suspects the label."""
    row, suspect = facts.detail.row, facts.suspect
    label = row.label or "unlabelled"
    if suspect is None or not suspect.flagged:
        return f"Labelled {label}, {'reviewed' if row.reviewed else 'not reviewed yet'}."
    given = facts.dynamics.label if facts.dynamics else label
    run = run_words(facts.run_id, facts.run_name)
    parts = [f"Labelled {given} when {run} trained.", _reason(suspect.reason)]
    parts.append(f"Mean confidence in that label {format_probability(suspect.confidence)}.")
    if suspect.suggested not in (None, given):
        parts.append(f"The run says {suspect.suggested}.")
    if row.label != given:
        parts.append(f"The label was changed to {label} since." if row.label else TAKEN_OFF)
    return " ".join(parts)


def _reason(reason: str) -> str:
    """The suspects' reason as a sentence of its own."""
    if reason.startswith("captions like it"):
        return f"{reason[:1].upper()}{reason[1:]}."
    if reason.startswith("twin says"):
        return f"A {reason}."
    return f"It was {reason}."


def nearest_words(facts: CardFacts) -> str:
    """How many of the nearest captions have another label."""
    label = facts.detail.row.label
    others = [near.label for near in facts.neighbours if near.label not in (None, label)]
    if not others:
        return ""
    most = max(set(others), key=others.count)
    count = others.count(most)
    verb = "is" if count == 1 else "are"
    return f"{count} of its {len(facts.neighbours)} nearest captions {verb} labelled {most}."
