"""Measuring a model: the pass without gradients, and what it found told as events."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from workers.contract.events import Phase, SamplesMeasured
from workers.contract.options import Precision, TrainingOptions
from workers.metrics.classification import PerSample
from workers.models import loading
from workers.objectives.objective import Encoded, Moment
from workers.reporting import Report

if TYPE_CHECKING:
    from torch import nn

# Without gradients more fits; a fixed size keeps every measurement of a run the same to the bit.
READING_BATCH = 32
SAMPLES_PER_EVENT = 20_000
MOST_NAMED = 20


def precision_context(options: TrainingOptions, device: str) -> Any:
    """What the forward pass runs in: nothing for fp32, else autocast."""
    import torch

    if options.precision == Precision.FP32:
        return nullcontext()
    half = options.precision == Precision.FP16 and device == "cuda"
    return torch.autocast(device, torch.float16 if half else torch.bfloat16)


@contextmanager
def reading(model: "nn.Module", options: TrainingOptions, device: str) -> Iterator[None]:
    """Without dropout and without gradients; the model is afterwards as it was."""
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode(), precision_context(options, device):
            yield
    finally:
        model.train(was_training)


def in_order(found: np.ndarray, batches: list[list[int]]) -> np.ndarray:
    """Rows found batch by batch, in the order of the samples."""
    ordered = np.empty_like(found)
    ordered[[position for batch in batches for position in batch]] = found
    return ordered


def usable_length(report: Report, options: TrainingOptions, model: "nn.Module") -> int:
    """The longest input that both the options and the model allow."""
    longest = loading.longest_input(model)
    if options.max_length > longest:
        report.say(f"This model takes {longest} tokens at most; longer captions are cut there.")
    return min(options.max_length, longest)


def tell_cut(report: Report, splits: Mapping[str, Encoded], why: str) -> None:
    """Say how many captions were cut."""
    cut = sum(len(split.cut) for split in splits.values())
    if cut:
        total = sum(len(split) for split in splits.values())
        report.say(f"{cut:,} of {total:,} captions are {why} and are cut.", warning=True)


def tell_empty(report: Report, ids: Sequence[int], lack: str) -> None:
    """Say which samples were left out because something of theirs is empty."""
    if ids:
        named = ", ".join(str(id) for id in ids[:MOST_NAMED])
        report.say(f"{len(ids)} samples have {lack} and were left out: {named}.", warning=True)


def tell_samples(
    report: Report, ids: list[int], figures: PerSample, *, phase: Phase, moment: Moment
) -> None:
    """Say each sample's figures, in events of bounded size."""
    for start in range(0, len(ids), SAMPLES_PER_EVENT):
        part = slice(start, start + SAMPLES_PER_EVENT)
        report.append(
            SamplesMeasured(
                phase=phase,
                **moment._asdict(),
                sample_ids=tuple(ids[part]),
                losses=tuple(figures.losses[part].tolist()),
                confidences=tuple(figures.confidences[part].tolist()),
                margins=tuple(figures.margins[part].tolist()),
                probabilities=tuple(tuple(row) for row in figures.probabilities[part].tolist()),
            )
        )
