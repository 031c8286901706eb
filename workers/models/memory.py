"""How much memory training would take: each part by rule or by counting, and what is free now."""

from dataclasses import dataclass, replace
from inspect import signature
from typing import TYPE_CHECKING, Any

import psutil

from workers.contract.families import Layout
from workers.contract.options import (
    AnswerKind,
    OptimizerKind,
    Precision,
    QuantisationKind,
    TrainingOptions,
)
from workers.models import adapters, causal, parts
from workers.models.bare import bare_model

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from torch import nn

# A prime that divides no width of a model: a tensor's size then tells how it grows with length.
_PROBE_LENGTH = 61
_PROCESS = 480 * 2**20  # the worker with its libraries, before any model
_FLOAT = 4
_SMALLEST_8BIT_TENSOR = 4096  # bitsandbytes keeps the moments of smaller tensors in 32 bits
# Allocators round up and gradients of activations live beside them.
_UNCERTAINTY = (0.9, 1.25)


# Measured: what the C library keeps of pieces that a language model's pass has freed.
_KEPT_WHEN_FREED = 0.4
# A layer keeps some twenty times its input; recomputed, its input alone.
_KEPT_TIMES = 20
# Tokens of an answer with its end where nobody counted them: a label's.
_LABEL_TOKENS = 4


@dataclass(frozen=True)
class Lengths:
    """Tokens of an input, at the median and the 99th percentile, and of an answer (0: unknown)."""

    typical: int
    longest: int
    answer: int = 0


@dataclass(frozen=True)
class Growth:
    """Bytes that one sample's forward pass keeps for the backward one: a · length + b · length².

    `picture` is what a vision tower that trains keeps of one picture, or of one tile of it.
    """

    linear: float
    quadratic: float
    picture: float = 0.0

    def at(self, length: int) -> float:
        """Bytes for one sample of so many tokens."""
        return self.picture + self.linear * length + self.quadratic * length * length


def measure_growth(model: "nn.Module") -> Growth:
    """Run one sample through a model on the meta device and count what autograd keeps."""
    import torch

    length = _PROBE_LENGTH

    def read() -> None:
        seen = torch.ones(1, 1, length, length, dtype=torch.bool)
        extra = {"logits_to_keep": 1, "use_cache": False} if _is_language_model(model) else {}
        reader, words = _entrance(model, length)
        reader(**words, attention_mask=seen, **extra)

    sizes = _kept_sizes(model, read)
    square = sum(size for size in sizes if size % length**2 == 0)
    line = sum(size for size in sizes if size % length == 0 and size % length**2)
    tower = _trained_tower(model)
    picture = 0
    if tower is not None:
        edges = _sides(tower.config.image_size)
        pixels = (1, int(getattr(tower.config, "num_channels", 3)), *edges)
        picture = sum(_kept_sizes(model, lambda: tower(pixel_values=torch.zeros(pixels))))
    return Growth(line / length, square / length**2, picture)


def _kept_sizes(model: "nn.Module", run: "Callable[[], object]") -> list[int]:
    """Bytes of each tensor that a pass on the meta device keeps, the model's own left out."""
    import torch

    own = {parameter.untyped_storage()._cdata for parameter in model.parameters()}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: "torch.Tensor") -> "torch.Tensor":
        kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    was_training = model.training
    model.train()
    hooks = torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)
    with hooks, torch.device("meta"):
        run()
    model.train(was_training)
    return [tensor.untyped_storage().nbytes() for key, tensor in kept.items() if key not in own]


def _entrance(model: Any, length: int) -> "tuple[Any, dict[str, torch.Tensor]]":
    """What reads a sample, and the sample: ids, or embeddings where what makes them trains."""
    import torch

    family = parts.family_if_seeing(model)
    inner = bare_model(model)
    if family is None or not any(
        one.requires_grad and parts.part_of(family, name) != "language"
        for name, one in inner.named_parameters()
    ):
        return model, {"input_ids": torch.zeros(1, length, dtype=torch.long)}
    width = inner.get_input_embeddings().weight.shape[1]
    dtype = inner.get_input_embeddings().weight.dtype
    words = torch.zeros(1, length, width, dtype=dtype, requires_grad=True)
    return getattr(inner, "language_model", inner), {"inputs_embeds": words}


def _trained_tower(model: Any) -> Any:
    """The vision tower, where it trains and its config says how large a picture it takes."""
    family = parts.family_if_seeing(model)
    if family is None:
        return None
    tower: Any = bare_model(model).get_submodule(family.tower[0])
    trains = any(one.requires_grad for one in tower.parameters())
    return tower if trains and hasattr(tower.config, "image_size") else None


def _sides(size: Any) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))


def estimate(
    model: "nn.Module",
    options: TrainingOptions,
    growth: Growth,
    lengths: Lengths,
    labels: int,
) -> dict[str, int]:
    """Bytes by part, the range of their sum with the process itself, and what is free now."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    longest = min(lengths.longest, options.max_length)
    typical, longest = (max(1, min(length, longest)) for length in (lengths.typical, longest))
    compute = 1.0 if options.precision == Precision.FP32 else 0.6
    batch = options.micro_batch_size * compute
    kept = _KEPT_WHEN_FREED * batch * growth.at(longest) if _is_fragmented(options) else 0.0
    growth = replace(growth, picture=growth.picture * _tiles(model, options))
    growth = _recomputed(model, growth) if options.gradient_checkpointing else growth
    stored = _trained_bytes(options)
    found = {
        "weights": _weight_bytes(model, options),
        "adapters": stored * sum(parameter.numel() for parameter in trained),
        "gradients": stored * sum(parameter.numel() for parameter in trained),
        "optimizer": sum(_moment_bytes(parameter, options) for parameter in trained),
        "activations": int(batch * growth.at(longest)),
        "logits": 3 * _FLOAT * options.micro_batch_size * _outputs(model, options, lengths, labels),
    }
    if options.adapter is None:
        found["adapters"] = 0
    fixed = _PROCESS + sum(size for name, size in found.items() if name != "activations")
    low = fixed + _UNCERTAINTY[0] * batch * growth.at(typical)
    high = fixed * 1.1 + _UNCERTAINTY[1] * batch * growth.at(longest) + kept
    ends = {"process": _PROCESS, "low": int(low), "high": int(high), "free": free_bytes()}
    return found | ends


def _tiles(model: "nn.Module", options: TrainingOptions) -> int:
    """How many times a tower may see a picture: tiles, and the whole in small beside them."""
    family = parts.family_if_seeing(model)
    if options.vision is None or family is None or family.layout != Layout.TILES:
        return 1
    return options.vision.tiles + (options.vision.tiles > 1)


def _is_fragmented(options: TrainingOptions) -> bool:
    import torch

    return options.task.writes and not torch.cuda.is_available()


def _outputs(model: "nn.Module", options: TrainingOptions, lengths: Lengths, labels: int) -> int:
    """Logits of one sample: one a label, or the vocabulary's at each token that is learnt."""
    if not options.task.writes or options.prompt is None:
        return labels
    guessed = _LABEL_TOKENS
    if options.prompt.answer != AnswerKind.LABEL:
        guessed = max(1, lengths.longest // 2)
    tokens = min(lengths.answer or guessed, options.max_length)
    config: Any = model.config
    return tokens * int(config.get_text_config().vocab_size)


def _recomputed(model: "nn.Module", growth: Growth) -> Growth:
    """What is kept when each layer is computed again: its input, and all of one layer."""
    config: Any = model.config
    config = config.get_text_config()
    layers = max(1, int(getattr(config, "num_hidden_layers", 1)))
    inputs = _FLOAT * layers * int(getattr(config, "hidden_size", 0))
    linear = min(growth.linear, inputs + growth.linear / layers)
    tower = _trained_tower(model)
    picture = growth.picture
    if tower is not None:
        deep = max(1, int(tower.config.num_hidden_layers))
        picture = picture / deep + picture / _KEPT_TIMES
    return Growth(linear=linear, quadratic=growth.quadratic / layers, picture=picture)


def _is_language_model(model: Any) -> bool:
    root = bare_model(model)
    return "logits_to_keep" in signature(root.forward).parameters and root.can_generate()


def free_bytes() -> int:
    """Memory that a worker could take now: the first CUDA device's, else the machine's."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.mem_get_info(0)[0]
    return psutil.virtual_memory().available


def _weight_bytes(model: "nn.Module", options: TrainingOptions) -> int:
    """Weights that are stored, less the trained ones that LoRA adds (those are `adapters`)."""
    quantised = _quantised_weights(model) if _is_quantised(options) else set[int]()
    plain = _plain_bytes(options)
    total = 0.0
    for parameter in model.parameters():
        if options.adapter is not None and parameter.requires_grad:
            continue
        is_small = id(parameter) in quantised
        usual = _trained_bytes(options) if parameter.requires_grad else plain
        total += parameter.numel() * (_bytes_a_weight(options) if is_small else usual)
    return int(total)


def _plain_bytes(options: TrainingOptions) -> int:
    """Bytes of a weight that is loaded as it is; beside quantised ones it is in 32 bits."""
    if not options.task.writes or _is_quantised(options):
        return _FLOAT
    return causal.weight_dtype(options).itemsize


def _trained_bytes(options: TrainingOptions) -> int:
    """Bytes of a weight that trains, and of its gradient."""
    if options.vision is None or options.vision.trained_in_fp32:
        return _FLOAT
    return _plain_bytes(options)


def _is_quantised(options: TrainingOptions) -> bool:
    return options.quantisation.kind != QuantisationKind.NONE


def _quantised_weights(model: "nn.Module") -> set[int]:
    from torch import nn

    heads = ("classifier", "score", "pooler", "lora_", *adapters.OUTPUT_NAMES)
    family = parts.family_if_seeing(model)
    return {
        id(module.weight)
        for name, module in bare_model(model).named_modules()
        if isinstance(module, nn.Linear)
        and not any(head in name for head in heads)
        and (family is None or parts.part_of(family, name) == "language")
    }


def _bytes_a_weight(options: TrainingOptions) -> float:
    match options.quantisation.kind:
        case QuantisationKind.INT8:
            return 1.01  # one scale a row
        case QuantisationKind.NF4:
            # One scale for 64 weights: 32 bits, or 8 and a 32-bit one for 256 of them.
            return 0.5 + (8.125 if options.quantisation.double else 32) / 8 / 64
        case QuantisationKind.NONE:
            return _FLOAT


def _moment_bytes(parameter: "nn.Parameter", options: TrainingOptions) -> int:
    is_small = parameter.numel() < _SMALLEST_8BIT_TENSOR
    if options.optimizer.kind == OptimizerKind.ADAMW or is_small:
        return 2 * _trained_bytes(options) * parameter.numel()
    return 2 * parameter.numel()
