"""Optimizers, the learning rate of a step, and optimizer state by parameter name."""

import math
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.options import OptimizerKind, Precision, ScheduleKind, TrainingOptions
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.optim import Optimizer

    Tensors = dict[str, torch.Tensor]

# Constants of bitsandbytes, the same for every parameter.
SHARED_KEYS = ("qmap1", "qmap2")


def make_optimizer(model: "nn.Module", options: TrainingOptions) -> "Optimizer":
    """The optimizer over all weights that train; biases and norms do not decay."""
    import torch

    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1]},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    chosen = options.optimizer
    rate, decay = chosen.learning_rate, chosen.weight_decay
    if chosen.kind == OptimizerKind.ADAMW:
        return torch.optim.AdamW(groups, lr=rate, weight_decay=decay, fused=True)
    from bitsandbytes.optim.adamw import AdamW8bit, PagedAdamW8bit

    kinds = {OptimizerKind.ADAMW_8BIT: AdamW8bit, OptimizerKind.PAGED_ADAMW_8BIT: PagedAdamW8bit}
    return kinds[chosen.kind](groups, lr=rate, weight_decay=decay)


def learning_rate(step: int, total_steps: int, options: TrainingOptions) -> float:
    """The rate of a step, counted from 0: a climb, then constant or down to zero."""
    peak = options.optimizer.learning_rate
    warmup = round(options.schedule.warmup_share * total_steps)
    if step < warmup:
        return peak * (step + 1) / warmup
    share = (step - warmup) / max(1, total_steps - warmup)
    match options.schedule.kind:
        case ScheduleKind.CONSTANT:
            return peak
        case ScheduleKind.LINEAR:
            return peak * (1 - share)
        case ScheduleKind.COSINE:
            return peak * 0.5 * (1 + math.cos(math.pi * share))


def set_learning_rate(optimizer: "Optimizer", rate: float) -> None:
    """Use this rate for the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def optimizer_state(
    model: "nn.Module", optimizer: "Optimizer"
) -> tuple["Tensors", dict[str, int | float]]:
    """The optimizer's state as tensors and plain numbers, keyed `<kind>/<parameter name>`."""
    import torch

    tensors: Tensors = {}
    numbers: dict[str, int | float] = {}
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            if key in SHARED_KEYS:
                continue
            if isinstance(value, torch.Tensor):
                tensors[f"{key}/{name}"] = value
            else:
                numbers[f"{key}/{name}"] = value
    return tensors, numbers


def restore_optimizer(
    model: "nn.Module",
    optimizer: "Optimizer",
    tensors: "Tensors",
    numbers: dict[str, int | float],
) -> None:
    """Put the state back, so that the next step is the one that would have come."""
    import torch

    places = {name: p for name, p in model.named_parameters() if p.requires_grad}
    fresh = _init_quantised(optimizer)
    for full_name, value in [*tensors.items(), *numbers.items()]:
        key, _, name = full_name.partition("/")
        if name not in places:
            raise Trouble(
                Reason.BAD_CHECKPOINT, f"The checkpoint's optimizer knows {name}; this model not."
            )
        state = optimizer.state[places[name]]
        if not isinstance(value, torch.Tensor):
            state[key] = value
        elif fresh and key in state:
            state[key].copy_(value)  # keeps paged memory paged
        else:
            state[key] = value.to(places[name].device)


def clip(optimizer: "Optimizer", longest: float) -> float:
    """The norm of all gradients together, which are shortened when it is above `longest` > 0."""
    import torch

    # Not those of the model: to walk through its modules takes longer than the norms do.
    places = [place for group in optimizer.param_groups for place in group["params"]]
    trained = [place for place in places if place.grad is not None]
    total = torch.nn.utils.get_total_norm([p.grad for p in trained if p.grad is not None])
    norm = float(total)
    if 0 < longest < norm and math.isfinite(norm):
        torch.nn.utils.clip_grads_with_norm_(trained, longest, total)
    return norm


def _init_quantised(optimizer: "Optimizer") -> bool:
    init: Any = getattr(optimizer, "init_state", None)
    if init is None:
        return False
    for group_index, group in enumerate(optimizer.param_groups):
        for index, parameter in enumerate(group["params"]):
            init(group, parameter, group_index, index)
    return True


def make_scaler(options: TrainingOptions, device: str) -> "torch.amp.GradScaler":
    """Loss scaling for fp16 on a GPU; elsewhere it does nothing."""
    import torch

    half = options.precision == Precision.FP16 and device == "cuda"
    return torch.amp.GradScaler(device, enabled=half)
