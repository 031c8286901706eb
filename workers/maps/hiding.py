"""Deletion and insertion: how likely a word stays while its picture is hidden step by step.

After RISE (Petsiuk, Das and Saenko 2018). What is hidden is blurred in the original picture, so
that its colours stay and its shapes go; then it takes the way of every picture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workers.contract.hiding import UNSEEN, CheckedWord, HiddenSample, MapCheck, into_steps
from workers.contract.images import ImageProblem
from workers.maps.answers import Written
from workers.models.likelihood import logits_at
from workers.models.sight import Sight, open_picture

if TYPE_CHECKING:
    import numpy as np
    import torch
    from PIL.Image import Image
    from torch import nn

    Hidden = np.ndarray  # [down, across], whether each place is hidden

# The blur's radius as a share of the picture's shorter side: no narrower than a patch.
BLUR = 1 / 8
# Tokens that pass through the model at once.
TOKENS_AT_ONCE = 2048
_DIGITS = 6  # that count


@dataclass(frozen=True)
class Places:
    """The places of a picture: their edges in pixels, their areas, and which of them are seen."""

    across: "np.ndarray"
    down: "np.ndarray"
    areas: "np.ndarray"
    seen: "np.ndarray"


def count_passes(sample: HiddenSample, check: MapCheck) -> int:
    """How many edited pictures a check of this sample takes."""
    return 2 + (check.steps - 1) * (check.orders + 2 * len(sample.words))


def check_sample(
    model: "nn.Module",
    sight: Sight,
    written: Written,
    sample: HiddenSample,
    check: MapCheck,
    tell: Callable[[int], bool],
) -> list[CheckedWord] | None:
    """The curves of each word; None when `tell`, told of passes as they are done, answers False.

    Raises ImageProblem when the plan does not fit the picture's words.
    """
    if any(row >= len(written.rows) for word in sample.words for row in word.rows):
        raise ImageProblem("its words are not those of the map: capture it again")
    assert written.seen is not None
    picture = open_picture(written.seen.pictures.rows[0].path)
    places = _places_of(sample, picture.size)
    states = _states(sample, check, places)
    found = _probabilities(model, sight, written, _Hider(picture, places), states, tell)
    return None if found is None else _curves(sample, check, found)


def _places_of(sample: HiddenSample, size: tuple[int, int]) -> Places:
    import numpy as np

    across, down = (
        np.rint(np.array(edges) * side).astype(int)
        for edges, side in zip((sample.across, sample.down), size, strict=True)
    )
    areas = np.diff(sample.down)[:, None] * np.diff(sample.across)[None, :]
    steps = np.array(sample.words[0].steps).reshape(areas.shape)
    return Places(across, down, areas, steps != UNSEEN)


def _states(sample: HiddenSample, check: MapCheck, places: Places) -> "list[Hidden]":
    """Nothing hidden, all hidden, then the steps between: of random orders, and of each word's
    deletion and insertion.
    """
    import numpy as np

    seen = places.seen
    between = range(1, check.steps)
    states = [np.zeros_like(seen), seen]
    for order in range(check.orders):
        steps = _random_steps(places, check.steps, (check.seed, sample.sample_id, order))
        states += [seen & (steps < step) for step in between]
    for word in sample.words:
        steps = np.array(word.steps).reshape(seen.shape)
        states += [seen & (steps < step) for step in between]
        states += [seen & (steps >= step) for step in between]
    return states


def _random_steps(places: Places, count: int, seed: tuple[int, int, int]) -> "np.ndarray":
    """The seen places in a random order, cut into steps of equal area."""
    import numpy as np

    order = np.random.default_rng(seed).permutation(np.flatnonzero(places.seen))
    steps = np.array(into_steps(order.tolist(), places.areas.ravel().tolist(), count))
    return steps.reshape(places.seen.shape)


@dataclass(frozen=True)
class _Hider:
    """Makes the picture of a state: blurred where a place is hidden, as it was elsewhere."""

    picture: "Image"
    places: Places

    def blurred(self) -> "Image":
        from PIL import ImageFilter

        return self.picture.filter(ImageFilter.GaussianBlur(min(self.picture.size) * BLUR))

    def hide(self, hidden: "Hidden", blurred: "Image") -> "Image":
        import numpy as np
        from PIL import Image

        mask = hidden.repeat(np.diff(self.places.down), axis=0)
        mask = mask.repeat(np.diff(self.places.across), axis=1)
        shown = Image.fromarray(mask.astype(np.uint8) * 255)
        return Image.composite(blurred, self.picture, shown)


def _probabilities(
    model: "nn.Module",
    sight: Sight,
    written: Written,
    hider: _Hider,
    states: "Sequence[Hidden]",
    tell: Callable[[int], bool],
) -> "torch.Tensor | None":
    """[state, answer token]: how likely each token is after those before it; None when stopped."""
    import torch

    blurred = hider.blurred()
    at_once = max(1, TOKENS_AT_ONCE // len(written.ids))
    found = []
    for start in range(0, len(states), at_once):
        pictures = [hider.hide(state, blurred) for state in states[start : start + at_once]]
        found.append(_read(model, sight, written, [sight.pixels(one) for one in pictures]))
        if not tell(len(pictures)):
            return None
    return torch.cat(found)


def _read(
    model: "nn.Module", sight: Sight, written: Written, pixels: "list[Any]"
) -> "torch.Tensor":
    import torch

    assert written.seen is not None
    device = next(model.parameters()).device
    ids = torch.tensor([written.ids], device=device).expand(len(pixels), -1)
    layouts = [written.seen.geometry] * len(pixels)
    inputs = {"input_ids": ids} | sight.join(pixels, layouts, str(device), seen=False)
    keep = torch.zeros_like(ids, dtype=torch.bool)
    keep[:, torch.tensor(written.rows) - 1] = True
    with torch.inference_mode():
        logits = logits_at(model, inputs, keep)
    shares = logits.float().softmax(-1).unflatten(0, (len(pixels), len(written.rows)))
    wanted = ids[:, written.rows, None]
    return shares.gather(2, wanted)[..., 0].cpu()


def _curves(sample: HiddenSample, check: MapCheck, found: "torch.Tensor") -> list[CheckedWord]:
    """From the likelihood of each token in each state to the curves of each word."""
    parts = check.steps - 1
    checked = []
    for place, word in enumerate(sample.words):
        likely = found[:, list(word.rows)].prod(dim=1).tolist()
        whole, none, between = likely[0], likely[1], likely[2:]
        chunks = [between[start : start + parts] for start in range(0, len(between), parts)]
        own = check.orders + 2 * place
        checked.append(
            CheckedWord(
                text=word.text,
                rows=word.rows,
                deletion=_rounded([whole, *chunks[own], none]),
                insertion=_rounded([none, *chunks[own + 1], whole]),
                chance=tuple(_rounded([whole, *chunk, none]) for chunk in chunks[: check.orders]),
            )
        )
    return checked


def _rounded(values: list[float]) -> tuple[float, ...]:
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)
