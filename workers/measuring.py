"""Measuring a model on a split: one pass, told as events; used by every verb that evaluates."""

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from workers.contract.events import BaselineMeasured, Evaluated, Phase, SamplesMeasured
from workers.contract.options import Precision, TrainingOptions
from workers.data.batches import reading_batches
from workers.data.tokens import TokenisedSamples
from workers.metrics.classification import PerSample, Score, per_sample, score
from workers.models.baseline import random_heads
from workers.reporting import Report

if TYPE_CHECKING:
    from torch import nn

# Without gradients more fits; a fixed size keeps every measurement of a run the same to the bit.
READING_BATCH = 32
SAMPLES_PER_EVENT = 20_000


def precision_context(options: TrainingOptions, device: str) -> Any:
    """What the forward pass runs in: nothing for fp32, else autocast."""
    import torch

    if options.precision == Precision.FP32:
        return nullcontext()
    half = options.precision == Precision.FP16 and device == "cuda"
    return torch.autocast(device, torch.float16 if half else torch.bfloat16)


def predict(
    model: "nn.Module", samples: TokenisedSamples, options: TrainingOptions, device: str
) -> np.ndarray:
    """Logits of every sample, in the samples' order, without dropout; draws nothing at random."""
    import torch

    was_training = model.training
    model.eval()
    batches = reading_batches(samples.lengths, READING_BATCH)
    with torch.inference_mode(), precision_context(options, device):
        parts = [model(**samples.batch(batch, device)).logits.float() for batch in batches]
    model.train(was_training)
    if not parts:
        return np.zeros((0, 0), np.float32)
    found = torch.cat(parts).cpu().numpy()
    logits = np.empty_like(found)
    logits[[position for batch in batches for position in batch]] = found
    return logits


def measure(
    report: Report,
    model: "nn.Module",
    samples: TokenisedSamples,
    options: TrainingOptions,
    *,
    labels: tuple[str, ...],
    device: str,
    split: str,
    step: int,
    epoch: int,
) -> Score:
    """Evaluate a split that has samples, and say what came out: as a whole and sample by sample."""
    logits = predict(model, samples, options, device)
    result = score(logits, samples.labels, labels, options.micro_batch_size)
    report.append(Evaluated(step=step, epoch=epoch, split=split, **vars(result)))
    tell_samples(
        report,
        samples.ids,
        per_sample(logits, samples.labels),
        phase=Phase.EVALUATION,
        split=split,
        step=step,
        epoch=epoch,
    )
    return result


def tell_samples(
    report: Report,
    ids: list[int],
    figures: PerSample,
    *,
    phase: Phase,
    split: str,
    step: int,
    epoch: int,
) -> None:
    """Say each sample's figures, in events of bounded size."""
    for start in range(0, len(ids), SAMPLES_PER_EVENT):
        part = slice(start, start + SAMPLES_PER_EVENT)
        report.append(
            SamplesMeasured(
                phase=phase,
                split=split,
                step=step,
                epoch=epoch,
                sample_ids=tuple(ids[part]),
                losses=tuple(figures.losses[part].tolist()),
                confidences=tuple(figures.confidences[part].tolist()),
                margins=tuple(figures.margins[part].tolist()),
                probabilities=tuple(tuple(row) for row in figures.probabilities[part].tolist()),
            )
        )


def measure_baseline(
    report: Report,
    model: "nn.Module",
    samples: TokenisedSamples,
    options: TrainingOptions,
    *,
    labels: tuple[str, ...],
    device: str,
) -> None:
    """Say what heads that learnt nothing score on a split, one for each of the option's seeds."""
    seeds = range(options.evaluation.baseline_seeds)
    with random_heads(model, len(labels), seeds) as possible:
        if not possible or not len(samples):
            return
        logits = predict(model, samples, options, device)
    heads = logits.reshape(len(samples), len(seeds), len(labels))
    scores = [
        score(heads[:, index], samples.labels, labels, options.micro_batch_size) for index in seeds
    ]
    report.append(
        BaselineMeasured(
            accuracies=tuple(one.accuracy for one in scores),
            losses=tuple(one.loss for one in scores),
        )
    )
