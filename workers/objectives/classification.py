"""Learning a label by a classifier head."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workers import measuring
from workers.contract.events import BaselineMeasured, Evaluated, Phase, Reason
from workers.contract.job import TrainingJob
from workers.contract.options import TrainingOptions
from workers.data.batches import reading_batches
from workers.data.samples import TRAIN, LabelledSamples, read_labelled
from workers.data.tokens import TokenisedSamples, tokenise
from workers.metrics.classification import per_sample, score
from workers.models import loading
from workers.models.baseline import random_heads
from workers.models.trouble import Trouble
from workers.objectives.objective import MicroBatch, Moment, Standing, StepFigures
from workers.reporting import Report

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Classification:
    """The objective of a classifier: cross-entropy of the label, a mean over samples."""

    job: TrainingJob
    device: str

    def read(self, place: Path, sha256: str) -> LabelledSamples:
        """Captions with a label."""
        return read_labelled(place, self.job.labels, sha256)

    def check(self, report: Report, rows: LabelledSamples) -> None:
        """Two labels at least, and a caption for each."""
        measuring.tell_empty(report, rows.empty, "an empty caption")
        counts = rows.label_counts(TRAIN)
        if not counts:
            raise Trouble(
                Reason.BAD_SAMPLE, "No sample of the train split has a label and a caption."
            )
        if len(counts) == 1:
            label = self.job.labels[next(iter(counts))]
            raise Trouble(
                Reason.ONE_LABEL,
                f"All {counts.total():,} train samples are labelled {label}. "
                "A classifier needs two labels.",
            )

    def load(self) -> "tuple[nn.Module, PreTrainedTokenizerBase]":
        """The base model with a fresh head."""
        job = self.job
        return loading.load_classifier(job.base_model, job.labels, job.options, device=self.device)

    def encode(
        self,
        report: Report,
        rows: LabelledSamples,
        splits: list[str],
        model: "nn.Module",
        tokenizer: "PreTrainedTokenizerBase",
    ) -> dict[str, TokenisedSamples]:
        """Captions as the model reads them."""
        length = measuring.usable_length(report, self.job.options, model)
        found = {split: tokenise(tokenizer, rows.of(split), length) for split in splits}
        measuring.tell_cut(report, found, f"longer than {length} tokens")
        return found

    def measure_untrained(
        self, report: Report, model: "nn.Module", samples: TokenisedSamples
    ) -> None:
        """What heads that learnt nothing score, one for each of the option's seeds."""
        labels, options = self.job.labels, self.job.options
        seeds = range(options.evaluation.baseline_seeds)
        with random_heads(model, len(labels), seeds) as possible:
            if not possible or not len(samples):
                return
            logits = predict(model, samples, options, self.device)
        heads = logits.reshape(len(samples), len(seeds), len(labels))
        scores = [
            score(heads[:, index], samples.labels, labels, options.micro_batch_size)
            for index in seeds
        ]
        report.append(
            BaselineMeasured(
                accuracies=tuple(one.accuracy for one in scores),
                losses=tuple(one.loss for one in scores),
            )
        )

    def count(self, samples: TokenisedSamples, positions: list[int]) -> int:
        """Samples."""
        return len(positions)

    def run(
        self, model: "nn.Module", samples: TokenisedSamples, positions: list[int]
    ) -> MicroBatch:
        """The rows seen are the logits."""
        from torch.nn.functional import cross_entropy

        inputs = samples.batch(positions, self.device)
        targets = samples.targets(positions, self.device)
        with measuring.precision_context(self.job.options, self.device):
            logits = model(**inputs).logits
        logits = logits.float()
        return MicroBatch(cross_entropy(logits, targets, reduction="sum"), logits.detach())

    def figures(
        self, samples: TokenisedSamples, positions: list[int], seen: np.ndarray
    ) -> StepFigures:
        """Loss, confidence and margin of the label."""
        figures = per_sample(seen, [samples.labels[at] for at in positions])
        return StepFigures(figures.losses, figures)

    def measure(
        self, report: Report, model: "nn.Module", samples: TokenisedSamples, moment: Moment
    ) -> Standing:
        """As a whole and sample by sample."""
        logits = predict(model, samples, self.job.options, self.device)
        return tell_labels(report, self.job, (samples.ids, samples.labels), logits, moment)


def tell_labels(
    report: Report,
    job: TrainingJob,
    given: tuple[list[int], list[int]],
    logits: np.ndarray,
    moment: Moment,
    extra: Mapping[str, float] | None = None,
) -> Standing:
    """Say how well logits [sample, label] tell the labels of a split.

    `given` are the samples' ids and labels; `extra` is what else was measured of them.
    """
    ids, labels = given
    result = score(logits, labels, job.labels, job.options.micro_batch_size)
    result = dataclasses.replace(result, metrics=result.metrics | dict(extra or {}))
    report.append(Evaluated(**moment._asdict(), **vars(result)))
    figures = per_sample(logits, labels)
    measuring.tell_samples(report, ids, figures, phase=Phase.EVALUATION, moment=moment)
    return Standing(result.loss, result.accuracy)


def predict(
    model: "nn.Module", samples: TokenisedSamples, options: TrainingOptions, device: str
) -> np.ndarray:
    """Logits of every sample, in the samples' order, without dropout; draws nothing at random."""
    import torch

    batches = reading_batches(samples.lengths, measuring.READING_BATCH)
    with measuring.reading(model, options, device):
        parts = [model(**samples.batch(batch, device)).logits.float() for batch in batches]
    if not parts:
        return np.zeros((0, 0), np.float32)
    return measuring.in_order(torch.cat(parts).cpu().numpy(), batches)
