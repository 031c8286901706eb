"""Before the first step of a model that sees: its pictures opened, and seen where that is once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workers.contract.folder import Request
from workers.contract.job import TrainingJob
from workers.data.answer_rows import AnswerRows
from workers.data.pictures import Pictures, lay_out_all
from workers.models import eyes, seeing
from workers.reporting import Report

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_TELLINGS = 100  # of progress, about


def open_pictures(
    report: Report,
    job: TrainingJob,
    rows: AnswerRows,
    splits: Sequence[str],
    model: Any,
    tokenizer: "PreTrainedTokenizerBase",
) -> dict[str, Pictures]:
    """The pictures of each split; none for a model that does not see.

    Where a frozen tower's features are kept, all of them are seen now, with progress.
    """
    if job.options.vision is None:
        return {}
    sight = seeing.sight_of(job, model, tokenizer)
    first = next((row.picture for split in splits for row in rows.of(split) if row.picture), None)
    if first is not None:
        eyes.check_eye(sight, model, (first.width, first.height))
    eye = eyes.frozen_eye(sight, model, job.options)
    found = {}
    for split in splits:
        named = [(f"sample {row.id}", row.picture) for row in rows.of(split) if row.picture]
        found[split] = lay_out_all(sight, eye, named, lambda words: report.say(words, warning=True))
    if eye is not None:
        for split, pictures in found.items():
            _look_at_all(report, split, pictures)
    return found


def _look_at_all(report: Report, split: str, pictures: Pictures) -> None:
    def is_wanted(done: int, total: int) -> bool:
        if done % max(1, total // _TELLINGS) == 0:
            report.progress(f"Looking at pictures, {split}", done, total)
        return not report.is_asked(Request.STOP)

    pictures.look_at_all(is_wanted)
