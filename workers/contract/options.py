"""Every option of training, defined once: the form, the command line and the docs read it here."""

from enum import StrEnum
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from workers.contract.answer_options import (
    AnswerKind,
    Cut,
    GenerationOptions,
    Masking,
    PromptOptions,
    Task,
)
from workers.contract.frozen import Frozen
from workers.contract.option_sections import (
    GROUPS,
    AdapterOptions,
    CheckpointOptions,
    EvaluationOptions,
    FreezeOptions,
    Method,
    OptimizerKind,
    OptimizerOptions,
    Precision,
    QuantisationKind,
    QuantisationOptions,
    ScheduleKind,
    ScheduleOptions,
    option,
)
from workers.contract.vision_options import Part, VisionOptions

__all__ = [
    "GROUPS",
    "AdapterOptions",
    "AnswerKind",
    "CheckpointOptions",
    "Cut",
    "EvaluationOptions",
    "FreezeOptions",
    "Frozen",
    "GenerationOptions",
    "Masking",
    "Method",
    "OptimizerKind",
    "OptimizerOptions",
    "OptionKind",
    "OptionSpec",
    "Part",
    "Precision",
    "PromptOptions",
    "QuantisationKind",
    "QuantisationOptions",
    "ScheduleKind",
    "ScheduleOptions",
    "Task",
    "TrainingOptions",
    "VisionOptions",
    "all_options",
    "option_values",
    "parse_value",
    "with_values",
]


class TrainingOptions(Frozen):
    """All options of one training run.

    What does not apply does not exist: `adapter` is None unless the method is LoRA, `freeze` is
    None unless the method is freeze, `prompt` and `generation` are None for a classifier, `vision`
    is None unless the task is picture. There the parts' switches decide the method: LoRA where any
    of them has it, else full.
    """

    base_model: str = option(
        "bert-base",
        "Base model",
        "Base model",
        "Short name, local folder or hub id.",
        hint="Name, folder or hub id.",
    )
    revision: str = option(
        "",
        "Revision",
        "Base model",
        "Hub commit; empty: the catalogue's.",
        hint="Hub commit, or empty.",
    )
    task: Task = option(
        Task.CLASSIFICATION,
        "Task",
        "Base model",
        "A label by a classifier head, an answer in words, or words about a picture.",
        hint="What is learnt.",
    )
    max_length: int = option(
        256,
        "Longest input",
        "Base model",
        "Longer captions are cut; an answer counts too.",
        hint="Longer captions are cut.",
        unit="tokens",
        ge=4,
        le=8192,
    )
    prompt: PromptOptions | None = None
    vision: VisionOptions | None = None
    method: Method = option(
        Method.LORA,
        "What trains",
        "What trains",
        "LoRA, chosen modules, or every weight.",
        hint="Which weights change.",
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
        hint="Micro-batches a step.",
        unit="micro-batches",
        ge=1,
        le=1024,
    )
    length_bucketed: bool = option(
        True,
        "Group by length",
        "Batches",
        "Like lengths share a batch: less padding.",
        hint="Like lengths share a batch.",
    )
    packed: bool = option(
        False,
        "Packing",
        "Batches",
        "Fill a row with several samples; none sees another.",
        hint="Several samples in a row.",
    )
    gradient_checkpointing: bool = option(
        False,
        "Gradient checkpointing",
        "Batches",
        "Compute activations twice: less memory, slower.",
        hint="Less memory, slower.",
    )
    epochs: int = option(
        20, "Epochs", "Schedule", "Passes over the train split.", unit="epochs", ge=1, le=10_000
    )
    optimizer: OptimizerOptions = OptimizerOptions()
    schedule: ScheduleOptions = ScheduleOptions()
    evaluation: EvaluationOptions = EvaluationOptions()
    checkpoints: CheckpointOptions = CheckpointOptions()
    generation: GenerationOptions | None = None
    precision: Precision = option(
        Precision.FP32,
        "Precision",
        "Machine",
        "Number format of the computation.",
        hint="Of the computation.",
    )
    threads: int = option(
        0,
        "Processor threads",
        "Machine",
        "0 lets the worker choose.",
        unit="threads",
        ge=0,
        le=512,
    )
    seed: int = option(
        42,
        "Random seed",
        "Machine",
        "Decides head, dropout and order.",
        ge=0,
        le=2**31 - 1,
    )

    @model_validator(mode="before")
    @classmethod
    def keep_what_applies(cls, values: Any) -> Any:
        """Give the chosen method and task their options and drop those of the others."""
        if not isinstance(values, dict):
            return values
        method = values.get("method", Method.LORA)
        task = values.get("task", Task.CLASSIFICATION)
        answers, sees = task in (Task.ANSWER, Task.PICTURE), task == Task.PICTURE
        if sees:
            values = values | {"method": _method_of_parts(values.get("vision"))}
            method = values["method"]
        applies = {
            "adapter": method == Method.LORA,
            "freeze": method == Method.FREEZE,
            "prompt": answers,
            "vision": sees,
            "generation": answers,
        }
        chosen = {name: values.get(name) or {} if on else None for name, on in applies.items()}
        return values | chosen


def _method_of_parts(vision: Any) -> Method:
    """What the switches of a model that sees come to; those not given are at their defaults."""
    given = vision if isinstance(vision, dict) else vars(vision) if vision else {}
    for name in ("tower", "projector", "language"):
        if given.get(name, VisionOptions.model_fields[name].default) == Part.LORA:
            return Method.LORA
    return Method.FULL


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
    hint: str
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
        hint=str(extra["hint"]),
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
