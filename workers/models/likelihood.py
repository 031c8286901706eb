"""How likely a language model finds given tokens: logits only where they are asked for."""

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workers.models.bare import bare_model
from workers.models.sight import with_token_types

if TYPE_CHECKING:
    import torch
    from torch import nn

    Tensors = dict[str, torch.Tensor]


def logits_at(model: "nn.Module", inputs: "Tensors", keep: "torch.Tensor") -> "torch.Tensor":
    """Logits [n, vocabulary] of the n places where `keep` [row, column] is true, row by row.

    No other logits are computed, in models of transformers that can leave them out.
    """
    inputs = with_token_types(model, inputs)
    if takes_logits_to_keep(model):
        return model(**inputs, logits_to_keep=keep, use_cache=False).logits
    return model(**inputs, use_cache=False).logits[keep]


def takes_logits_to_keep(model: Any) -> bool:
    """Whether the model itself, below any adapter, knows that argument."""
    inner = bare_model(model)
    return "logits_to_keep" in inspect.signature(inner.forward).parameters


def score_answers(
    model: "nn.Module",
    prompts: "Sequence[torch.Tensor]",
    answers: Sequence[Sequence[int]],
    *,
    pad: int,
    device: str,
    seen: "Tensors | None" = None,
) -> "torch.Tensor":
    """Summed log-probability [prompt, answer] of each answer's tokens after each prompt.

    Prompts are read once for all answers where the model's cache allows to go back. `seen` is what
    the model takes of the prompts' pictures.
    """
    import torch

    # Places after a picture that is counted in rows and columns are not known here.
    can_go_back = takes_logits_to_keep(model) and "image_grid_thw" not in (seen or {})
    if can_go_back and any(len(answer) > 1 for answer in answers):
        columns = _score_by_cache(model, prompts, answers, pad, device, seen or {})
    else:
        columns = None
    if columns is None:
        columns = [
            _score_one(model, prompts, answer, pad, device, seen or {}) for answer in answers
        ]
    return torch.stack(columns, dim=1)


def _score_by_cache(
    model: "nn.Module",
    prompts: "Sequence[torch.Tensor]",
    answers: Sequence[Sequence[int]],
    pad: int,
    device: str,
    seen: "Tensors",
) -> "list[torch.Tensor] | None":
    import torch
    from torch.nn.functional import log_softmax

    ids, mask = _pad_right(prompts, pad, device)
    lengths = mask.sum(1)
    last = torch.zeros_like(mask, dtype=torch.bool)
    last[torch.arange(len(prompts)), lengths - 1] = True
    read = model(input_ids=ids, attention_mask=mask, logits_to_keep=last, use_cache=True, **seen)
    cache = read.past_key_values
    layers = getattr(cache, "layers", [])
    if not layers or any(type(layer).__name__ != "DynamicLayer" for layer in layers):
        return None
    first = log_softmax(read.logits.float(), dim=-1)
    columns = []
    for answer in answers:
        total = first[:, answer[0]]
        if len(answer) > 1:
            given = torch.tensor(answer[:-1], device=device).expand(len(prompts), -1)
            places = lengths[:, None] + torch.arange(given.shape[1], device=device)
            logits = model(
                input_ids=given,
                attention_mask=torch.cat([mask, torch.ones_like(given)], dim=1),
                position_ids=places,
                past_key_values=cache,
                use_cache=True,
            ).logits
            cache.crop(-given.shape[1])
            wanted = torch.tensor(answer[1:], device=device).expand(len(prompts), -1)
            found = log_softmax(logits.float(), dim=-1).gather(2, wanted[..., None])
            total = total + found[..., 0].sum(1)
        columns.append(total)
    return columns


def _score_one(
    model: "nn.Module",
    prompts: "Sequence[torch.Tensor]",
    answer: Sequence[int],
    pad: int,
    device: str,
    seen: "Tensors",
) -> "torch.Tensor":
    import torch
    from torch.nn.functional import log_softmax

    tokens = torch.tensor(answer)
    ids, mask = _pad_right([torch.cat([prompt, tokens]) for prompt in prompts], pad, device)
    keep = torch.zeros_like(mask, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        keep[row, len(prompt) - 1 : len(prompt) - 1 + len(answer)] = True
    logits = logits_at(model, {"input_ids": ids, "attention_mask": mask} | seen, keep)
    found = log_softmax(logits.float(), dim=-1).reshape(len(prompts), len(answer), -1)
    wanted = tokens.to(device).expand(len(prompts), -1)
    return found.gather(2, wanted[..., None])[..., 0].sum(1)


def _pad_right(
    rows: "Sequence[torch.Tensor]", pad: int, device: str
) -> "tuple[torch.Tensor, torch.Tensor]":
    import torch
    from torch.nn.utils.rnn import pad_sequence

    ids = pad_sequence(list(rows), batch_first=True, padding_value=pad)
    mask = pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)
    return ids.to(device), mask.to(device)
