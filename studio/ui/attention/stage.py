"""The middle: word chips, the caption as a line with attention under it, controls, every layer."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.attention import look as looking
from studio.attention.look import Look, Side, WordReading
from studio.attention.reduce import Over
from studio.numbers import format_moment
from studio.ui.attention import word_layout
from studio.ui.attention.control_row import ControlRow
from studio.ui.attention.layer_strip import LayerStrip
from studio.ui.attention.sample_facts import SampleView
from studio.ui.attention.word_flow import WordFlow
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.marks import KeyMark
from studio.ui.widgets.text import PlainLabel

LONGEST_LINE = 860


class Stage(QWidget):
    """Shows a view and a look; its parts tell what is wanted.

    The chips are the words whose reading is known: all of a caption, or those of an answer.
    """

    chosen = Signal(int)  # the place of a word among all words

    def __init__(self) -> None:
        super().__init__()
        self.readers: list[int] = []
        self.chips = WordFlow(word_layout.CHIPS)
        self.line = WordFlow(word_layout.STAGE, ground="matte")
        self.caption_note = PlainLabel("", role="small", tone="text_3", elide=True)
        self.bar_note = PlainLabel("", role="small", tone="text_3")
        self.stale = Chip("", "warn", "warning-fill")
        self.again = make_button("Capture again", size="bar")
        self.stale.hide()
        self.again.hide()
        self.controls = ControlRow()
        self.strip = LayerStrip()
        self.chips.chosen.connect(lambda place: self.chosen.emit(self.readers[place]))
        self.line.chosen.connect(self._choose)
        self.strip_title = PlainLabel("", role="small_strong", tone="text_1")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_top())
        column.addWidget(self._make_stage(), 1)
        column.addWidget(self.controls)
        column.addWidget(self._make_bottom())

    def show_view(self, view: SampleView, run_name: str) -> None:
        """Show the words as the run saw them."""
        assert view.found is not None
        of_answer = view.found.provenance.is_of_answer
        what = "Answer" if of_answer else "Caption"
        self.caption_note.setText(f"{what} · {run_name}, step {view.found.provenance.step}")
        self.readers = looking.readers(view.found, view.words)
        self.chips.show_words([view.words[index] for index in self.readers])
        self.line.show_words(view.words, word_layout.stage_manner(view.words))
        self.controls.show_kind(of_answer=of_answer)
        when = format_moment(view.captured_at)
        self.stale.show_text(f"Stale: the caption changed after this capture ({when}).")
        self.stale.setVisible(view.is_stale)
        self.again.setVisible(view.is_stale)

    def show_look(self, view: SampleView, look: Look) -> None:
        """Show where the word reads."""
        assert view.found is not None
        reading = looking.read_words(view.found, view.words, look)
        self.chips.show_reading(_part(reading, self.readers), self.readers.index(look.word))
        self.line.show_reading(reading, look.word)
        word = view.words[look.word].text
        note = f"bar: share of what “{word}” reads"
        if view.found.provenance.is_of_answer:
            note = f"colour: share of what was read to write “{word}”"
        if reading.is_difference:
            note = "orange: read more than by the base model · violet: less"
        self.bar_note.setText(note)
        self.strip_title.setText(f"Every layer, for “{word}”")
        is_layer = look.reduction.over == Over.LAYER
        stays = looking.read_heads(view.found, view.words, look)
        head = look.reduction.head
        bars = stays.mean(axis=1) if head is None else stays[:, head]
        self.strip.show_layers(
            looking.read_layers(view.found, view.words, look),
            bars,
            look.reduction.layer if is_layer else -1,
            is_difference=look.side == Side.DIFFERENCE,
            colours=look.colours,
        )
        self.controls.show_look(look, view.found.layers, view.found.heads)

    def _choose(self, word: int) -> None:
        if word in self.readers:
            self.chosen.emit(word)

    def _make_top(self) -> QWidget:
        top = QFrame()
        top.setProperty("surface", "panel")
        top.setProperty("line", "below")
        column = QVBoxLayout(top)
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(6)
        notes = QHBoxLayout()
        notes.addWidget(self.caption_note, 1)
        notes.addWidget(self.stale)
        notes.addWidget(self.again)
        notes.addWidget(self.bar_note)
        column.addLayout(notes)
        column.addWidget(self.chips)
        return top

    def _make_stage(self) -> QWidget:
        holder = QFrame()
        holder.setProperty("surface", "matte")
        column = QVBoxLayout(holder)
        column.setContentsMargins(32, 24, 32, 24)
        column.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        self.line.setMaximumWidth(LONGEST_LINE)
        row.addWidget(self.line, 100)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(holder)
        return scroll

    def _make_bottom(self) -> QWidget:
        bottom = QFrame()
        bottom.setProperty("surface", "panel")
        bottom.setProperty("line", "above")
        column = QVBoxLayout(bottom)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(self.strip_title)
        note = PlainLabel(
            "cells: words · bar: share on words", role="small", tone="text_3", elide=True
        )
        head.addWidget(note, 1)
        for key, name in (("[", ""), ("]", "layer"), ("←", ""), ("→", "word")):
            head.addWidget(KeyMark(key))
            if name:
                head.addWidget(PlainLabel(name, role="small", tone="text_3"))
        column.addLayout(head)
        column.addWidget(self.strip)
        return bottom


def _part(reading: WordReading, words: list[int]) -> WordReading:
    return replace(reading, shares=reading.shares[words], ink=reading.ink[words])
