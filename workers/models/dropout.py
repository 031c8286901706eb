"""Dropout on a processor, where drawing at random takes a fifth of training: sixteen bits a value.

Everything is drawn from torch's own generator, whose state is in every checkpoint.
"""

from typing import Any

import torch
from torch import nn
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

BITS = 16
VALUES_PER_WORD = 64 // BITS
# What the replaced attention does not know; torch's own is asked for it.
UNKNOWN = ("position_bias", "cache", "softcap")


class Dropout(nn.Dropout):
    """torch's own with cheaper draws."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return drop(input, self.p) if self.training else input


def make_cheap(model: nn.Module) -> None:
    """Let this model draw fewer bits, and every attention of this process that has dropout."""
    for module in model.modules():
        if type(module) is nn.Dropout:
            module.__class__ = Dropout
    AttentionInterface.register("sdpa", attend)


def drop(values: torch.Tensor, share: float) -> torch.Tensor:
    """As torch's dropout; the share is kept to 1/65536."""
    if not 0 < share < 1:
        return nn.functional.dropout(values, share)
    count = values.numel()
    words = torch.empty(-(-count // VALUES_PER_WORD), dtype=torch.int64, device=values.device)
    drawn = words.random_(-(2**63), None).view(torch.int16)[:count].view(values.shape)
    lowest = min(round(share * 2**BITS), 2**BITS - 1) - 2 ** (BITS - 1)
    # In place and then from int16: torch reads Booleans as numbers at a fifth of the speed.
    return values * drawn.ge_(lowest).to(values.dtype).mul_(1 / (1 - share))


def attend(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """As “sdpa” of transformers, which has no fast kernel for dropout on a processor."""
    causal = options.get("is_causal")
    causal = getattr(module, "is_causal", True) if causal is None else causal
    if (
        not options.get("dropout")
        or query.device.type != "cpu"
        or key.shape[1] != query.shape[1]
        or (causal and attention_mask is None)
        or any(options.get(name) is not None for name in UNKNOWN)
    ):
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    scaling = options.get("scaling")
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = torch.matmul(query * scaling, key.transpose(2, 3))
    if attention_mask is not None and attention_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attention_mask, torch.finfo(scores.dtype).min)
    elif attention_mask is not None:
        scores = scores + attention_mask
    weights = drop(torch.softmax(scores, dim=-1), options["dropout"])
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None
