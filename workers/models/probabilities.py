"""The probabilities of attention, computed once more from queries and keys."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Scores:
    """What one attention is computed from: [batch, head, token, width] of queries and keys.

    Heads that share keys are grouped, so that no key is copied. A boolean mask lets pass where it
    is true, another is added; without one, `is_causal` hides what comes later.
    """

    query: torch.Tensor
    key: torch.Tensor
    mask: torch.Tensor | None = None
    is_causal: bool = False
    scale: float | None = None

    @property
    def is_square(self) -> bool:
        """Whether tokens read each other, and no others."""
        return self.query.shape[2] == self.key.shape[2]

    @torch.no_grad()
    def rows(self, rows: torch.Tensor | None = None) -> torch.Tensor:
        """softmax(q · kᵀ · scale + mask) in float32, [batch, head, row, column], all or some rows,
        on the device of the queries.
        """
        batch, heads, length, width = self.query.shape
        shared = self.key.shape[1]
        rows = torch.arange(length) if rows is None else rows[rows < length]
        rows = rows.to(self.query.device)
        chosen = self.query[:, :, rows].float().reshape(batch, shared, -1, width)
        chosen *= width**-0.5 if self.scale is None else self.scale
        scores = chosen @ self.key.float().transpose(-1, -2)
        scores = scores.reshape(batch, heads, len(rows), self.key.shape[2])
        if self.mask is not None:
            part = self.mask[:, :, rows] if self.mask.shape[2] > 1 else self.mask
            _hide(scores, part)
        elif self.is_causal and length > 1:
            columns = torch.arange(self.key.shape[2], device=rows.device)
            _hide(scores, columns[None] <= rows[:, None])
        return scores.softmax(dim=-1)


def _hide(scores: torch.Tensor, mask: torch.Tensor) -> None:
    if mask.dtype == torch.bool:
        scores.masked_fill_(~mask, torch.finfo(scores.dtype).min)
    else:
        scores += mask.float()
