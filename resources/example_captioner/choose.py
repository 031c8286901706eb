"""Chooses the layer and head whose attention points best, and writes them beside the weights.

`python -m resources.example_captioner.choose FOLDER` measures on scenes that are drawn for
this alone, half with plain captions and half with captions worded as the example's own.
"""

import argparse
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from resources.example import DrawnScene, draw_scenes
from resources.example_captioner.looking import Reading, load_captioner, measure, read_scenes
from resources.example_captioner.plain import write_plain_caption
from studio.attention import pointing
from studio.attention.look import Look
from studio.attention.pointing import Tally
from studio.attention.reduce import Reduction
from workers.contract.pointing_head import FILE, PointingHead

SEED, SCENES = 1001, 100


def tell_scenes(count: int, seed: int, *, plain: bool) -> Iterator[tuple[DrawnScene, str]]:
    """Fresh scenes with a caption each, the plain one or the one worded as the example's own."""
    for drawn in draw_scenes(count, seed):
        yield drawn, write_plain_caption(drawn.scene) if plain else drawn.caption


def choose_head(readings: Sequence[Reading]) -> PointingHead:
    """The layer, with one head or the mean of all, that looks most into the boxes beside chance.

    Each name counts alike, however often it comes: the geometric mean of their ratios is compared.
    """
    layers, heads = readings[0].found.layers, readings[0].found.heads
    by_layer = [
        measure(readings, Look(reduction=Reduction(layer=layer))) for layer in range(layers)
    ]
    tallies: dict[tuple[int, int | None], list[Tally]] = {}
    for layer, measured in enumerate(by_layer):
        tallies[layer, None] = pointing.tallies(measured)
        for head in range(heads):
            tallies[layer, head] = pointing.tallies(measured, (layer, head))
    layer, head = max(tallies, key=lambda one: _mean_ratio(tallies[one]))
    found = tallies[layer, head][0]
    return PointingHead(
        layer=layer,
        head=head,
        scenes=len(readings),
        words=found.words,
        share=round(found.share, 4),
        chance=round(found.chance, 4),
    )


def _mean_ratio(tallies: Sequence[Tally]) -> float:
    _, *by_name = tallies
    return statistics.geometric_mean(one.ratio for one in by_name)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    captioner = load_captioner(folder)
    told = [*tell_scenes(SCENES, SEED, plain=True), *tell_scenes(SCENES, SEED + 1, plain=False)]
    chosen = choose_head(read_scenes(captioner, told))
    (folder / FILE).write_text(chosen.model_dump_json(indent=1) + "\n", encoding="utf-8")
    print(chosen)  # noqa: T201


if __name__ == "__main__":
    _main()
