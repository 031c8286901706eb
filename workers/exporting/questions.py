"""What a run's model and its exported folder are both asked, to compare their answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workers.contract.job import TrainingJob
from workers.contract.snapshot import SnapshotSample
from workers.data import prompts
from workers.models import causal, loading

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedTokenizerBase

LIMIT = 1e-5
# Logits of a language model are some twenty times as large, and merging rounds in every layer.
ANSWER_LIMIT = 1e-3
MOST_SAMPLES = 500
MOST_ANSWERS = 8  # each has a logit for every token of the vocabulary

Given = str | list[str]


@dataclass(frozen=True)
class Question:
    """`given` is for predict.py, a caption or caption and instruction; `inputs` is our encoding."""

    given: Given
    inputs: "dict[str, torch.Tensor]"


def of_run(
    model: "nn.Module",
    tokenizer: "PreTrainedTokenizerBase",
    job: TrainingJob,
    samples: Iterable[SnapshotSample],
) -> list[Question]:
    """Captions for a classifier, or prompts that were not cut for a language model."""
    listed = list(samples)
    if job.options.task.writes:
        return _prompts(model, tokenizer, job, listed)
    return [_caption(tokenizer, job, sample.text) for sample in listed[:MOST_SAMPLES]]


def logits_of(model: "nn.Module", question: Question) -> list[float]:
    """The logits of a caption, or those after a prompt; alone, without padding."""
    import torch

    with torch.inference_mode():
        logits = model(**question.inputs).logits[0].float()
    return (logits if logits.ndim == 1 else logits[-1]).tolist()


def limit_of(job: TrainingJob) -> float:
    """How far the exported folder's logits may be from ours."""
    return ANSWER_LIMIT if job.options.task.writes else LIMIT


def _caption(tokenizer: Any, job: TrainingJob, text: str) -> Question:
    most = job.options.max_length
    inputs = tokenizer(text, truncation=True, max_length=most, return_tensors="pt")
    return Question(text, dict(inputs))


def _prompts(
    model: Any,
    tokenizer: "PreTrainedTokenizerBase",
    job: TrainingJob,
    samples: list[SnapshotSample],
) -> list[Question]:
    import torch

    rows = [
        prompts.AnswerRow(id=index, instruction=one.instruction, caption=one.text, answer="")
        for index, one in enumerate(samples)
    ]
    window = min(job.options.max_length, loading.longest_input(model))
    eos = causal.eos_of(model.config, tokenizer)
    found = []
    for row, encoded in zip(
        rows, prompts.encode_all(tokenizer, eos, rows, job.options, window), strict=True
    ):
        if not encoded.is_cut and len(found) < MOST_ANSWERS:
            ids = torch.tensor([encoded.ids[: encoded.prompt]])
            found.append(Question([row.caption, row.instruction], {"input_ids": ids}))
    return found
