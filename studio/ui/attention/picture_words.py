"""What the dock says of a map over a picture: figures, pointing, and where the geometry is from."""

from dataclasses import dataclass

from studio.attention import look as looking
from studio.attention import patches, picture_look, reduce
from studio.attention.look import Look
from studio.attention.maps import AttentionMap
from studio.attention.patches import Box
from studio.attention.phrases import named_like
from studio.attention.picture_look import PictureReading
from studio.attention.reduce import Over
from studio.attention.steps import middle_layers
from studio.numbers import NO_BREAK, format_probability, format_share
from studio.ui.attention.sample_facts import SampleView, named_areas
from workers.contract.families import find_family

LEAST_SHOWN = 0.001
UNSUPPORTED = (
    "{family} is not supported yet: its patch positions are not proven. "
    "Words and probabilities work."
)


@dataclass(frozen=True)
class Boxes:
    """The boxes that a look is measured in: those named like the word, else all of the sample."""

    names: tuple[str, ...]
    areas: list[Box]
    are_named: bool

    @property
    def where(self) -> str:
        """In which boxes, in words."""
        if self.are_named:
            return f"in the box of “{self.names[0]}”" if len(self.areas) == 1 else "in its boxes"
        return "in the box" if len(self.areas) == 1 else "in the boxes"


def boxes_of(view: SampleView, look: Look) -> Boxes:
    """Boxes whose name occurs in the looked-at words; else all."""
    boxes = named_areas(view.detail.boxes)
    named = named_like(picture_look.text_of(view.words, look), boxes)
    chosen = named or boxes
    return Boxes(
        tuple(box.name for box in chosen), [box.area for box in chosen], are_named=bool(named)
    )


def share_of(reading: PictureReading, boxes: Boxes) -> float:
    """The figure above a small heatmap: the share in the boxes, or without any on the picture."""
    if not boxes.areas:
        return reading.mass
    return float(patches.mass_in(reading.row, reading.geometry, boxes.areas))


def pointing_words(base: PictureReading, tuned: PictureReading, boxes: Boxes) -> str:
    """How much lies in the boxes, and whether the most looked-at place does."""
    if not boxes.areas:
        return "No boxes on this picture: what the attention points at is not measured."
    found = patches.point(tuned.row, tuned.geometry, boxes.areas)
    before = patches.point(base.row, base.geometry, boxes.areas)
    hit = _hit_words(tuned, boxes) if found.hit else "The brightest patch lies outside."
    return (
        f"{format_share(before.share, 0)} → {format_share(found.share, 0)} {boxes.where}, "
        f"chance {format_share(found.chance, 0)}. {hit}"
    )


def figures(look: Look, reading: PictureReading, boxes: Boxes) -> str:
    """Layer and head, shares, and how spread the attention on the picture is."""
    if reading.is_difference:
        sign = "+" if reading.mass >= 0 else "−"
        change = format_probability(abs(reading.mass))
        return f"{where_words(look)}. On the picture {sign}{change} against the base model."
    bits = reduce.entropy_bits(reading.row)
    inside = ""
    if boxes.areas:
        inside = f", {boxes.where} {format_share(share_of(reading, boxes))}"
    mass = format_probability(reading.mass)
    return f"{where_words(look)}. On the picture {mass}{inside}. Spread {bits:.1f}{NO_BREAK}bits."


def where_words(look: Look) -> str:
    """Layers and head that are taken together."""
    reduction = look.reduction
    head = "mean of all heads" if reduction.head is None else f"head {reduction.head + 1}"
    layers = f"Layer {reduction.layer + 1}"
    if reduction.over == Over.ROLLOUT:
        layers = "Rollout of all layers"
    if reduction.over == Over.MEAN:
        layers = "Mean of all layers"
        if reduction.span is not None:
            layers = f"Mean of layers {reduction.span[0] + 1}–{reduction.span[1] + 1}"
    return f"{layers}, {head}"


def caution_words(look: Look, layers: int) -> str:
    """What was found of layers that rarely point; empty for others, and for a head by itself."""
    reduction = look.reduction
    if reduction.over == Over.ROLLOUT:
        return "A rollout seldom points at what a word names."
    of_layer = reduction.over == Over.LAYER and reduction.head is None
    is_late = of_layer and reduction.layer > middle_layers(layers)[1]
    return "The last layers seldom point at what a word names." if is_late else ""


def likeliness_words(view: SampleView, look: Look) -> str:
    """How likely each model found the word, or each word of a phrase after those before it."""
    assert view.found is not None
    text = picture_look.text_of(view.words, look)
    base, tuned = 1.0, 1.0
    for word in picture_look.words_of(view.words, look):
        sides = looking.likeliness(view.found, word)
        base, tuned = base * sides[0], tuned * sides[1]
    shares = f"{_likely(base)} likely to the base model, {_likely(tuned)} to the tuned one"
    return f"“{text}” is {shares}."


def geometry_words(found: AttentionMap) -> str:
    """Which family's geometry, and how many patches."""
    geometry = found.provenance.geometry
    if geometry is None:
        return ""
    grids = " + ".join(
        f"{grid.rows}{NO_BREAK}×{NO_BREAK}{grid.columns}" for grid in geometry.grids[:3]
    )
    more = f" + {len(geometry.grids) - 3} more" if len(geometry.grids) > 3 else ""
    return f"geometry: {_family_title(geometry.family)}, {grids}{more}, proven"


def unsupported_words(found: AttentionMap) -> str:
    """Why no picture is painted for a map that read one."""
    return UNSUPPORTED.format(family=found.provenance.base_model.rsplit("/", 1)[-1])


def _hit_words(reading: PictureReading, boxes: Boxes) -> str:
    x, y = patches.brightest(reading.row, reading.geometry)
    for name, (left, top, wide, high) in zip(boxes.names, boxes.areas, strict=True):
        if left <= x <= left + wide and top <= y <= top + high:
            return f"The brightest patch lies in “{name}”."
    return ""


def _likely(share: float) -> str:
    return format_share(share) if share >= LEAST_SHOWN else f"less than {format_share(LEAST_SHOWN)}"


def _family_title(name: str) -> str:
    family = find_family(name)
    return family.title if family is not None else name
