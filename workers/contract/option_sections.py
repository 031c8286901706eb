"""The options of each group, and the words, units and bounds that go with every field."""

from enum import StrEnum
from typing import Any, Literal, TypedDict, Unpack

from pydantic import Field

from workers.contract.frozen import Frozen

GROUPS = (
    "Base model",
    "Template",
    "What trains",
    "LoRA",
    "Quantisation",
    "Batches",
    "Schedule",
    "Evaluation",
    "Generation",
    "Checkpoints",
    "Machine",
)


class Method(StrEnum):
    """Which weights training changes."""

    LORA = "lora"
    FREEZE = "freeze"
    FULL = "full"


class QuantisationKind(StrEnum):
    """Number format of the frozen weights."""

    NONE = "none"
    INT8 = "8-bit"
    NF4 = "nf4"


class OptimizerKind(StrEnum):
    """The optimizers that the worker can make."""

    ADAMW = "adamw"
    ADAMW_8BIT = "adamw-8bit"
    PAGED_ADAMW_8BIT = "paged-adamw-8bit"


class ScheduleKind(StrEnum):
    """How the learning rate moves after the warm-up."""

    CONSTANT = "constant"
    LINEAR = "linear"
    COSINE = "cosine"


class Precision(StrEnum):
    """Number format of the computation."""

    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


class Bounds(TypedDict, total=False):
    """Limits of a number, by pydantic's names."""

    ge: float
    gt: float
    le: float
    lt: float


def option(
    default: Any,
    label: str,
    group: str,
    help: str,
    *,
    unit: str = "",
    hint: str = "",
    **bounds: Unpack[Bounds],
) -> Any:
    """A field with all that a form, a command line or a table says about it.

    `hint` is the help in the few words that fit beside a field, where the help does not.
    """
    extra: dict[str, Any] = {"label": label, "group": group, "unit": unit, "hint": hint or help}
    value = tuple(default) if isinstance(default, list) else default
    return Field(value, description=help, json_schema_extra=extra, **bounds)


class AdapterOptions(Frozen):
    """LoRA: a pair of small matrices beside each targeted layer."""

    rank: int = option(
        8,
        "Rank",
        "LoRA",
        "Inner size of each pair of LoRA matrices.",
        hint="Inner size of the LoRA matrices.",
        ge=1,
        le=1024,
    )
    alpha: float = option(
        16,
        "Alpha",
        "LoRA",
        "LoRA output is scaled by alpha / rank.",
        hint="Output is scaled by alpha / rank.",
        gt=0,
        le=4096,
    )
    dropout: float = option(
        0.1,
        "Dropout",
        "LoRA",
        "Share of LoRA inputs dropped in training.",
        hint="Share of LoRA inputs dropped.",
        ge=0,
        lt=1,
    )
    targets: tuple[str, ...] = option(
        [],
        "Targets",
        "LoRA",
        "Layer names, or all-linear; empty: usual ones.",
        hint="Empty: the usual layers.",
    )
    modules_to_save: tuple[str, ...] = option(
        [],
        "Also trained whole",
        "LoRA",
        "Modules; the classifier head always is.",
        hint="Besides the head.",
    )
    bias: Literal["none", "lora_only", "all"] = option(
        "none", "Bias", "LoRA", "Which biases train beside LoRA.", hint="Which biases train."
    )
    rank_stabilised: bool = option(
        False,
        "Rank-stabilised",
        "LoRA",
        "rsLoRA: scale by alpha / root of rank.",
        hint="rsLoRA: alpha / root of rank.",
    )
    decomposed: bool = option(
        False,
        "Weight-decomposed",
        "LoRA",
        "DoRA: train each column's length too; slower.",
        hint="DoRA: slower, often better.",
    )


class FreezeOptions(Frozen):
    """Freezing by module: only what is named here trains, and the head."""

    trainable: tuple[str, ...] = option(
        [],
        "Trained modules",
        "What trains",
        "Names or prefixes, or a range such as layers.20-23.",
        hint="Names, or layers.20-23.",
    )


class QuantisationOptions(Frozen):
    """Storing frozen weights in fewer bits; the classifier head never is."""

    kind: QuantisationKind = option(
        QuantisationKind.NONE,
        "Frozen weights",
        "Quantisation",
        "Fewer bits; the head is never quantised.",
        hint="Fewer bits, less memory.",
    )
    double: bool = option(
        True, "Double quantisation", "Quantisation", "Quantise the NF4 scales too."
    )


class OptimizerOptions(Frozen):
    """How gradients become updates."""

    kind: OptimizerKind = option(
        OptimizerKind.ADAMW,
        "Optimizer",
        "Schedule",
        "8-bit forms need a quarter of the memory.",
        hint="8-bit takes less memory.",
    )
    learning_rate: float = option(
        2e-4, "Learning rate", "Schedule", "Size of an update at its largest.", gt=0, le=1
    )
    weight_decay: float = option(
        0.01, "Weight decay", "Schedule", "Pull of the weights towards zero.", ge=0, le=1
    )
    clip_norm: float = option(
        1.0,
        "Gradient clipping",
        "Schedule",
        "Longest gradient norm; 0 never shortens.",
        hint="Longest gradient norm; 0 is none.",
        ge=0,
    )


class ScheduleOptions(Frozen):
    """The learning rate over the run."""

    kind: ScheduleKind = option(
        ScheduleKind.CONSTANT,
        "Learning rate schedule",
        "Schedule",
        "Constant, or falling to zero.",
        hint="Constant or falling.",
    )
    warmup_share: float = option(
        0.0,
        "Warm-up",
        "Schedule",
        "Share of steps in which the rate climbs.",
        hint="Share of steps it climbs.",
        ge=0,
        le=0.5,
    )


class EvaluationOptions(Frozen):
    """When and how the validation split is measured."""

    baseline_seeds: int = option(
        10,
        "Untrained baseline",
        "Evaluation",
        "Measured first: so many random heads, or a language model's base once; 0 skips it.",
        hint="Random heads; 0 skips it.",
        unit="heads",
        ge=0,
        le=100,
    )
    early_stop_epochs: int = option(
        0,
        "Stop early after",
        "Evaluation",
        "Without a better validation loss; 0 is never.",
        hint="Epochs without gain; 0 is never.",
        unit="epochs",
        ge=0,
    )
    best_by: Literal["loss", "accuracy"] = option(
        "loss",
        "Best is",
        "Evaluation",
        "What decides the best checkpoint.",
        hint="What decides it.",
    )


class CheckpointOptions(Frozen):
    """How often the run can be resumed from."""

    every_epochs: int = option(
        1,
        "Every",
        "Checkpoints",
        "0 leaves it to the steps.",
        unit="epochs",
        ge=0,
    )
    every_steps: int = option(
        0,
        "And every",
        "Checkpoints",
        "0 saves at epochs only.",
        unit="steps",
        ge=0,
    )
    keep_best: bool = option(True, "Keep best", "Checkpoints", "Beside the last two.")
