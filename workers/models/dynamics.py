"""Training dynamics: each sample's figures before its own update, gathered over an epoch."""

from collections.abc import Sequence

import numpy as np

KINDS = ("losses", "confidences", "margins")


class Dynamics:
    """What an epoch has seen so far, by sample position; what was not seen is no number."""

    def __init__(self, samples: int) -> None:
        self._values = np.full((len(KINDS), samples), np.nan)

    def note(self, positions: Sequence[int], figures: Sequence[np.ndarray]) -> None:
        """Keep the figures (in the order of KINDS) of the samples at these positions."""
        self._values[:, list(positions)] = figures

    def of(self, kind: str) -> np.ndarray:
        """One figure of every sample."""
        return self._values[KINDS.index(kind)]

    def clear(self) -> None:
        """Forget all: a new epoch begins."""
        self._values[:] = np.nan

    def as_array(self) -> np.ndarray:
        """All figures, for a checkpoint."""
        return self._values.copy()

    def restore(self, values: np.ndarray) -> None:
        """Take over what a checkpoint held."""
        self._values[:] = values
