"""The first look at a map, and from one look to the next: another layer, head or side."""

from dataclasses import replace

from studio.attention.look import Look, Side
from studio.attention.maps import AttentionMap
from studio.attention.reduce import Over, Reduction
from workers.contract.pointing_head import PointingHead


def first_reduction(found: AttentionMap, known: PointingHead | None = None) -> Reduction:
    """The last layer of a text's map; of a picture's the head known to point best in this model,
    else the middle layers, which mostly do.
    """
    if found.provenance.geometry is None:
        return Reduction(Over.LAYER, found.layers - 1)
    if known is not None and known.layer < found.layers and (known.head or 0) < found.heads:
        return Reduction(Over.LAYER, known.layer, known.head)
    span = middle_layers(found.layers)
    return Reduction(Over.MEAN, sum(span) // 2, None, span)


def middle_layers(count: int) -> tuple[int, int]:
    """The middle third, first and last: early layers mix, and late ones only write."""
    return count // 3, max(count // 3, 2 * count // 3 - 1)


def to_layer(look: Look, layer: int) -> Look:
    """One layer, with the head as it is."""
    return replace(look, reduction=Reduction(Over.LAYER, layer, look.reduction.head))


def to_layers(look: Look, layer: int) -> Look:
    """The mean of the layers from the one that was chosen to this one."""
    span = (min(look.reduction.layer, layer), max(look.reduction.layer, layer))
    return replace(look, reduction=replace(look.reduction, over=Over.MEAN, span=span))


def to_head(look: Look, layer: int, head: int) -> Look:
    """One head of one layer."""
    return replace(look, reduction=Reduction(Over.LAYER, layer, head))


def step_layer(look: Look, by: int, layers: int) -> Look:
    """A deeper or an earlier layer."""
    return to_layer(look, min(layers - 1, max(0, look.reduction.layer + by)))


def step_head(look: Look, by: int, heads: int) -> Look:
    """The mean of all heads, then each head, round and round."""
    head = look.reduction.head
    place = ((0 if head is None else head + 1) + by) % (heads + 1)
    return replace(look, reduction=replace(look.reduction, head=place - 1 if place else None))


def flick(look: Look) -> Look:
    """Base, tuned, base."""
    return replace(look, side=Side.BASE if look.side == Side.TUNED else Side.TUNED)


def to_difference(look: Look) -> Look:
    """The difference, or back to tuned."""
    side = Side.TUNED if look.side == Side.DIFFERENCE else Side.DIFFERENCE
    return replace(look, side=side)
