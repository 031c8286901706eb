"""Untrained heads, many at once: what a classifier scores before it has learnt anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workers.models import adapters

if TYPE_CHECKING:
    from torch import nn


@contextmanager
def random_heads(model: "nn.Module", labels: int, seeds: range) -> Iterator[bool]:
    """Give the model one random head a seed, side by side: logits are [sample, seeds x labels].

    One pass then measures all of them. No global random state is touched; the model's own head
    is back afterwards. Yields False, and changes nothing, when the head is of an unknown kind.
    """
    import torch
    from torch import nn

    found = _find_head(model, labels)
    if found is None or not seeds:
        yield False
        return
    parent, name, head = found
    width = getattr(model.config, "initializer_range", None) or 0.02
    stacked = nn.Linear(head.in_features, labels * len(seeds), device="meta").to_empty(device="cpu")
    with torch.no_grad():
        for index, seed in enumerate(seeds):
            rows = stacked.weight[index * labels : (index + 1) * labels]
            rows.normal_(0.0, width, generator=torch.Generator().manual_seed(seed))
        stacked.bias.zero_()
    setattr(parent, name, stacked.to(head.weight.device))
    try:
        yield True
    finally:
        setattr(parent, name, head)


def _find_head(model: "nn.Module", labels: int) -> "tuple[nn.Module, str, nn.Linear] | None":
    from torch import nn

    found: tuple[nn.Module, str, nn.Linear] | None = None
    for path, module in model.named_modules():
        if not isinstance(module, nn.Linear) or module.out_features != labels:
            continue
        if adapters.is_head(path):
            parent, _, name = path.rpartition(".")
            found = (model.get_submodule(parent), name, module)
    return found
