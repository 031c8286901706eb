"""The middle: word chips, the caption as a line with attention under it, controls, every layer."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.attention import look as looking
from studio.attention import patches, picture_look
from studio.attention.look import Look, Side, WordReading
from studio.attention.reduce import Over
from studio.numbers import format_moment, format_probability, format_share
from studio.ui.attention import word_layout
from studio.ui.attention.control_row import ControlRow
from studio.ui.attention.layer_strip import LayerStrip
from studio.ui.attention.picture_stage import PictureStage, Showing
from studio.ui.attention.picture_strip import PictureStrip
from studio.ui.attention.picture_words import boxes_of, unsupported_words
from studio.ui.attention.sample_facts import SampleView
from studio.ui.attention.strip_cells import (
    BASE_CELL,
    TITLES,
    Kind,
    along_of,
    cells_of,
    kinds_of,
)
from studio.ui.attention.word_flow import WordFlow
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.image_view import NamedBox
from studio.ui.widgets.key_hint import key_hint
from studio.ui.widgets.segmented import SegmentedSwitch
from studio.ui.widgets.text import PlainLabel, plain_tooltip

LONGEST_LINE = 860
IMAGE_SIZE = 1600  # pixels, the long side of the picture that is held


class Stage(QWidget):
    """Shows a view and a look; its parts tell what is wanted.

    The chips are the words whose reading is known: all of a caption, or those of an answer.
    """

    chosen = Signal(int)  # the place of a word among all words
    extended = Signal(int)
    hovered = Signal(int)  # -1 when the mouse leaves the chips
    layer_chosen = Signal(int)
    layers_chosen = Signal(int)  # all from the current layer to this one
    showing_wanted = Signal(object)  # Showing
    base_chosen = Signal()
    step_chosen = Signal(int)  # a checkpoint whose map is there
    steps_wanted = Signal()  # maps of the checkpoints that have none

    def __init__(self, images: ImageLoader) -> None:
        super().__init__()
        self.images = images
        self.readers: list[int] = []
        self.of_picture = False
        self.picture = PictureStage()
        self.picture_strip = PictureStrip()
        self.strip_kind = SegmentedSwitch([(Kind.LAYERS, TITLES[Kind.LAYERS])], Kind.LAYERS)
        self.strip_kind.setAccessibleName("Small heatmaps of layers, words or checkpoints")
        self.more_steps = make_button("", size="bar")
        self.layer_keys = key_hint("[", "]", "layer")
        self.one_scale = QCheckBox("One scale")
        self.one_scale.setToolTip(plain_tooltip("One scale for all words, or one each", "S"))
        self._most: float | None = None
        self._shown: tuple[SampleView, Look] | None = None
        self._image_key = ""
        self._tower_layer: int | None = None
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
        self._connect()
        self.strip_title = PlainLabel("", role="small_strong", tone="text_1")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.middle = QStackedWidget()
        self.middle.addWidget(self._make_stage())
        self.middle.addWidget(self.picture)
        column.addWidget(self._make_top())
        column.addWidget(self.middle, 1)
        column.addWidget(self.controls)
        column.addWidget(self._make_bottom())

    def show_view(self, view: SampleView, run_name: str) -> None:
        """Show the words as the run saw them."""
        assert view.found is not None
        of_answer = view.found.provenance.is_of_answer
        of_words = of_answer and not view.found.provenance.is_of_picture
        what = "Answer" if of_words else "Caption"
        self.caption_note.setText(f"{what} · {run_name}, step {view.found.provenance.step}")
        self.readers = looking.readers(view.found, view.words)
        self.chips.show_words([view.words[index] for index in self.readers])
        self.line.show_words(view.words, word_layout.stage_manner(view.words))
        self.of_picture = view.found.provenance.geometry is not None
        self.controls.show_kind(view.found)
        self._show_kind(view)
        when = format_moment(view.captured_at)
        self.stale.show_text(f"Stale: the caption changed after this capture ({when}).")
        self.stale.setVisible(view.is_stale)
        self.again.setVisible(view.is_stale)

    def show_look(self, view: SampleView, look: Look, showing: Showing) -> None:
        """Show where the word reads."""
        assert view.found is not None
        self._shown = view, look
        self.controls.show_look(look, view.found.layers, view.found.heads)
        self.controls.picture.show_showing(showing)
        if self.of_picture:
            self._tower_layer = None
            self._show_words(view, look, showing)
            self.show_through(view, look, showing)
            self._show_strip()
            return
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

    def show_through(self, view: SampleView, look: Look, showing: Showing) -> None:
        """Only the heat over the picture: as quick as a hover wants it."""
        assert view.found is not None
        reading = picture_look.read_picture(view.found, view.words, look)
        self.picture.show_reading(replace(reading, most=self._most), showing)

    def _show_kind(self, view: SampleView) -> None:
        assert view.found is not None
        self.middle.setCurrentIndex(1 if view.found.provenance.is_of_picture else 0)
        self.strip.setVisible(not self.of_picture)
        self.picture_strip.setVisible(self.of_picture)
        self.strip_kind.setVisible(self.of_picture)
        self.one_scale.setVisible(self.of_picture)
        if not self.of_picture:
            self.strip_note.setText("cells: words · bar: share on words")
            self.more_steps.hide()
            self.picture.show_words(unsupported_words(view.found))
            return
        kinds = kinds_of(view)
        kind = Kind(self.strip_kind.value())
        parts: list[tuple[str, str]] = [(one, TITLES[one]) for one in kinds]
        self.strip_kind.set_parts(parts, kind if kind in kinds else Kind.LAYERS)
        row = view.detail.row
        self._image_key = ""
        image = None
        if row.image_path is not None:
            self._image_key = self.images.key(row.image_path, row.image_sha256)
            image = self.images.request(row.image_path, row.image_sha256, IMAGE_SIZE, first=True)
        self.picture.show_image(image, (row.width, row.height), named_boxes(view))
        self._show_failed(self._image_key, self.images.reason(self._image_key) or "")

    def _show_failed(self, key: str, reason: str) -> None:
        """The heat alone is shown where the picture cannot be."""
        if key == self._image_key:
            self.picture.show_note(f"The image cannot be shown: {reason}." if reason else "")

    def _show_loaded(self, key: str, _image: object) -> None:
        found = self.images.image(key, IMAGE_SIZE)
        if key == self._image_key and found is not None and self._shown is not None:
            row = self._shown[0].detail.row
            self.picture.show_image(found, (row.width, row.height), self.picture.boxes)

    def _show_words(self, view: SampleView, look: Look, showing: Showing) -> None:
        """Below each word the share of what was read for it that lies on the picture; and the one
        scale of all words, where that is wanted.
        """
        assert view.found is not None
        rows = picture_look.each_word(view.found, view.words, self.readers, look)
        self._most = picture_look.densest(rows, view.found) if showing.one_scale else None
        self.one_scale.blockSignals(True)
        self.one_scale.setChecked(showing.one_scale)
        self.one_scale.blockSignals(False)
        masses = rows.sum(axis=-1)
        is_difference = look.side == Side.DIFFERENCE
        ink_of = masses / max(float(np.abs(masses).max(initial=0.0)), 1e-6)
        reading = WordReading(
            masses, ink_of, is_difference, look.colours, "of what was read lies on the picture"
        )
        until = None if look.until is None else self.readers.index(look.until)
        place = self.readers.index(look.word)
        self.chips.show_reading(reading, place, until)
        text = picture_look.text_of(view.words, look)
        share = float(picture_look.read_picture(view.found, view.words, look).mass)
        figure = format_probability(abs(share))
        if is_difference:
            words = "bar: more or less attention on the picture than by the base model"
            self.bar_note.setText(f"{words} · {text} {'+' if share >= 0 else '−'}{figure}")
        else:
            words = "bar: share of attention on the picture, not on words"
            self.bar_note.setText(f"{words} · {text} {figure}")

    def _show_strip(self) -> None:
        if self._shown is None or not self.of_picture:
            return
        view, look = self._shown
        assert view.found is not None
        geometry = view.found.provenance.geometry
        assert geometry is not None
        kind = Kind(self.strip_kind.value())
        cells = cells_of(view, look, kind, self.readers, self._tower_layer)
        rows, boxes = cells.rows, boxes_of(view, look)
        in_boxes = bool(boxes.areas) and kind != Kind.WORDS and not cells.is_difference
        bars = patches.mass_in(rows, geometry, boxes.areas) if in_boxes else rows.sum(axis=-1)
        most = float(np.abs(bars).max(initial=0.0))
        where = boxes.where if in_boxes else "on the picture"
        self.strip_title.setText(cells.title)
        self.strip_note.setText(f"bar: share {where}, up to {format_share(most, 0)}")
        self._show_missing_steps(view, kind)
        self.picture_strip.show_cells(
            rows,
            bars / max(most, 1e-6),
            cells.names,
            current=cells.current,
            geometry=geometry,
            is_difference=cells.is_difference,
            colours=look.colours,
            most=picture_look.densest(rows, view.found) if self.one_scale.isChecked() else None,
        )

    def _show_missing_steps(self, view: SampleView, kind: Kind) -> None:
        """The way to the maps of checkpoints that have none."""
        missing = len(view.missing_steps)
        self.more_steps.setVisible(kind == Kind.STEPS and missing > 0)
        self.more_steps.setText(f"Capture at {missing} more")
        self.more_steps.explain(f"The map of this sample at {missing} checkpoints without one")
        self.layer_keys.setVisible(kind != Kind.STEPS)

    def _choose_cell(self, cell: int) -> None:
        match Kind(self.strip_kind.value()):
            case Kind.VISION:
                self._show_tower(cell)
            case Kind.LAYERS:
                self.layer_chosen.emit(cell)
            case Kind.WORDS:
                self.chosen.emit(self.readers[cell])
            case Kind.STEPS:
                self._choose_step(cell)

    def _choose_step(self, cell: int) -> None:
        if cell == BASE_CELL:
            self.base_chosen.emit()
        elif self._shown is not None:
            self.step_chosen.emit(along_of(*self._shown)[cell - 1].provenance.step)

    def _show_tower(self, layer: int) -> None:
        """The tower's own look on the stage, until a word is looked at again."""
        if self._shown is None or self._shown[0].found is None:
            return
        view, look = self._shown
        assert view.found is not None
        self._tower_layer = layer
        reading = picture_look.read_tower(view.found, layer, look)
        self.picture.show_reading(reading, self.picture.showing)
        self._show_strip()

    def _extend_cell(self, cell: int) -> None:
        if self.strip_kind.value() == Kind.LAYERS:
            self.layers_chosen.emit(cell)
        elif self.strip_kind.value() == Kind.WORDS:
            self.extended.emit(self.readers[cell])

    def _connect(self) -> None:
        self.chips.chosen.connect(lambda place: self.chosen.emit(self.readers[place]))
        self.chips.extended.connect(lambda place: self.extended.emit(self.readers[place]))
        self.chips.hovered.connect(
            lambda place: self.hovered.emit(self.readers[place] if place >= 0 else -1)
        )
        self.line.chosen.connect(self._choose)
        self.strip.chosen.connect(self.layer_chosen)
        self.picture_strip.chosen.connect(self._choose_cell)
        self.picture_strip.extended.connect(self._extend_cell)
        self.strip_kind.chosen.connect(self._show_strip)
        self.controls.missed.connect(self._say_no_rollout)
        self.one_scale.toggled.connect(
            lambda on: self.showing_wanted.emit(replace(self.picture.showing, one_scale=on))
        )
        self.more_steps.clicked.connect(self.steps_wanted)
        self.images.ready.connect(self._show_loaded)
        self.images.failed.connect(self._show_failed)

    def _say_no_rollout(self) -> None:
        self.stale.show_text("No rollout in this map: it was captured before there were any.")
        self.stale.show()
        self.again.show()

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
        self.strip_note = PlainLabel("", role="small", tone="text_3", elide=True)
        head.addWidget(self.strip_note, 1)
        head.addWidget(self.one_scale)
        head.addWidget(self.more_steps)
        head.addWidget(self.strip_kind)
        head.addWidget(self.layer_keys)
        head.addWidget(key_hint("←", "→", "word"))
        column.addLayout(head)
        column.addWidget(self.strip)
        column.addWidget(self.picture_strip)
        return bottom


def _part(reading: WordReading, words: list[int]) -> WordReading:
    return replace(reading, shares=reading.shares[words], ink=reading.ink[words])


def named_boxes(view: SampleView) -> list[NamedBox]:
    """The sample's boxes."""
    return [
        NamedBox(box.name, QRectF(box.x, box.y, box.width, box.height)) for box in view.detail.boxes
    ]
