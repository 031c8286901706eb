"""What trying the longest batch has shown: peak, time, disk; else options that would fit."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.numbers import NO_BREAK, format_bytes, format_count, format_duration
from studio.runs.probing import Probe
from studio.runs.state import RunState
from studio.ui.widgets.buttons import KeyButton, make_button
from studio.ui.widgets.progress_row import ProgressRow
from studio.ui.widgets.text import PlainLabel, plain_tooltip
from workers.contract.events import Probed, Proposal

TRY, AGAIN = "Try the longest batch", "Try again"
WHAT = "Some steps in memory: the real peak, the time, the disk."
STALE = "Options have changed since."
READING = "Reading the samples"
STOPPED = "Stopped before it was known."
COLUMNS = 3
FIGURES = ("Peak", "A step", "To the end", "Batch", "Free", "Disk")
EXACT_BELOW = 10.0


@dataclass(frozen=True)
class ProbeLook:
    """The newest probe, whether its options are others than the form's, why none can start."""

    probe: Probe | None = None
    stale: bool = False
    blocked: str = ""


class ProposalRow(QWidget):
    """Options that would fit, what they cost, a button that sets them."""

    def __init__(self, proposal: Proposal) -> None:
        super().__init__()
        self.proposal = proposal
        self.words = PlainLabel(proposal.words, role="small", elide=True)
        detail = f"{proposal.cost} · about {format_bytes(proposal.bytes)}"
        self.detail = PlainLabel(detail, role="small", tone="text_2", elide=True)
        self.use = make_button("Use", size="bar", tooltip="Set these options in the form.")
        self.use.setAccessibleName(f"Use {proposal.words}")
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.words)
        column.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addLayout(column, 1)
        row.addWidget(self.use)


class ProbePanel(QWidget):
    """`tried` and `cancelled` are wishes; `used` carries the proposal of a button."""

    tried = Signal()
    cancelled = Signal()
    used = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.button: KeyButton = make_button(TRY, icon="gauge", size="bar")
        self.remark = PlainLabel(WHAT, role="small", tone="text_3", elide=True)
        self.progress = ProgressRow("", can_cancel=True)
        self.sentence = PlainLabel("", role="small", wrap=True)
        self.numbers = {name: PlainLabel("–", role="small", tabular=True) for name in FIGURES}
        self.figures = self._make_figures()
        self.rows: list[ProposalRow] = []
        self.proposals = QVBoxLayout()
        self.proposals.setSpacing(6)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.button)
        line.addWidget(self.remark, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(8)
        column.addLayout(line)
        for widget in (self.progress, self.sentence, self.figures):
            column.addWidget(widget)
        column.addLayout(self.proposals)
        self.button.clicked.connect(self.tried)
        self.progress.cancelled.connect(self.cancelled)
        self.show_look(ProbeLook())

    def show_look(self, look: ProbeLook) -> None:
        """Show how far it is, or what it found."""
        probe = look.probe
        going = probe if probe is not None and not probe.state.is_over else None
        found = probe.found if probe is not None and going is None else None
        for widget in (self.button, self.remark):
            widget.setVisible(going is None)
        self.progress.setVisible(going is not None)
        if going is not None:
            self._show_progress(going)
        self._show_button(look, known=found is not None)
        self._show_found(found, look.stale)
        words, tone = ("", "text_1") if going is not None else _sentence(look)
        self.sentence.setText(words)
        self.sentence.set_tone(tone)
        self.sentence.setVisible(bool(words))

    def _show_button(self, look: ProbeLook, *, known: bool) -> None:
        self.button.setText(AGAIN if known and not look.stale else TRY)
        self.button.setEnabled(not look.blocked)
        self.button.explain(look.blocked or WHAT)
        self.remark.setText(look.blocked or (STALE if known and look.stale else WHAT))
        self.remark.set_tone("warn" if known and look.stale and not look.blocked else "text_3")

    def _show_progress(self, probe: Probe) -> None:
        self.progress.set_name(
            "Waiting" if probe.state == RunState.QUEUED else probe.stage or READING
        )
        if probe.total > 1:
            self.progress.show_progress(probe.done, probe.total)
        else:
            self.progress.show_busy()

    def _show_found(self, found: Probed | None, stale: bool) -> None:
        measured = found is not None and found.peak > 0
        self.figures.setVisible(measured)
        if found is not None and measured:
            for name, words in _figures(found).items():
                self.numbers[name].setText(words)
                self.numbers[name].set_tone("text_3" if stale else "text_1")
        self._show_proposals(found.proposals if found and not stale else ())

    def _show_proposals(self, proposals: tuple[Proposal, ...]) -> None:
        if [row.proposal for row in self.rows] == list(proposals):
            return
        for row in self.rows:
            self.proposals.removeWidget(row)
            row.hide()  # it stays where it is until it is deleted
            row.deleteLater()
        self.rows = [ProposalRow(one) for one in proposals]
        for row in self.rows:
            row.use.clicked.connect(lambda _=False, one=row.proposal: self.used.emit(one))
            self.proposals.addWidget(row)

    def _make_figures(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for place, name in enumerate(FIGURES):
            row = QHBoxLayout()
            row.setSpacing(6)
            row.addWidget(PlainLabel(name, role="small", tone="text_2", elide=True), 1)
            row.addWidget(self.numbers[name])
            grid.addLayout(row, place // COLUMNS, place % COLUMNS)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        self.numbers["Disk"].setToolTip(plain_tooltip("The checkpoints kept, and one export."))
        self.numbers["Batch"].setToolTip(plain_tooltip("Samples × tokens of the longest batch."))
        holder.setContentsMargins(0, 0, 0, 0)
        return holder


def _figures(found: Probed) -> dict[str, str]:
    return {
        "Peak": format_bytes(found.peak),
        "A step": seconds_words(found.seconds_per_step),
        "To the end": format_duration(found.seconds_to_end),
        "Batch": f"{format_count(found.rows)} × {format_count(found.tokens)}",
        "Free": format_bytes(found.free),
        "Disk": format_bytes(found.disk),
    }


def seconds_words(seconds: float) -> str:
    """0.34 s, 1.4 s, then whole ones."""
    if seconds >= EXACT_BELOW:
        return format_duration(seconds)
    return f"{seconds:.2f}{NO_BREAK}s" if seconds < 1 else f"{seconds:.1f}{NO_BREAK}s"


def _sentence(look: ProbeLook) -> tuple[str, str]:
    """What came out in words, and their tone."""
    probe = look.probe
    if probe is None:
        return "", "text_1"
    found = probe.found
    if found is None:
        return (STOPPED, "text_2") if probe.state == RunState.STOPPED else (probe.message, "warn")
    tone = "text_3" if look.stale else "done" if found.fits else "warn"
    estimate = f"{format_bytes(found.low)} – {format_bytes(found.high)}"
    if found.fits:
        words = f"It fits: {format_bytes(found.peak)} measured, {estimate} estimated."
        return words, tone
    if found.peak:
        return found.message, tone
    start = f"Out of memory: about {format_bytes(found.high)} needed"
    words = f"{start}, {format_bytes(found.free)} free."
    if found.high <= found.free:
        words = f"Out of memory: {format_bytes(found.free)} were not enough."
    if not found.proposals:
        return f"{words} Nothing smaller would fit: take a smaller model.", tone
    return (words if look.stale else f"{words} This would fit:"), tone
