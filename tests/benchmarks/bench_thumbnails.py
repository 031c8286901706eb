"""Thumbnails of 1080p JPEGs: our draft and reduced decode beside two plainer ways.

`python -m tests.benchmarks.bench_thumbnails [pictures]`; rounds are interleaved, medians printed.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QImageReader

from resources.example import draw_scenes
from studio.dataset.decoding import Decoder
from studio.dataset.thumbnails import ThumbnailCache
from workers.contract.images import encode_thumbnail, read_pixels

SIZE = 320
ROUNDS = 5


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 40
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = make_pictures(folder, count)
        decoder = Decoder()
        decoder.pixels(paths[0], SIZE)  # the process is started once in a session
        cache = ThumbnailCache(folder / "thumbnails.sqlite")
        for path in paths:
            cache.put(path.name, SIZE, encode_thumbnail(read_pixels(path, SIZE)))
        ways: dict[str, Callable[[Path], object]] = {
            "ours, in this process": lambda path: read_pixels(path, SIZE),
            "ours, through the decoding process": lambda path: decoder.pixels(path, SIZE),
            "ours, from the thumbnail cache": lambda path: cache.get(path.name, SIZE),
            "Pillow, full decode and Lanczos": with_pillow,
            "Qt, setScaledSize": with_qt,
        }
        times = measure(ways, paths)
        decoder.close()
        cache.close()
    show(times)
    return 0


def make_pictures(folder: Path, count: int) -> list[Path]:
    """Drawn scenes as JPEGs of 1920 x 1080."""
    paths: list[Path] = []
    for drawn in draw_scenes(count, seed=1):
        path = folder / f"{drawn.key}.jpg"
        drawn.image.resize((1920, 1080), Image.Resampling.BICUBIC).save(path, quality=90)
        paths.append(path)
    return paths


def with_pillow(path: Path) -> Image.Image:
    """Decode every pixel, then scale."""
    with Image.open(path) as image:
        return image.convert("RGB").resize((SIZE, 180), Image.Resampling.LANCZOS)


def with_qt(path: Path) -> object:
    """Qt's reader asked for the small size."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    reader.setScaledSize(QSize(SIZE, 180))
    return reader.read()


def measure(ways: dict[str, Callable[[Path], object]], paths: list[Path]) -> dict[str, list[float]]:
    """Milliseconds a picture, one figure a round."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, load in ways.items():
            start = time.perf_counter()
            for path in paths:
                load(path)
            times[name].append((time.perf_counter() - start) / len(paths) * 1000)
    return times


def show(times: dict[str, list[float]]) -> None:
    medians = {name: statistics.median(values) for name, values in times.items()}
    ours = medians["ours, through the decoding process"]
    for name, value in medians.items():
        print(f"{name:38} {value:7.2f} ms a picture   {value / ours:5.2f} x")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
