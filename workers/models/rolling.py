"""Attention rollout while a model runs: one layer at a time, a few rows at a time."""

from collections.abc import Sequence

import torch

from workers.contract.rollout import through
from workers.models.probabilities import Scores

AT_ONCE = 2**20  # probabilities of all heads, 4 MiB


class Rollout:
    """What these rows reach through all layers, as the layers are added from the lowest.

    Of a layer it takes the mean of the heads, and so many probabilities at once. Two arrays
    [token, token] are all that is held.
    """

    def __init__(self, rows: Sequence[int], at_once: int = AT_ONCE) -> None:
        self._rows = list(rows)
        self._at_once = at_once
        self._reached: torch.Tensor | None = None
        self._fits = True

    def add(self, scores: Scores) -> None:
        """One more layer; of one sequence, and none once tokens read what is not among them."""
        batch, heads, count, _ = scores.query.shape
        below = self._reached
        grown = below is not None and len(below) != count
        self._fits = self._fits and scores.is_square and batch == 1 and not grown
        if not self._fits:
            self._reached = None
            return
        device = scores.query.device
        if below is None:
            below = torch.eye(count, device=device)
        reached = torch.empty_like(below, device=device)
        for rows in torch.arange(count).split(max(1, self._at_once // (heads * count))):
            layer = scores.rows(rows)[0].mean(dim=0)
            reached[rows] = through(layer, below.to(device), below[rows].to(device))
        self._reached = reached

    def take(self) -> torch.Tensor | None:
        """[row, token] on the processor; None where a layer does not fit the others."""
        reached, self._reached, self._fits = self._reached, None, True
        return None if reached is None else reached[self._rows].cpu()
