"""Training dynamics: each sample's figures before its own update, gathered over an epoch."""

from collections.abc import Sequence

import numpy as np

from workers.metrics.classification import PerSample


class Dynamics:
    """What an epoch has seen so far, by sample position; what was not seen is no number."""

    def __init__(self, samples: int) -> None:
        self._values = np.full((3, samples), np.nan)

    def note(self, positions: Sequence[int], figures: PerSample) -> None:
        """Keep the figures of the samples at these positions."""
        found = (figures.losses, figures.confidences, figures.margins)
        self._values[:, list(positions)] = found

    def figures(self) -> PerSample:
        """What was noted of every sample; probabilities are left out."""
        losses, confidences, margins = self._values.copy()
        return PerSample(losses, confidences, margins, np.zeros((0, 0)))

    def clear(self) -> None:
        """Forget all: a new epoch begins."""
        self._values[:] = np.nan

    def as_array(self) -> np.ndarray:
        """All figures, for a checkpoint."""
        return self._values.copy()

    def restore(self, values: np.ndarray) -> None:
        """Take over what a checkpoint held."""
        self._values[:] = values
