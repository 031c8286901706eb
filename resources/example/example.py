"""Writes the example's pictures, captions and labels, with labels wrong on purpose."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from resources.example.camera import HEIGHT, WIDTH
from resources.example.captions import write_caption
from resources.example.drawing import NamedBox, draw_scene
from resources.example.scene import DANGEROUS, SAFE, Scene, category_of, label_of, random_scene

TRUTH = "truth.json"
METADATA = "metadata.jsonl"
IMAGES = "images"


@dataclass(frozen=True)
class DrawnScene:
    """A scene with its picture, caption and true label."""

    key: str
    scene: Scene
    image: Image.Image
    caption: str
    label: str
    boxes: tuple[NamedBox, ...]


@dataclass(frozen=True)
class ExampleTruth:
    """What is known of the drawn samples, by key: labels, boxes, and which labels were planted."""

    folder: Path
    keys: tuple[str, ...]
    labels: dict[str, str]
    given: dict[str, str]
    planted: tuple[str, ...]
    boxes: dict[str, tuple[NamedBox, ...]]


def draw_scenes(count: int, seed: int = 0) -> Iterator[DrawnScene]:
    """Fresh scenes with clean labels, half of each; the same seed draws the same scenes."""
    order = [DANGEROUS, SAFE] * ((count + 1) // 2)
    Random(f"labels {seed}").shuffle(order)
    for number, label in enumerate(order[:count], start=1):
        random = Random(f"scene {seed} {number}")
        scene = random_scene(random, label)
        caption = write_caption(scene, random)
        image, boxes = draw_scene(scene, random)
        yield DrawnScene(f"scene-{number:04d}", scene, image, caption, label_of(scene), boxes)


def draw_example(
    folder: Path,
    *,
    count: int = 240,
    seed: int = 0,
    wrong_share: float = 0.08,
    progress: Callable[[int, int], object] | None = None,
) -> ExampleTruth:
    """Write an imagefolder into `folder`/images and the truth beside it.

    `wrong_share` of the labels are flipped; which ones stands in truth.json, never in the import.
    """
    images = folder / IMAGES
    images.mkdir(parents=True, exist_ok=True)
    wrong = set(Random(f"wrong {seed}").sample(range(count), round(wrong_share * count)))
    truth = ExampleTruth(folder, (), {}, {}, (), {})
    labels, given, boxes, lines = truth.labels, truth.given, truth.boxes, []
    for number, drawn in enumerate(draw_scenes(count, seed)):
        name = f"{drawn.key}.jpg"
        drawn.image.save(images / name, quality=90)
        labels[drawn.key] = drawn.label
        given[drawn.key] = _other(drawn.label) if number in wrong else drawn.label
        boxes[drawn.key] = drawn.boxes
        row: dict[str, Any] = {"file_name": name, "text": drawn.caption, "label": given[drawn.key]}
        row["objects"] = _objects(drawn)
        lines.append(json.dumps(row, ensure_ascii=False))
        if progress:
            progress(number + 1, count)
    (images / METADATA).write_text("\n".join(lines) + "\n", encoding="utf-8")
    planted = tuple(key for key in labels if labels[key] != given[key])
    truth = ExampleTruth(folder, tuple(labels), labels, given, planted, boxes)
    _write_truth(truth)
    return truth


def _other(label: str) -> str:
    return SAFE if label == DANGEROUS else DANGEROUS


def _objects(drawn: DrawnScene) -> dict[str, list[Any]]:
    """Boxes as an imagefolder has them: left, top, width, height in pixels."""
    sides = (WIDTH, HEIGHT, WIDTH, HEIGHT)
    return {
        "bbox": [
            [round(share * side, 2) for share, side in zip(one.box, sides, strict=True)]
            for one in drawn.boxes
        ],
        "categories": [category_of(drawn.scene, one.name) for one in drawn.boxes],
    }


def _write_truth(truth: ExampleTruth) -> None:
    content = {
        "planted": truth.planted,
        "labels": truth.labels,
        "given": truth.given,
        "boxes": {key: [asdict(box) for box in boxes] for key, boxes in truth.boxes.items()},
    }
    (truth.folder / TRUTH).write_text(json.dumps(content), encoding="utf-8")
