"""Write captions for pictures, as suggestions for people: `python -m workers.caption FOLDER`."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workers import measuring
from workers.contract.events import AnswersWritten, Finished, Reason, Stopped
from workers.contract.folder import Request
from workers.contract.job import CaptionJob
from workers.data.answer_rows import AnswerRows, read_answers
from workers.data.prompts import AnswerSamples
from workers.metrics.captions.repetition import repeats_itself
from workers.metrics.captions.tokens import words_of
from workers.models import loading
from workers.models.trouble import Trouble
from workers.objectives.answers import Answers
from workers.objectives.choice import objective_of
from workers.objectives.objective import Moment
from workers.objectives.writing import batches_written
from workers.reporting import Ending, Report, run_job
from workers.training_state import position_of

SECONDS_BETWEEN = 1.0  # captions are said together, so that the window is not told of each
STAGE = "Writing captions"


@dataclass
class Written:
    """What was written so far, and what of it is not yet said."""

    report: Report
    moment: Moment
    waiting: list[tuple[int, str]] = field(default_factory=list)
    said_at: float = field(default_factory=time.monotonic)
    empty: list[int] = field(default_factory=list)
    repeating: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)

    def take(self, samples: AnswerSamples, batch: Sequence[int], texts: Sequence[str]) -> None:
        """The captions of a batch; what was written without having seen its picture is none."""
        gone = samples.pictures.lost if samples.pictures else set[int]()
        for position, text in zip(batch, texts, strict=True):
            if position in gone:
                self.lost.append(samples.ids[position])
            else:
                self._take_one(samples.ids[position], text)
        if time.monotonic() - self.said_at >= SECONDS_BETWEEN:
            self.say()

    def say(self) -> None:
        """Put what waits into the journal."""
        if self.waiting:
            ids, texts = zip(*self.waiting, strict=True)
            said = AnswersWritten(**self.moment._asdict(), sample_ids=ids, texts=texts)
            self.report.append(said)
        self.waiting.clear()
        self.said_at = time.monotonic()

    def _take_one(self, sample_id: int, text: str) -> None:
        words = words_of(text)
        if not words:
            self.empty.append(sample_id)
        elif repeats_itself(words):
            self.repeating.append(sample_id)
        self.waiting.append((sample_id, text))


def main(argv: list[str]) -> int:
    """Do the caption job of a folder."""
    return run_job(argv, perform)


def perform(report: Report) -> Ending:
    """Load the weights, then write a caption for each picture, and say them as they come."""
    job = report.job
    if not isinstance(job, CaptionJob):
        raise Trouble(Reason.BAD_OPTION, f"This folder holds a job to {job.kind}, not to caption.")
    objective = objective_of(job.training, loading.choose_device())
    if not isinstance(objective, Answers) or not objective.writes_captions:
        raise Trouble(Reason.BAD_OPTION, "Only a model that learns captions can write them.")
    rows = read_pictures(report, job, objective)
    model, tokenizer, step, epoch = load(report, job, objective)
    splits = objective.encode(report, rows, rows.splits, model, tokenizer)
    total, done = sum(map(len, splits.values())), 0
    written = Written(report, Moment("", step, epoch))
    for split, samples in splits.items():
        written.moment = Moment(split, step, epoch)
        for batch, texts in batches_written(objective, model, tokenizer, samples):
            written.take(samples, batch, texts)
            done += len(batch)
            report.progress(STAGE, done, total)
            if report.is_asked(Request.STOP):
                return end(written, Stopped(step=step))
        written.say()
    return end(written, Finished(step=step))


def read_pictures(report: Report, job: CaptionJob, objective: Answers) -> AnswerRows:
    """The snapshot's pictures with what is asked of them; their own captions are not read."""
    training = job.training
    place = report.folder / training.pictures if training.options.vision else None
    rows = read_answers(
        report.folder, training.labels, objective.prompt, job.snapshot_sha256, place, answered=False
    )
    measuring.tell_empty(report, rows.blind, "no picture")
    if rows.problem or not rows.splits:
        raise Trouble(Reason.BAD_SAMPLE, rows.problem or "No sample here has a picture.")
    return rows


def load(report: Report, job: CaptionJob, objective: Answers) -> tuple[Any, Any, int, int]:
    """Model, tokenizer, and the step and epoch of the weights; 0 of the base model."""
    if job.parent:
        parent = (report.folder / job.parent).resolve()
        report.say("Loading the checkpoint.")
        model, tokenizer, _ = loading.load_trained(parent, job.checkpoint, device=objective.device)
        return model, tokenizer, *position_of(parent, job.checkpoint)
    report.say(f"Loading {job.training.base_model.title}.")
    model, tokenizer = objective.load()
    if job.training.tower_model is not None:
        report.say(
            "Nothing has taught this language model to see yet: the projector is random, and so "
            "is what it says of a picture. Train it, or choose a checkpoint.",
            warning=True,
        )
    return model.requires_grad_(False).eval(), tokenizer, 0, 0


def end(written: Written, ending: Ending) -> Ending:
    """What was written stays; say how many captions are doubtful, why, and of which samples."""
    report = written.report
    written.say()
    report.take_back(Request.STOP)
    for ids, words in (
        (written.lost, "without a caption, because the picture cannot be read"),
        (written.empty, "with an empty caption: the model said nothing"),
        (written.repeating, "with a caption that says the same again and again"),
    ):
        if ids:
            named = ", ".join(str(id) for id in ids[: measuring.MOST_NAMED])
            noun = "sample" if len(ids) == 1 else "samples"
            report.say(f"{len(ids):,} {noun} {words}: {named}.", warning=True)
    return ending


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
