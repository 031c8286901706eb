"""Checks of maps: which parts of each picture are hidden in which order, frozen beside the job."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from workers.contract.frozen import Frozen

PLAN = "hiding.jsonl"
UNSEEN = -1  # the step of a place that no image token lies on: it is never hidden


class HiddenWord(Frozen):
    """A word to watch while the picture is hidden: `rows` are its places among answer tokens.

    `steps` says for each place of the picture, row by row, in which step it is hidden: 0 holds
    what was read most.
    """

    text: str
    rows: tuple[int, ...]
    steps: tuple[int, ...]


class HiddenSample(Frozen):
    """What is hidden of one sample's picture; `across` and `down` are the edges of its places.

    Edges are in shares of the picture upright, from 0 to 1. `map_sha256` is the map that is
    checked.
    """

    sample_id: int
    map_sha256: str
    across: tuple[float, ...]
    down: tuple[float, ...]
    words: tuple[HiddenWord, ...]


class MapCheck(Frozen):
    """How maps are checked: the plan's sha256, and into how many steps of equal area it goes.

    `look` names the layers and heads that were taken together. `orders` random orders, drawn from
    `seed`, stand beside the map's own. `of_base` asks the model as it was before training.
    """

    plan_sha256: str
    look: str
    steps: int
    orders: int = 5
    seed: int = 0
    of_base: bool = False


class CheckedWord(Frozen):
    """How likely a word stayed, from nothing hidden (or shown) to all; one value more than steps.

    `chance` has one curve for each random order of hiding.
    """

    text: str
    rows: tuple[int, ...]
    deletion: tuple[float, ...]
    insertion: tuple[float, ...]
    chance: tuple[tuple[float, ...], ...]


def into_steps(order: Sequence[int], areas: Sequence[float], count: int) -> tuple[int, ...]:
    """The step of each place, where those of `order` go in it and each step takes an equal area.

    Places that are not in the order are unseen.
    """
    steps = [UNSEEN] * len(areas)
    total = sum(areas[place] for place in order)
    before = 0.0
    for place in order:
        middle = before + areas[place] / 2
        steps[place] = min(int(middle / total * count), count - 1)
        before += areas[place]
    return tuple(steps)


def plan_bytes(samples: Iterable[HiddenSample]) -> bytes:
    """The plan's file: a line a sample."""
    return b"".join(sample.model_dump_json().encode() + b"\n" for sample in samples)


def read_plan(folder: Path, sha256: str) -> Iterator[HiddenSample]:
    """The plan in a job's folder; ValueError when it is another one, OSError without any."""
    content = (folder / PLAN).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"{PLAN} is not the one that was frozen")
    for line in content.splitlines():
        yield HiddenSample.model_validate_json(line)
