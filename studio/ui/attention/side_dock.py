"""The right column: image, answers of base and tuned, layers × heads, what changed, provenance."""

from dataclasses import replace

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.attention import look as looking
from studio.attention import picture_look
from studio.attention.look import Look, Side
from studio.attention.reduce import Over
from studio.numbers import format_probability, format_share
from studio.ui.attention import picture_words
from studio.ui.attention.check_view import CheckView
from studio.ui.attention.head_grid import HeadGrid
from studio.ui.attention.heat_triple import HeatTriple
from studio.ui.attention.sample_facts import SampleView
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.image_view import ImageView
from studio.ui.widgets.opinion_bars import Opinion, OpinionBars
from studio.ui.widgets.scroll_column import ScrollColumn
from studio.ui.widgets.section import FoldingSection
from studio.ui.widgets.text import PlainLabel

IMAGE_HEIGHT = 190
IMAGE_SIZE = 640
ALWAYS = "Attention shows where the model read from, not why it answered."


class SideDock(ScrollColumn):
    """Shows a sample and a look; knows no document."""

    def __init__(self, images: ImageLoader) -> None:
        holder = QFrame()
        super().__init__(holder)
        self.images = images
        self._image_key = ""
        self.image = ImageView()
        self.image.setFixedHeight(IMAGE_HEIGHT)
        self.sample_name = PlainLabel("", role="small", tone="text_2", elide=True)
        self.label_chip = Chip("", "unsure")
        self.caption = PlainLabel("", role="caption", wrap=True)
        self.answers = OpinionBars()
        self.triple = HeatTriple()
        self.pointing = PlainLabel("", role="small", tone="text_2", wrap=True, tabular=True)
        self.over_query = make_button(
            "Pointing over the query", "ghost", "squares-four", size="bar"
        )
        self.check = CheckView()
        self.proven = Chip("", "done", "check-circle-fill")
        self.head_note = PlainLabel("", role="small", tone="text_3", wrap=True)
        self.heads = HeadGrid()
        self.head_figures = PlainLabel("", role="small", tone="text_2", wrap=True, tabular=True)
        self.changed = PlainLabel("", tone="text_1", wrap=True)
        self.always = PlainLabel(ALWAYS, role="small", tone="text_2", wrap=True)
        self.origin = PlainLabel("", role="small", tone="text_3", wrap=True)
        self._build(holder)
        images.ready.connect(self._show_loaded)

    def show_view(self, view: SampleView) -> None:
        """Show the sample and the answers; the look follows by `show_look`."""
        row = view.detail.row
        self.sample_name.setText(f"{row.key} · {row.split or 'no split'}")
        self.label_chip.show_text(row.label or "unlabelled", row.label_colour or "unsure")
        of_captions = view.found is not None and view.found.provenance.is_of_picture
        self.label_chip.setVisible(bool(row.label) or not of_captions)
        self._show_image(view)
        self.caption.setText(row.caption)
        # With a map the stage shows the words.
        self.caption.setVisible(view.found is None)
        parts = (self.answers_section, self.heads_section, self.changed_section, self.foot)
        for part in (*parts, self.check_section):
            part.setVisible(view.found is not None)
        if view.found is None:
            return
        provenance = view.found.provenance
        of_answer = provenance.is_of_answer
        of_picture = provenance.geometry is not None
        self.answers.setVisible(not of_answer)
        self.triple.setVisible(of_picture)
        for widget in (self.pointing, self.over_query, self.check_section):
            widget.setVisible(of_picture)
        self.changed_section.setVisible(not of_picture)
        self.image.setVisible(not of_picture and row.image_path is not None)
        self.proven.setVisible(of_picture)
        self.proven.show_text(picture_words.geometry_words(view.found))
        colours = {label.name: label.colour for label in view.labels}
        self.answers.show_opinions(
            [
                _opinion("Base", provenance.labels, provenance.base_probabilities, colours),
                _opinion("Tuned", provenance.labels, provenance.tuned_probabilities, colours),
            ]
        )
        given = f"It was labelled {provenance.label}. " if provenance.label else ""
        head = "" if of_answer else "The base model answers with an untrained head."
        self.head_note.setText(f"{given}{head}")
        revision = f"@{provenance.revision[:7]}" if provenance.revision else ""
        cut = " It was cut: it is longer than the run's limit." if provenance.cut else ""
        self.origin.setText(
            f"{provenance.base_model}{revision} · adapter {provenance.adapter_sha256[:4]} · "
            f"step {provenance.step} · map {view.found.digest[:8]}.{cut}"
        )

    def show_look(self, view: SampleView, look: Look) -> None:
        """Show the grid, its figures and what changed for the word that looks."""
        if view.found is None:
            return
        if view.found.provenance.geometry is not None:
            self._show_picture_look(view, look)
            return
        word = view.words[look.word].text
        layer = look.reduction.layer if look.reduction.over == Over.LAYER else -1
        values = looking.read_heads(view.found, view.words, look)
        difference = look.side == Side.DIFFERENCE
        self.heads_section.set_title(f"Layers × heads for “{word}”")
        self.heads.show_heads(values, layer, look.reduction.head, is_difference=difference)
        if view.found.provenance.is_of_answer:
            self.head_note.setText(_likeliness_words(view, look))
        self.head_figures.setText(_figures(view, look))
        self.changed.setText(_changed_words(view, look))

    def _show_picture_look(self, view: SampleView, look: Look) -> None:
        found = view.found
        assert found is not None
        boxes = picture_words.boxes_of(view, look)
        readings = {
            side: picture_look.read_picture(found, view.words, replace(look, side=side))
            for side in Side
        }
        base, tuned = (
            picture_words.share_of(readings[side], boxes) for side in (Side.BASE, Side.TUNED)
        )
        shares = {
            Side.BASE: format_share(base, 0),
            Side.TUNED: format_share(tuned, 0),
            Side.DIFFERENCE: f"{'+' if tuned >= base else '−'}{abs(100 * (tuned - base)):.0f}",
        }
        detail = f"share {boxes.where}" if boxes.areas else "share on the picture"
        self.answers_section.set_detail(detail)
        self.triple.show_readings(readings, shares, look.side)
        self.head_note.setText(picture_words.likeliness_words(view, look))
        self.pointing.setText(
            picture_words.pointing_words(readings[Side.BASE], readings[Side.TUNED], boxes)
        )
        text = picture_look.text_of(view.words, look)
        self.heads_section.set_title(f"Layers × heads for “{text}”")
        is_difference = look.side == Side.DIFFERENCE
        self.heads_section.set_detail(detail)
        self.heads.show_heads(
            picture_look.each_head(found, view.words, look, boxes.areas),
            look.reduction.layer if look.reduction.over == Over.LAYER else -1,
            look.reduction.head,
            is_difference=is_difference,
        )
        figures = picture_words.figures(look, readings[look.side], boxes)
        caution = picture_words.caution_words(look, found.layers)
        self.head_figures.setText(f"{figures} {caution}".rstrip())

    def _build(self, holder: QFrame) -> None:
        holder.setProperty("surface", "panel")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QWidget()
        top_column = QVBoxLayout(top)
        top_column.setContentsMargins(16, 16, 16, 12)
        top_column.setSpacing(8)
        top_column.addWidget(self.image)
        line = QHBoxLayout()
        line.addWidget(self.sample_name, 1)
        line.addWidget(self.label_chip)
        top_column.addLayout(line)
        top_column.addWidget(self.caption)
        column.addWidget(top)
        self.answers_section = FoldingSection("Base against tuned", remember_as="attention-answers")
        for widget in (self.answers, self.triple, self.head_note, self.pointing):
            self.answers_section.add(widget)
        line = QWidget()
        line_row = QHBoxLayout(line)
        line_row.setContentsMargins(0, 0, 0, 0)
        line_row.addWidget(self.over_query)
        line_row.addStretch(1)
        self.answers_section.add(line)
        self.check_section = FoldingSection("Did it matter?", remember_as="attention-check")
        self.check_section.add(self.check)
        self.changed_section = FoldingSection("What tuning changed", remember_as="attention-change")
        self.changed_section.add(self.changed)
        self.heads_section = FoldingSection("Layers × heads", remember_as="attention-heads")
        self.heads_section.set_detail("share on words")
        for widget in (self.heads, self.head_figures):
            self.heads_section.add(widget)
        sections = (self.answers_section, self.check_section, self.changed_section)
        for section in (*sections, self.heads_section):
            column.addWidget(section)
        self.foot = QWidget()
        foot_column = QVBoxLayout(self.foot)
        foot_column.setContentsMargins(16, 12, 16, 12)
        foot_column.addWidget(self.always)
        foot_column.setSpacing(8)
        foot_column.addWidget(self.origin)
        proof = QHBoxLayout()
        proof.addWidget(self.proven)
        proof.addStretch(1)
        foot_column.addLayout(proof)
        column.addWidget(self.foot)
        column.addStretch(1)

    def _show_image(self, view: SampleView) -> None:
        row = view.detail.row
        self._image_key, self._size = "", (row.width, row.height)
        self.image.setVisible(row.image_path is not None)
        if row.image_path is None:
            return
        self._image_key = self.images.key(row.image_path, row.image_sha256)
        found = self.images.request(row.image_path, row.image_sha256, IMAGE_SIZE)
        if found is not None:
            self._put(found)
        else:
            self.triple.show_image(None, self._size)
            self.image.show_words(row.image_problem or "")

    def _show_loaded(self, key: str, image: object) -> None:
        found = self.images.image(key, IMAGE_SIZE)
        if key == self._image_key and found is not None:
            self._put(found)

    def _put(self, image: QImage) -> None:
        self.image.show_image(image, self._size, ())
        self.triple.show_image(image, self._size)


def _opinion(
    name: str, labels: tuple[str, ...], shares: tuple[float, ...], colours: dict[str, str]
) -> Opinion:
    parts = zip(labels, shares, strict=True)
    return Opinion(name, tuple((label, colours.get(label, ""), share) for label, share in parts))


def _likeliness_words(view: SampleView, look: Look) -> str:
    assert view.found is not None
    word = view.words[look.word]
    base, tuned = (format_share(one) for one in looking.likeliness(view.found, word))
    given = view.found.provenance.label
    labelled = f"It was labelled {given}. " if given else ""
    return f"{labelled}“{word.text}” is {base} likely to the base model, {tuned} to the tuned one."


def _figures(view: SampleView, look: Look) -> str:
    assert view.found is not None
    reading = looking.read_words(view.found, view.words, look)
    head = "mean of all heads" if look.reduction.head is None else f"head {look.reduction.head + 1}"
    where = {
        Over.LAYER: f"Layer {look.reduction.layer + 1}",
        Over.MEAN: "Mean of all layers",
        Over.ROLLOUT: "Rollout",
    }[look.reduction.over]
    most = int(abs(reading.shares).argmax())
    share = float(reading.shares[most])
    word = view.words[most].text
    if reading.is_difference:
        return f"{where}, {head}. Largest change: “{word}”, {_signed(share)}."
    bits = looking.spread_bits(reading)
    return f"{where}, {head}. Most read: “{word}”, {format_share(share)}. Spread {bits:.1f} bits."


def _changed_words(view: SampleView, look: Look) -> str:
    assert view.found is not None
    (more, gain), (less, loss) = looking.most_changed(view.found, view.words, look)
    if gain < 0.005 and loss > -0.005:
        return "Here the tuned model reads like the base model."
    return (
        f"More from “{view.words[more].text}” ({_signed(gain)}), "
        f"less from “{view.words[less].text}” ({_signed(loss)})."
    )


def _signed(share: float) -> str:
    return f"{'+' if share >= 0 else '−'}{format_probability(abs(share))}"
