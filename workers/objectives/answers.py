"""Learning to answer in words: a label's words, or a sample's own answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from workers import measuring
from workers.contract.events import BaselineMeasured, PerplexityMeasured, Reason
from workers.contract.job import TrainingJob
from workers.contract.options import AnswerKind, PromptOptions
from workers.data import prompts
from workers.data.answer_rows import AnswerRows, read_answers
from workers.data.batches import reading_batches
from workers.data.prompts import IGNORED, AnswerSamples
from workers.data.samples import TRAIN, VALIDATION
from workers.data.wording import AnswerRow
from workers.metrics import perplexity
from workers.metrics.classification import PerSample, per_sample, score
from workers.models import causal, likelihood, loading, seeing
from workers.models.trouble import Trouble
from workers.objectives import looking
from workers.objectives.classification import tell_labels
from workers.objectives.objective import MicroBatch, Moment, Standing, StepFigures
from workers.reporting import Report

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedTokenizerBase

# A micro-batch fits with its gradients; without them so many times as much does.
READING_TIMES = 4
# Few-shot prompts are longer than what was trained on; more than this is no longer a few.
MOST_WITH_SHOTS = 2048
# What `run` saw of a sample: its summed loss, its answer's mean loss, then a logit for each label.
SUM, MEAN, FIRST_LOGIT = 0, 1, 2


class Likelihoods(NamedTuple):
    """Summed loss and number of tokens of each sample's answer; ids of those that have one."""

    ids: list[int]
    sums: np.ndarray
    tokens: np.ndarray


@dataclass(frozen=True)
class Answers:
    """The objective of a language model: cross-entropy of the answer, a mean over its tokens."""

    job: TrainingJob
    device: str
    shots: tuple[AnswerRow, ...] = ()

    @property
    def prompt(self) -> PromptOptions:
        """How samples become prompts."""
        return self.job.options.prompt or PromptOptions()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, where they are the answers."""
        return self.job.labels if self.prompt.answer == AnswerKind.LABEL else ()

    @property
    def writes_captions(self) -> bool:
        """Whether answers are captions, which are scored beside those by people."""
        return self.prompt.answer == AnswerKind.CAPTION

    def read(self, place: Path, sha256: str) -> AnswerRows:
        """Questions with answers, and with pictures where the task has them."""
        pictures = place / self.job.pictures if self.job.options.vision else None
        return read_answers(place, self.job.labels, self.prompt, sha256, pictures)

    def check(self, report: Report, rows: AnswerRows) -> None:
        """An answer for each sample, and not always the same label."""
        measuring.tell_empty(report, rows.empty, "no caption or no answer")
        measuring.tell_empty(report, rows.blind, "no picture")
        count = len(rows.of(TRAIN))
        if not count:
            what = "a label" if self.labels else "an answer"
            raise Trouble(
                Reason.BAD_SAMPLE, f"No sample of the train split has {what} and a caption."
            )
        found = rows.label_counts(TRAIN)
        if self.labels and len(found) == 1:
            raise Trouble(
                Reason.ONE_LABEL,
                f"All {count:,} train samples are labelled {self.labels[next(iter(found))]}. "
                "A model that shall tell labels apart needs two.",
            )

    def load(self) -> "tuple[nn.Module, PreTrainedTokenizerBase]":
        """The base model with its own output layer."""
        return seeing.load_writer(self.job, device=self.device)

    def encode(
        self,
        report: Report,
        rows: AnswerRows,
        splits: list[str],
        model: "nn.Module",
        tokenizer: "PreTrainedTokenizerBase",
    ) -> dict[str, AnswerSamples]:
        """Prompts with their answers; shots may fill the model's whole window."""
        options = self.job.options
        window = measuring.usable_length(report, options, model)
        if self.shots:
            window = max(window, min(loading.longest_input(model), MOST_WITH_SHOTS))
        config: Any = model.config
        eos = causal.eos_of(config, tokenizer)
        pictures = looking.open_pictures(report, self.job, rows, splits, model, tokenizer)
        found = {
            split: prompts.encode(
                tokenizer,
                eos,
                rows.of(split),
                self.labels,
                options,
                window,
                shots=self.shots,
                pictures=pictures.get(split),
            )
            for split in splits
        }
        measuring.tell_cut(report, found, f"too long for {window} tokens with their answer")
        _tell_lost(report, found, window)
        _tell_labels(report, self.labels, next(iter(found.values()), None))
        return found

    def measure_untrained(self, report: Report, model: "nn.Module", samples: AnswerSamples) -> None:
        """What the base model answers before it has seen a sample: its own zero-shot figures."""
        options = self.job.options
        if not len(samples) or not options.evaluation.baseline_seeds:
            return
        report.say(f"Measuring the base model on {len(samples):,} validation samples, untrained.")
        moment = Moment(VALIDATION, 0, 0)
        if not self.labels:
            tell_perplexity(report, self._read_answers(model, samples), moment)
            return
        scores = self._score(model, samples)
        found = score(scores, samples.labels, self.labels, options.micro_batch_size)
        report.append(BaselineMeasured(accuracies=(found.accuracy,), losses=(found.loss,)))
        tell_perplexity(report, _of_given(samples, scores), moment)

    def count(self, samples: AnswerSamples, positions: list[int]) -> int:
        """Target tokens."""
        if samples.pictures is not None:
            samples.pictures.prepare(positions)
        return sum(_target_count(samples, at) for at in positions)

    def run(self, model: "nn.Module", samples: AnswerSamples, positions: list[int]) -> MicroBatch:
        """Loss of the targets; the logits that tell labels apart come from the same pass."""
        logits, losses = self._forward(model, samples, positions, packed=self.job.options.packed)
        seen = _see(samples, positions, logits.detach(), losses.detach())
        return MicroBatch(losses.sum(), seen)

    def figures(
        self, samples: AnswerSamples, positions: list[int], seen: np.ndarray
    ) -> StepFigures:
        """Mean loss of the answer; confidence and margin where labels can be told apart."""
        seen = seen.astype(np.float64)
        unknown = np.full(len(positions), np.nan)
        figures = PerSample(seen[:, MEAN], unknown, unknown, np.zeros((0, 0)))
        if seen.shape[1] > FIRST_LOGIT:
            given = [samples.labels[at] for at in positions]
            told = per_sample(seen[:, FIRST_LOGIT:], given)
            figures = PerSample(seen[:, MEAN], told.confidences, told.margins, told.probabilities)
        return StepFigures(seen[:, SUM], figures)

    def measure(
        self,
        report: Report,
        model: "nn.Module",
        samples: AnswerSamples,
        moment: Moment,
        extra: Mapping[str, float] | None = None,
    ) -> Standing:
        """Labels by the likelihood of each one's words; perplexity of the given answers always."""
        if not self.labels:
            found = tell_perplexity(report, self._read_answers(model, samples), moment)
            return Standing(found.mean, None)
        scores = self._score(model, samples)
        standing = tell_labels(
            report, self.job, (samples.ids, samples.labels), scores, moment, extra
        )
        tell_perplexity(report, _of_given(samples, scores), moment)
        return standing

    def _forward(
        self, model: "nn.Module", samples: AnswerSamples, positions: list[int], *, packed: bool
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        """Logits and losses of all targets, sample by sample in the order of the positions."""
        from torch.nn.functional import cross_entropy, pad

        if packed:
            inputs = samples.packed_batch(positions, self.device)
            targets = samples.packed_targets(positions, self.device)
        else:
            inputs = samples.batch(positions, self.device)
            targets = samples.target_batch(positions, self.device)
        following = pad(targets, (0, 1), value=IGNORED)[:, 1:]
        keep = following != IGNORED
        with measuring.precision_context(self.job.options, self.device):
            logits = likelihood.logits_at(model, inputs, keep)
        logits = logits.float()
        return logits, cross_entropy(logits, following[keep], reduction="none")

    def _score(self, model: "nn.Module", samples: AnswerSamples) -> np.ndarray:
        """Summed log-probability of each label's words and end, [sample, label]."""
        import torch

        options = self.job.options
        size = min(measuring.READING_BATCH, READING_TIMES * options.micro_batch_size)
        batches = reading_batches(samples.prompts, size)
        with measuring.reading(model, options, self.device):
            parts = [
                likelihood.score_answers(
                    model,
                    [samples.tokens[at][: samples.prompts[at]] for at in batch],
                    samples.label_tokens,
                    pad=samples.pad,
                    device=self.device,
                    seen=samples.seen(batch, self.device),
                )
                for batch in batches
            ]
        return measuring.in_order(torch.cat(parts).cpu().double().numpy(), batches)

    def _read_answers(self, model: "nn.Module", samples: AnswerSamples) -> Likelihoods:
        """Loss of each given answer, its end included and the prompt left out."""
        import torch

        options = self.job.options
        batches = reading_batches(samples.lengths, options.micro_batch_size)
        seen = []
        with measuring.reading(model, options, self.device):
            for batch in batches:
                logits, losses = self._forward(model, samples, batch, packed=False)
                seen.append(_see(samples, batch, logits, losses))
        means = measuring.in_order(torch.cat(seen).cpu().double().numpy(), batches)[:, MEAN]
        tokens = np.array([_answer_count(samples, at) for at in range(len(samples))])
        kept = np.flatnonzero(tokens)
        ids = [samples.ids[at] for at in kept]
        return Likelihoods(ids, means[kept] * tokens[kept], tokens[kept])


def tell_perplexity(report: Report, found: Likelihoods, moment: Moment) -> perplexity.Perplexity:
    """Say how likely the given answers of a split are."""
    if not found.ids:
        raise Trouble(
            Reason.BAD_SAMPLE,
            f"No answer of the {moment.split} split fits the window. Choose a longer input.",
        )
    result = perplexity.summarise(found.sums, found.tokens)
    each = perplexity.of_samples(found.sums, found.tokens)
    report.append(
        PerplexityMeasured(
            **moment._asdict(),
            **vars(result),
            sample_ids=tuple(found.ids),
            perplexities=tuple(each.tolist()),
        )
    )
    return result


def telling_place(label_tokens: list[list[int]]) -> int | None:
    """The first place where labels' tokens differ; None if not all of them differ there."""
    for place in range(min((len(tokens) for tokens in label_tokens), default=0)):
        distinct = len({tokens[place] for tokens in label_tokens})
        if distinct > 1:
            return place if distinct == len(label_tokens) else None
    return None


def _see(
    samples: AnswerSamples,
    positions: list[int],
    logits: "torch.Tensor",
    losses: "torch.Tensor",
) -> "torch.Tensor":
    """One row a sample of what the losses and logits of its targets say."""
    import torch

    place = telling_place(samples.label_tokens)
    counts = [_target_count(samples, at) for at in positions]
    rows = []
    for at, own, own_logits in zip(
        positions, losses.split(counts), logits.split(counts), strict=True
    ):
        answer = _answer_count(samples, at)
        row = [own.sum(), own[len(own) - answer :].mean()]
        if samples.label_tokens:
            if place is None or answer <= place:
                row += [torch.full_like(row[SUM], torch.nan)] * len(samples.label_tokens)
            else:
                telling = own_logits[len(own) - answer + place]
                row += [telling[tokens[place]] for tokens in samples.label_tokens]
        rows.append(torch.stack(row))
    return torch.stack(rows)


def _of_given(samples: AnswerSamples, scores: np.ndarray) -> Likelihoods:
    given = np.array(samples.labels)
    tokens = np.array([len(samples.label_tokens[label]) for label in samples.labels])
    return Likelihoods(samples.ids, -scores[np.arange(len(given)), given], tokens)


def _target_count(samples: AnswerSamples, position: int) -> int:
    return int((samples.targets_of(position) != IGNORED).sum())


def _answer_count(samples: AnswerSamples, position: int) -> int:
    """Answer tokens that fitted, the end included."""
    return min(
        samples.lengths[position] - samples.prompts[position], _target_count(samples, position)
    )


def _tell_lost(report: Report, splits: Mapping[str, AnswerSamples], window: int) -> None:
    lost = sum(len(split.lost) for split in splits.values())
    if lost:
        total = sum(len(split) for split in splits.values())
        report.say(
            f"{lost:,} of {total:,} answers do not fit into {window} tokens with their prompt and "
            "lose their end. A longer input would keep them.",
            warning=True,
        )


def _tell_labels(report: Report, labels: tuple[str, ...], samples: AnswerSamples | None) -> None:
    tokens = samples.label_tokens if samples else []
    for later, row in enumerate(tokens):
        if row in tokens[:later]:
            raise Trouble(
                Reason.BAD_OPTION,
                f"“{labels[tokens.index(row)]}” and “{labels[later]}” are the same tokens to this "
                "model: it cannot tell them apart. Rename one of them.",
            )
    lengths = [len(row) - 1 for row in tokens]
    if any(length > 1 for length in lengths):
        named = ", ".join(f"{label} {n}" for label, n in zip(labels, lengths, strict=True))
        report.say(
            f"Not every label is a single token ({named}): longer ones are scored as a whole.",
            warning=True,
        )
