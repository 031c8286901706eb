"""What a run's reason for failing means, which option is responsible, and what would help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workers.contract.events import Reason
from workers.contract.options import QuantisationKind, TrainingOptions


@dataclass(frozen=True)
class Remedy:
    """Words for a button, and the options it sets; none where it is something to look at."""

    text: str
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Advice:
    """What happened in plain words, the responsible option's dotted name, and remedies."""

    meaning: str
    option: str = ""
    remedies: tuple[Remedy, ...] = ()


_MEANINGS: dict[Reason, tuple[str, str]] = {
    Reason.OUT_OF_MEMORY: ("The machine ran out of memory.", "micro_batch_size"),
    Reason.MODEL_NOT_FOUND: ("The base model's weights are not here.", "base_model"),
    Reason.MODEL_NOT_SUPPORTED: ("This model is not of a kind that reads captions.", "base_model"),
    Reason.MODEL_NOT_TRUSTED: ("The folder holds code or pickled weights.", "base_model"),
    Reason.BAD_OPTION: ("An option does not fit this model.", ""),
    Reason.BAD_SAMPLE: ("A sample could not be read.", ""),
    Reason.ONE_LABEL: ("All train samples have the same label.", ""),
    Reason.NOTHING_TRAINS: ("No parameter would have changed.", "adapter.targets"),
    Reason.DIVERGED: ("The loss is not a number any more.", "optimizer.learning_rate"),
    Reason.DISK_FULL: ("The disk is full.", "checkpoints.every_steps"),
    Reason.NO_ACCESS: ("The system refused a file or a folder.", ""),
    Reason.BAD_CHECKPOINT: ("A checkpoint is damaged or was made by other options.", ""),
    Reason.NOT_PROVEN: ("The exported model gave other logits, so it was not kept.", ""),
    Reason.BUG: ("The program did something wrong; the trace says where.", ""),
}


def advice_for(
    reason: Reason,
    options: TrainingOptions | None = None,
    proposals: Sequence[Mapping[str, Any]] = (),
) -> Advice:
    """The advice for a reason, with remedies that fit the options of the run.

    `proposals` are those that its worker made; it knew the samples and the memory.
    """
    meaning, option = _MEANINGS[reason]
    told = tuple(Remedy(one["words"], tuple(one["options"].items())) for one in proposals)
    remedies = told or (_remedies(reason, options) if options else ())
    return Advice(meaning, option, remedies)


def _remedies(reason: Reason, options: TrainingOptions) -> tuple[Remedy, ...]:
    if reason == Reason.OUT_OF_MEMORY:
        return _smaller(options)
    if reason == Reason.DIVERGED:
        rate = options.optimizer.learning_rate / 10
        return (Remedy(f"Learning rate {rate:g}", (("optimizer.learning_rate", rate),)),)
    if reason == Reason.DISK_FULL:
        return (Remedy("Save at epochs only", (("checkpoints.every_steps", 0),)),)
    if reason == Reason.NOTHING_TRAINS and options.adapter is not None:
        return (Remedy("The model's usual targets", (("adapter.targets", []),)),)
    return ()


def _smaller(options: TrainingOptions) -> tuple[Remedy, ...]:
    """Ways to need less memory; the first keeps what a step computes."""
    found: list[Remedy] = []
    size = options.micro_batch_size
    if size > 1 and size % 2 == 0:
        half, steps = size // 2, options.accumulation * 2
        changes = (("micro_batch_size", half), ("accumulation", steps))
        found.append(Remedy(f"{half} x {steps}, same result per step", changes))
    if options.max_length > 64:
        shorter = options.max_length // 2
        found.append(Remedy(f"Captions of {shorter} tokens", (("max_length", shorter),)))
    if options.adapter is not None and options.quantisation.kind != QuantisationKind.NF4:
        found.append(Remedy("NF4", (("quantisation.kind", QuantisationKind.NF4.value),)))
    return tuple(found)
