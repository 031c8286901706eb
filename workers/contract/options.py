"""Every option of training, defined once: the form, the command line and the docs read it here."""

from enum import StrEnum
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

GROUPS = (
    "Base model",
    "What trains",
    "LoRA",
    "Quantisation",
    "Batches",
    "Schedule",
    "Evaluation",
    "Checkpoints",
    "Machine",
)


class Frozen(BaseModel):
    """A record that crosses a border: immutable, and strict about unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


def option(
    default: Any, label: str, group: str, help: str, *, unit: str = "", **bounds: float
) -> Any:
    """A field with all that a form, a command line or a table says about it."""
    extra = {"label": label, "group": group, "unit": unit}
    if isinstance(default, list):
        return Field(tuple(default), description=help, json_schema_extra=extra, **bounds)
    return Field(default, description=help, json_schema_extra=extra, **bounds)


class AdapterOptions(Frozen):
    """LoRA: a pair of small matrices beside each targeted layer."""

    rank: int = option(
        8, "Rank", "LoRA", "Inner size of each pair of LoRA matrices.", ge=1, le=1024
    )
    alpha: float = option(
        16, "Alpha", "LoRA", "LoRA output is scaled by alpha / rank.", gt=0, le=4096
    )
    dropout: float = option(
        0.1, "Dropout", "LoRA", "Share of LoRA inputs dropped in training.", ge=0, lt=1
    )
    targets: tuple[str, ...] = option(
        [],
        "Targets",
        "LoRA",
        "Names of the layers that get LoRA; none takes the model's usual ones, "
        "all-linear every linear layer.",
    )
    modules_to_save: tuple[str, ...] = option(
        [],
        "Also trained whole",
        "LoRA",
        "Modules trained and saved in full beside LoRA; the classifier head always is.",
    )
    bias: Literal["none", "lora_only", "all"] = option(
        "none", "Bias", "LoRA", "Which biases train beside LoRA."
    )


class FreezeOptions(Frozen):
    """Freezing by module: only what is named here trains, and the head."""

    trainable: tuple[str, ...] = option(
        [],
        "Trained modules",
        "What trains",
        "Module names, or name prefixes such as encoder.layer.5, that train; the rest is frozen.",
    )


class QuantisationOptions(Frozen):
    """Storing frozen weights in fewer bits; the classifier head never is."""

    kind: QuantisationKind = option(
        QuantisationKind.NONE,
        "Frozen weights",
        "Quantisation",
        "Number format of the frozen weights: none, 8-bit or NF4.",
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
        "AdamW, or its 8-bit forms, which keep their moments in a quarter of the memory.",
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
        "Gradients longer than this are shortened to it; 0 never shortens.",
        ge=0,
    )


class ScheduleOptions(Frozen):
    """The learning rate over the run."""

    kind: ScheduleKind = option(
        ScheduleKind.CONSTANT,
        "Learning rate schedule",
        "Schedule",
        "Constant, or falling to zero on a line or a cosine.",
    )
    warmup_share: float = option(
        0.0,
        "Warm-up",
        "Schedule",
        "Share of all steps in which the rate climbs from zero.",
        ge=0,
        le=0.5,
    )


class EvaluationOptions(Frozen):
    """When and how the validation split is measured."""

    baseline_seeds: int = option(
        10,
        "Untrained heads",
        "Evaluation",
        "Random heads measured before training; their mean is the untrained baseline.",
        unit="heads",
        ge=0,
        le=100,
    )
    early_stop_epochs: int = option(
        0,
        "Stop early after",
        "Evaluation",
        "Epochs without a better validation loss before the run stops; 0 never stops early.",
        unit="epochs",
        ge=0,
    )
    best_by: Literal["loss", "accuracy"] = option(
        "loss", "Best is", "Evaluation", "Which validation metric decides the best checkpoint."
    )


class CheckpointOptions(Frozen):
    """How often the run can be resumed from."""

    every_epochs: int = option(
        1,
        "Every",
        "Checkpoints",
        "Epochs between checkpoints; 0 leaves it to the steps.",
        unit="epochs",
        ge=0,
    )
    every_steps: int = option(
        0,
        "And every",
        "Checkpoints",
        "Steps between checkpoints; 0 saves at epochs only.",
        unit="steps",
        ge=0,
    )
    keep_best: bool = option(
        True, "Keep best", "Checkpoints", "Keep the best checkpoint beside the last two."
    )


class TrainingOptions(Frozen):
    """All options of one run of caption classification.

    What does not apply does not exist: `adapter` is None unless the method is LoRA,
    `freeze` is None unless the method is freeze.
    """

    base_model: str = option(
        "bert-base",
        "Base model",
        "Base model",
        "Short name from the catalogue, a local folder, or a hub id.",
    )
    revision: str = option(
        "", "Revision", "Base model", "Commit of a hub model; empty takes the catalogue's."
    )
    max_length: int = option(
        256,
        "Longest caption",
        "Base model",
        "Longer captions are cut to this many tokens.",
        unit="tokens",
        ge=4,
        le=8192,
    )
    method: Method = option(
        Method.LORA,
        "What trains",
        "What trains",
        "LoRA beside frozen weights, chosen modules, or every weight.",
    )
    freeze: FreezeOptions | None = None
    adapter: AdapterOptions | None = None
    quantisation: QuantisationOptions = QuantisationOptions()
    micro_batch_size: int = option(
        8,
        "Micro-batch",
        "Batches",
        "Samples that pass the model at once.",
        unit="samples",
        ge=1,
        le=4096,
    )
    accumulation: int = option(
        1,
        "Accumulation",
        "Batches",
        "Micro-batches whose gradients make one step.",
        unit="micro-batches",
        ge=1,
        le=1024,
    )
    length_bucketed: bool = option(
        True, "Group by length", "Batches", "Captions of like length share a batch: less padding."
    )
    epochs: int = option(
        20, "Epochs", "Schedule", "Passes over the train split.", unit="epochs", ge=1, le=10_000
    )
    optimizer: OptimizerOptions = OptimizerOptions()
    schedule: ScheduleOptions = ScheduleOptions()
    evaluation: EvaluationOptions = EvaluationOptions()
    checkpoints: CheckpointOptions = CheckpointOptions()
    precision: Precision = option(
        Precision.FP32, "Precision", "Machine", "Number format of the computation."
    )
    threads: int = option(
        0,
        "Processor threads",
        "Machine",
        "0 lets the worker choose from the machine's load.",
        unit="threads",
        ge=0,
        le=512,
    )
    seed: int = option(
        42,
        "Random seed",
        "Machine",
        "Decides the head, the dropout and the order of samples.",
        ge=0,
        le=2**31 - 1,
    )

    @model_validator(mode="before")
    @classmethod
    def keep_what_applies(cls, values: Any) -> Any:
        """Give the chosen method its options and drop those of the others."""
        if not isinstance(values, dict):
            return values
        method = values.get("method", Method.LORA)
        adapter = values.get("adapter") or {} if method == Method.LORA else None
        freeze = values.get("freeze") or {} if method == Method.FREEZE else None
        return values | {"adapter": adapter, "freeze": freeze}


class OptionKind(StrEnum):
    """The kind of control and of text that an option needs."""

    TEXT = "text"
    WHOLE = "whole number"
    REAL = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    NAMES = "names"


class OptionSpec(Frozen):
    """What the program knows of one option; `name` is dotted, such as `adapter.rank`."""

    name: str
    label: str
    group: str
    help: str
    unit: str
    kind: OptionKind
    default: Any
    choices: tuple[str, ...] = ()
    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None


def all_options(model: type[BaseModel] = TrainingOptions, prefix: str = "") -> list[OptionSpec]:
    """Every option in the order of the definition, nested ones by dotted name."""
    specs: list[OptionSpec] = []
    for name, field in model.model_fields.items():
        nested = _nested_model(field.annotation)
        if nested:
            specs += all_options(nested, f"{prefix}{name}.")
        else:
            specs.append(_specify(prefix + name, field))
    return specs


def option_values(options: TrainingOptions) -> dict[str, Any]:
    """The options that apply, as plain values by dotted name."""
    return _flatten(options.model_dump(mode="json"))


def with_values(options: TrainingOptions, changes: dict[str, Any]) -> TrainingOptions:
    """A copy with some options changed by dotted name; raises pydantic's ValidationError.

    Options of a method that is not (or no longer) chosen are ignored.
    """
    tree = options.model_dump(mode="json")
    for name, value in changes.items():
        *parents, leaf = name.split(".")
        place = tree
        for parent in parents:
            if place.get(parent) is None:
                place[parent] = {}
            place = place[parent]
        place[leaf] = value
    return TrainingOptions.model_validate(tree)


def parse_value(spec: OptionSpec, text: str) -> Any:
    """The value that a command line's text means for this option; ValueError says what is wrong."""
    match spec.kind:
        case OptionKind.WHOLE:
            return int(text)
        case OptionKind.REAL:
            return float(text)
        case OptionKind.SWITCH:
            answers = {
                "yes": True,
                "true": True,
                "on": True,
                "no": False,
                "false": False,
                "off": False,
            }
            if text.lower() not in answers:
                raise ValueError(f"{spec.name} is a switch: say yes or no, not “{text}”")
            return answers[text.lower()]
        case OptionKind.NAMES:
            return [part.strip() for part in text.split(",") if part.strip()]
        case OptionKind.TEXT | OptionKind.CHOICE:
            return text


def _flatten(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{name}.")
        elif value is not None:
            flat[prefix + name] = value
    return flat


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    candidates = get_args(annotation) or (annotation,)
    for candidate in candidates:
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _specify(name: str, field: FieldInfo) -> OptionSpec:
    extra = field.json_schema_extra
    assert isinstance(extra, dict), f"{name} was not made by option()"
    bounds = {}
    for rule in field.metadata:
        for ours, theirs in (("least", "ge"), ("above", "gt"), ("most", "le"), ("below", "lt")):
            if getattr(rule, theirs, None) is not None:
                bounds[ours] = getattr(rule, theirs)
    kind, choices = _kind_of(field.annotation)
    default = None if field.default is PydanticUndefined else field.default
    return OptionSpec(
        name=name,
        label=str(extra["label"]),
        group=str(extra["group"]),
        unit=str(extra["unit"]),
        help=field.description or "",
        kind=kind,
        choices=choices,
        default=default,
        **bounds,
    )


def _kind_of(annotation: Any) -> tuple[OptionKind, tuple[str, ...]]:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Literal:
        return OptionKind.CHOICE, tuple(str(choice) for choice in get_args(annotation))
    if get_origin(annotation) is tuple:
        return OptionKind.NAMES, ()
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return OptionKind.CHOICE, tuple(member.value for member in annotation)
    kinds = {
        bool: OptionKind.SWITCH,
        int: OptionKind.WHOLE,
        float: OptionKind.REAL,
        str: OptionKind.TEXT,
    }
    return kinds[annotation], ()
