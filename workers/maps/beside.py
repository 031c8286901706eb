"""What a model that reads pictures beside its text saw of them: its cross-attention."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workers.models.bare import bare_model

if TYPE_CHECKING:
    import torch
    from torch import nn


def read(
    model: "nn.Module", ids: Sequence[int], rows: Sequence[int], seen: Mapping[str, Any]
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Shares [layer, head, row, token] at the deciding places `rows`, and the logits there.

    All of a row lies on the image tokens: what its words read of each other is no part of it.
    """
    import torch

    inner = bare_model(model)
    device = next(model.parameters()).device
    tokens = torch.tensor([list(ids)], device=device)
    deciding = torch.tensor(list(rows), device=device)
    before = inner.config._attn_implementation
    inner.set_attn_implementation("eager")  # the only one that gives its shares away
    try:
        with torch.inference_mode():
            found = model(input_ids=tokens, logits_to_keep=deciding, output_attentions=True, **seen)
    finally:
        inner.set_attn_implementation(before)
    is_image = tokens[0] == inner.config.image_token_id
    crossed = torch.cat(found.cross_attentions)[:, :, deciding - int(is_image.sum()) + 1]
    shares = crossed.new_zeros(*crossed.shape[:3], len(ids))
    shares[..., is_image] = crossed
    return shares.cpu(), found.logits[0]
