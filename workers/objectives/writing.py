"""Letting a language model write the answers of a split, batch by batch, and reading them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from workers import measuring
from workers.contract.events import AnswersWritten
from workers.contract.folder import Request
from workers.contract.options import GenerationOptions
from workers.data.batches import reading_batches
from workers.data.prompts import AnswerSamples
from workers.data.wording import stops_after
from workers.metrics import answers as reading
from workers.models import causal, generation
from workers.models.sight import with_token_types
from workers.objectives.answers import READING_TIMES, Answers
from workers.objectives.objective import Moment
from workers.objectives.scoring import score_written
from workers.reporting import Report

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedTokenizerBase

ANSWERS_PER_EVENT = 5_000  # of a few hundred tokens each: an event of some megabytes


def write_split(
    report: Report,
    objective: Answers,
    model: "nn.Module",
    tokenizer: "PreTrainedTokenizerBase",
    samples: AnswerSamples,
    moment: Moment,
) -> dict[str, float]:
    """Write every answer, say them, and give the shares read as the given label.

    Empty where answers are no labels, or when a stop was asked for on the way.
    """
    texts = _write_all(report, objective, model, tokenizer, samples)
    if texts is None:
        return {}
    labels = objective.labels
    found = (
        score_written(report, objective, samples, texts, moment)
        if objective.writes_captions
        else {}
    )
    strict = tuple(reading.read_strictly(text, labels) for text in texts) if labels else ()
    lenient = tuple(reading.read_leniently(text, labels) for text in texts) if labels else ()
    for start in range(0, len(texts), ANSWERS_PER_EVENT):
        part = slice(start, start + ANSWERS_PER_EVENT)
        report.append(
            AnswersWritten(
                **moment._asdict(),
                sample_ids=tuple(samples.ids[part]),
                texts=tuple(texts[part]),
                strict=strict[part],
                lenient=lenient[part],
                scores={name: values[part] for name, values in found.items()},
            )
        )
    if not labels:
        return {}
    return reading.shares(strict, lenient, [labels[index] for index in samples.labels])


def _write_all(
    report: Report,
    objective: Answers,
    model: "nn.Module",
    tokenizer: "PreTrainedTokenizerBase",
    samples: AnswerSamples,
) -> list[str] | None:
    texts = [""] * len(samples)
    done = 0
    for batch, found in batches_written(objective, model, tokenizer, samples):
        for position, text in zip(batch, found, strict=True):
            texts[position] = text
        done += len(batch)
        report.progress("Writing answers", done, len(samples))
        if report.is_asked(Request.STOP):
            return None
    return texts


def batches_written(
    objective: Answers,
    model: "nn.Module",
    tokenizer: "PreTrainedTokenizerBase",
    samples: AnswerSamples,
) -> Iterator[tuple[list[int], list[str]]]:
    """Positions and their answers, batch by batch, by the options of the objective's job."""
    import torch

    options = objective.job.options.generation or GenerationOptions()
    stops = (*options.stop, *stops_after(objective.prompt, len(objective.shots)))
    options = options.model_copy(update={"stop": stops})
    size = min(measuring.READING_BATCH, READING_TIMES * objective.job.options.micro_batch_size)
    ends = _ends_of(model, tokenizer)
    torch.manual_seed(options.seed)
    for batch in reading_batches(samples.prompts, max(1, size // options.beams)):
        prompts = [samples.tokens[at][: samples.prompts[at]] for at in batch]
        with measuring.reading(model, objective.job.options, objective.device):
            seen = samples.seen(batch, objective.device)
            found = write_batch(model, tokenizer, prompts, options, ends=ends, seen=seen)
        yield batch, found


def write_batch(
    model: "nn.Module",
    tokenizer: "PreTrainedTokenizerBase",
    prompts: "Sequence[torch.Tensor]",
    options: GenerationOptions,
    *,
    ends: list[int],
    seen: dict[str, Any] | None = None,
) -> list[str]:
    """One answer to each prompt; prompts are padded on the left, new tokens alone are read.

    `seen` is what the model takes of the prompts' pictures.
    """
    from transformers import StoppingCriteriaList

    settings = generation.settings(options, tokenizer, ends[0])
    settings.eos_token_id = ends
    ids, mask = _pad_left(prompts, settings.pad_token_id, next(model.parameters()).device)
    width = ids.shape[1]
    watch = [_StopStrings(tokenizer, width, options.stop)] if _can_watch(options) else []
    found = model.generate(  # type: ignore[operator] - every model that writes has it
        attention_mask=mask,
        generation_config=settings,
        stopping_criteria=StoppingCriteriaList(watch),
        **with_token_types(model, {"input_ids": ids} | (seen or {})),
    )
    whole = [generation.words_of(tokenizer, tokens) for tokens in found[:, width:]]
    return [generation.cut_at_stops(text, tuple(options.stop))[0].strip() for text in whole]


class _StopStrings:
    """Ends each row as soon as one of the stop strings is in what it wrote."""

    def __init__(
        self, tokenizer: "PreTrainedTokenizerBase", start: int, stops: Sequence[str]
    ) -> None:
        self._tokenizer, self._start, self._stops = tokenizer, start, tuple(stops)

    def __call__(self, tokens: "torch.Tensor", scores: Any, **_: Any) -> "torch.Tensor":
        import torch

        texts = [generation.words_of(self._tokenizer, row) for row in tokens[:, self._start :]]
        ended = [generation.cut_at_stops(text, self._stops)[1] for text in texts]
        return torch.tensor(ended, device=tokens.device)


def _can_watch(options: GenerationOptions) -> bool:
    # With beams a row is one of several guesses; their text is cut when the best is known.
    return options.beams == 1 and bool(options.stop)


def _ends_of(model: Any, tokenizer: Any) -> list[int]:
    """Whatever ends an answer: what training taught, and what the model's makers name."""
    own = getattr(model.generation_config, "eos_token_id", None)
    named = own if isinstance(own, list) else [own]
    taught = causal.eos_of(model.config, tokenizer)
    return [taught, *(int(end) for end in named if end is not None and end != taught)]


def _pad_left(
    prompts: "Sequence[torch.Tensor]", pad: int, device: Any
) -> "tuple[torch.Tensor, torch.Tensor]":
    import torch
    from torch.nn.utils.rnn import pad_sequence

    rows = list(prompts)
    ids = pad_sequence(rows, batch_first=True, padding_value=pad, padding_side="left")
    ones = [torch.ones_like(row) for row in rows]
    mask = pad_sequence(ones, batch_first=True, padding_side="left")
    return ids.to(device), mask.to(device)
