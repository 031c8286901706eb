"""Captions for the pictures of a query: whose weights write them, and as which job."""

from dataclasses import dataclass

from studio.document import Document
from studio.errors import StudioError
from studio.numbers import format_count
from studio.project import queries
from studio.project.records import RunRow
from studio.runs import keeping
from studio.runs.prepare import parent_folder, record_run, training_job
from studio.runs.problems import advice_of, of_models
from studio.runs.run_record import RunRecord, load_record
from studio.runs.samples import pictured_samples
from workers.contract.job import CaptionJob, Job, TrainingJob, read_job
from workers.contract.options import AnswerKind, TrainingOptions

KIND = "caption"


@dataclass(frozen=True)
class CaptionWish:
    """Captions for a query, or for the samples of these ids, by one arm.

    The weights are those of the run's checkpoint (`best`, `last` or a step); without a run the
    base model of `options` writes as it is. Of a run, `options` may say otherwise how it
    generates.
    """

    run_id: int | None = None
    checkpoint: str = "best"
    options: TrainingOptions | None = None
    query: str = ""
    sample_ids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Writer:
    """A training that can write captions, and the steps of its checkpoints."""

    run: RunRow
    steps: tuple[int, ...]
    best: int | None


def writes_captions(options: TrainingOptions) -> bool:
    """Whether a model of these options answers a picture in words of its own."""
    prompt = options.prompt
    return options.vision is not None and (
        prompt is not None and prompt.answer == AnswerKind.CAPTION
    )


def caption_writers(document: Document) -> list[Writer]:
    """The trainings whose checkpoints can write captions, the newest first."""
    found = []
    for row in document.query(queries.run_rows, "train"):
        job = read_job(row.job)
        if not isinstance(job, TrainingJob) or not writes_captions(job.options):
            continue
        kept = [one for one in document.query(queries.checkpoints, row.id) if not one.removed]
        if kept:
            best = next((one.step for one in kept if one.best), None)
            found.append(Writer(row, tuple(one.step for one in kept), best))
    return found


def prepare_captions(document: Document, wish: CaptionWish) -> int:
    """Freeze the writing of captions for the samples as they are now.

    StudioError says why this run or model writes none, or that no sample has a picture.
    """
    samples, blind = document.query(pictured_samples, wish.query, wish.sample_ids)
    if not samples:
        tail = f" All {format_count(blind)} lack one." if blind else ""
        raise StudioError(f"No sample here has a picture to caption.{tail}", "Import pictures.")
    if wish.run_id is None:
        training, parent, name = _of_base_model(wish.options), "", ""
        name = f"Captions by {training.base_model.title}, untrained"
    else:
        keeping.restore_checkpoint(document, wish.run_id)
        parent = parent_folder(document, wish.run_id)
        record = document.query(load_record, wish.run_id)
        training = _of_run(record, wish.options)
        name = f"Captions by run {wish.run_id}"

    def make_job(token: str, digest: str) -> Job:
        return CaptionJob(
            token=token,
            training=training,
            parent=parent,
            checkpoint=wish.checkpoint,
            snapshot_sha256=digest,
        )

    return record_run(document, make_job, samples, parent_id=wish.run_id, name=name)


def _of_base_model(options: TrainingOptions | None) -> TrainingJob:
    if options is None:
        raise StudioError("Nothing is named that could write captions.", "Choose a run or a model.")
    _refuse_other_task(options, "This recipe")
    problems = of_models(options)
    if problems:
        raise StudioError(problems[0].message, advice_of(problems[0]))
    return training_job("", "", options, ())


def _of_run(record: RunRecord, options: TrainingOptions | None) -> TrainingJob:
    """The run's own job, with other words on how to generate where they are given."""
    training = record.training
    _refuse_other_task(training.options, f"Run {record.id}")
    if options is None:
        return training
    own = training.options.model_copy(update={"generation": options.generation})
    if own != options:
        raise StudioError(
            f"A checkpoint of run {record.id} writes with that run's own options.",
            "Only those of generation can be set anew.",
        )
    return training.model_copy(update={"options": own})


def _refuse_other_task(options: TrainingOptions, who: str) -> None:
    if not writes_captions(options):
        raise StudioError(
            f"{who} writes no captions.",
            "Choose one of the task “picture” that answers in captions.",
        )
