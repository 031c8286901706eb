"""Drawn training scenes in files: pixels as the tower gets them, what is where, and captions.

`python -m resources.example_captioner.pool FOLDER --count 48000` draws them; scenes are numbered,
and the same number is always the same scene.
"""

import argparse
import json
import multiprocessing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from resources.example.captions import write_caption
from resources.example.drawing import NamedBox, draw_scene
from resources.example.scene import DANGEROUS, SAFE, Cyclist, Light, Paint, Scene, random_scene
from resources.example_captioner.plain import write_plain_caption
from resources.example_captioner.shape import PATCHES, PIXELS, SIDE

SEED = "captioner"
OBJECTS = ("car", "truck", "bus", "pedestrian", "cyclist", "light", "crossing")
LAMPS = (Light.RED, Light.AMBER, Light.GREEN)
KINDS = (*OBJECTS, *LAMPS, *(f"{paint} vehicle" for paint in Paint))  # what a patch can show
FREE_CAPTIONS = 4  # worded as the example's own, a scene
LEAST_COVER = 0.2  # share of a patch, or of a box, from which on the patch shows it
CHUNK = 200


@dataclass(frozen=True)
class TrainingScene:
    """A scene as it is learnt from; the first caption is the plain one."""

    scene: Scene
    image: Image.Image
    boxes: tuple[NamedBox, ...]
    captions: tuple[str, ...]


def draw_training_scene(number: int, seed: str = SEED) -> TrainingScene:
    """A scene of any label; one in three is drawn until it has a cyclist, who would be rare."""
    random = Random(f"{seed} {number}")
    scene, captions = tell_training_scene(number, random)
    image, boxes = draw_scene(scene, random)
    return TrainingScene(scene, image, boxes, captions)


def tell_training_scene(number: int, random: Random) -> tuple[Scene, tuple[str, ...]]:
    """The scene of a number with its captions, before it is drawn from the same random numbers."""
    while True:
        scene = random_scene(random, random.choice((DANGEROUS, SAFE)))
        if number % 3 or scene.cyclist is not Cyclist.NONE:
            break
    free = (write_caption(scene, random) for _ in range(FREE_CAPTIONS))
    return scene, (write_plain_caption(scene), *free)


def pixels_of(image: Image.Image) -> np.ndarray:
    """[row, column, channel], 0 to 255, as the tower's processor resizes a picture."""
    return np.asarray(image.resize((PIXELS, PIXELS), Image.Resampling.BICUBIC))


def shown_in(scene: Scene, boxes: tuple[NamedBox, ...]) -> np.ndarray:
    """[patch, kind]: whether a patch shows a kind of thing, a lamp or a vehicle of a colour."""
    shown = np.zeros((PATCHES, len(KINDS)), bool)
    for named in boxes:
        covered = _covered(named.box)
        shown[covered, KINDS.index(named.name)] = True
        if named.name == "light":
            shown[covered, KINDS.index(scene.light)] = True
        if named.paint:
            shown[covered, KINDS.index(f"{named.paint} vehicle")] = True
    return shown


def _covered(box: tuple[float, float, float, float]) -> np.ndarray:
    left, top, width, height = box
    edges = np.arange(SIDE + 1) / SIDE
    across = _overlap(edges, left, left + width)
    down = _overlap(edges, top, top + height)
    area = np.outer(down, across).ravel()
    return (area >= LEAST_COVER / PATCHES) | (area >= LEAST_COVER * width * height)


def _overlap(edges: np.ndarray, start: float, end: float) -> np.ndarray:
    return np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], start), 0, None)


@dataclass(frozen=True)
class Pool:
    """`pixels` [scene, row, column, channel], `shown` [scene, patch, kind], captions by scene."""

    pixels: np.ndarray
    shown: np.ndarray
    captions: list[list[str]]


def read_pool(folder: Path) -> Pool:
    """What was drawn into a folder; the pixels stay on the disk."""
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    shown = np.load(folder / "shown.npy", mmap_mode="r")
    lines = (folder / "captions.jsonl").read_text(encoding="utf-8").splitlines()
    return Pool(pixels, shown, [json.loads(line) for line in lines])


def draw_pool(folder: Path, count: int, processes: int) -> None:
    """Draw scenes 0 to `count` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shape = (count, PIXELS, PIXELS, 3)
    memmap = np.lib.format.open_memmap
    pixels = memmap(folder / "pixels.npy", mode="w+", dtype=np.uint8, shape=shape)
    shape = (count, PATCHES, len(KINDS))
    shown = memmap(folder / "shown.npy", mode="w+", dtype=bool, shape=shape)
    with (
        multiprocessing.Pool(processes) as workers,
        (folder / "captions.jsonl").open("w", encoding="utf-8") as lines,
    ):
        for number, drawn in enumerate(workers.imap(_draw_one, range(count), chunksize=CHUNK)):
            pixels[number], shown[number], captions = drawn
            lines.write(json.dumps(captions) + "\n")


def _draw_one(number: int) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    drawn = draw_training_scene(number)
    return pixels_of(drawn.image), shown_in(drawn.scene, drawn.boxes), drawn.captions


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=48_000)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    draw_pool(arguments.folder, arguments.count, arguments.processes)


if __name__ == "__main__":
    _main()
