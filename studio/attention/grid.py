"""The patch grid: which part of the picture each image token stands for."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PatchGrid:
    """Rows × columns of image tokens, row by row, over a part of the upright image.

    `area` is that part as left, top, width, height in fractions of the image: models that crop see
    less than all of it.
    """

    rows: int
    columns: int
    area: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    def picture(self, row: np.ndarray) -> np.ndarray:
        """Shares of the image tokens as [row, column]."""
        return row.reshape(self.rows, self.columns)

    def patch(self, index: int) -> tuple[float, float, float, float]:
        """Where a patch lies: left, top, width, height in fractions of the image."""
        left, top, width, height = self.area
        down, across = divmod(index, self.columns)
        patch_width, patch_height = width / self.columns, height / self.rows
        return left + across * patch_width, top + down * patch_height, patch_width, patch_height

    def cover(self, box: tuple[float, float, float, float]) -> np.ndarray:
        """How much of each patch a box covers, from 0 to 1, as [row, column]."""
        left, top, width, height = self.area
        across = _overlap(box[0], box[2], left, width, self.columns)
        down = _overlap(box[1], box[3], top, height, self.rows)
        return down[:, None] * across[None, :]

    def share_in_box(self, row: np.ndarray, box: tuple[float, float, float, float]) -> float:
        """The share of the attention on the image that falls into a box."""
        picture = self.picture(row)
        total = picture.sum()
        return float((picture * self.cover(box)).sum() / total) if total > 0 else 0.0

    def chance(self, box: tuple[float, float, float, float]) -> float:
        """The share that would fall into a box if every patch were looked at alike."""
        return float(self.cover(box).mean())


def _overlap(start: float, length: float, origin: float, extent: float, parts: int) -> np.ndarray:
    edges = origin + extent * np.arange(parts + 1) / parts
    low = np.maximum(edges[:-1], start)
    high = np.minimum(edges[1:], start + length)
    return np.clip(high - low, 0.0, None) / (extent / parts)
