"""What Welcome finds out about a recent project, off the window's thread."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage

from studio.dataset.thumbnails import ThumbnailCache
from studio.preferences import Recent

SIDE = 320  # of the kept thumbnails


@dataclass(frozen=True)
class Found:
    """Why it cannot be opened or only read, the epoch of its live run, thumbnails."""

    problem: str
    epoch: int | None
    pictures: list[QImage]


def look_at(recent: Recent) -> Found:
    """Read a few bytes of the project and the thumbnails that are kept."""
    from studio.runs.glance import glance  # brings the workers' contract, which may come late

    seen = glance(Path(recent.path), recent.running)
    cache = ThumbnailCache()
    try:
        contents = [cache.get(sha256, SIDE) for sha256 in recent.pictures]
    finally:
        cache.close()
    pictures = [QImage.fromData(content) for content in contents if content]
    return Found(seen.problem, seen.epoch, [each for each in pictures if not each.isNull()])
