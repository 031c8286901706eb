"""From options and project to a run folder and a row: nothing is started here."""

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from studio.document import Document
from studio.errors import StudioError
from studio.project import schema
from studio.runs import probing, trusting
from studio.runs.problems import Problem, Severity, advice_of, problems_of
from studio.runs.run_record import load_record
from studio.runs.samples import TrainingSet, load_training_set, snapshot_of
from studio.runs.shots import find_shots
from studio.runs.starting import StartPoint, copy_start, find_start
from studio.runs.state import RunState
from workers.contract import catalogue
from workers.contract import folder as run_folder
from workers.contract.folder import write_job
from workers.contract.job import (
    AttentionJob,
    EvaluationJob,
    ExportJob,
    Job,
    ProbeJob,
    RankingJob,
    Start,
    TrainingJob,
)
from workers.contract.options import AnswerKind, TrainingOptions
from workers.contract.snapshot import SnapshotSample, write_snapshot

__all__ = ["Problem", "Severity", "problems_of"]

# From a run's folder to the project's, from which its pictures are named.
PICTURES = "../.."

MakeJob = Callable[[str, str], Job]


def prepare_training(
    document: Document,
    options: TrainingOptions,
    *,
    recipe: str,
    name: str = "",
    start_from: int | None = None,
    keeps_optimizer: bool = False,
    start_checkpoint: str = "last",
) -> int:
    """Freeze a training run: folder, snapshot and a queued row. Problems raise StudioError.

    With `start_from` the run goes on from that run's weights, which are copied into its folder.
    """
    refuse_problems(document, [options])
    chosen = document.query(load_training_set, options)
    point = None
    if start_from is not None:
        point = find_start(
            document,
            start_from,
            options,
            chosen,
            checkpoint=start_checkpoint,
            keeps_optimizer=keeps_optimizer,
        )

    def make_job(token: str, digest: str) -> Job:
        return training_job(
            token,
            digest,
            options,
            chosen.labels,
            recipe=recipe,
            start=point.start if point else None,
        )

    return record_run(
        document,
        make_job,
        chosen.samples,
        parent_id=start_from,
        name=name,
        recipe=recipe,
        point=point,
    )


def prepare_probe(document: Document, options: TrainingOptions, memory: int = 0) -> int:
    """Freeze a probe of these options on the samples that a training of them would freeze.

    `memory` is how many bytes it may take; 0 is what is free. Problems raise StudioError. Probes
    that have ended go.
    """
    refuse_problems(document, [options])
    chosen = document.query(load_training_set, options)

    def make_job(token: str, digest: str) -> Job:
        training = training_job(token, digest, options, chosen.labels)
        return ProbeJob(token=token, training=training, memory=memory)

    run_id = record_run(document, make_job, chosen.samples)
    probing.forget(document)
    return run_id


def training_job(
    token: str,
    digest: str,
    options: TrainingOptions,
    labels: tuple[str, ...],
    *,
    recipe: str = "",
    start: Start | None = None,
) -> TrainingJob:
    """The job of these options on this machine's models."""
    tower = options.vision.tower_model if options.vision else ""
    return TrainingJob(
        token=token,
        base_model=trusting.refer_to(options.base_model, options.revision),
        tower_model=trusting.refer_to(tower) if tower else None,
        pictures=PICTURES if options.vision else "",
        options=options,
        labels=labels,
        snapshot_sha256=digest,
        recipe=recipe,
        start=start,
    )


def refuse_problems(document: Document, points: Sequence[TrainingOptions]) -> None:
    """Raise what stands in the way of the first of these options that cannot be trained."""
    for options in points:
        errors = [one for one in problems_of(document, options) if one.severity == Severity.ERROR]
        if errors:
            raise StudioError(" ".join(one.message for one in errors), advice_of(errors[0]))


def prepare_evaluation(
    document: Document,
    parent_id: int,
    checkpoint: str,
    splits: Sequence[str],
    *,
    untrained: bool = False,
    shots: Sequence[int] = (),
    writes: bool = False,
) -> int:
    """Freeze an evaluation of a train run's checkpoint on the samples as they are now.

    `untrained` measures the base model alone; `shots` are samples that stand before each prompt,
    in this order, and are left out of what is measured; `writes` has the model write its answers.
    """
    parent = parent_folder(document, parent_id)
    training = document.query(load_record, parent_id).training
    if not training.options.task.writes and (untrained or shots or writes):
        raise StudioError(
            f"Run {parent_id} trained a classifier. Only a language model can be asked untrained, "
            "with shots, or for words."
        )
    chosen = document.query(load_training_set, training.options)
    samples = [one for one in chosen.samples if one.split in splits]
    if chosen.answer == AnswerKind.LABEL:
        samples = [one for one in samples if one.label in training.labels]
    if not samples:
        kind = "labelled samples" if chosen.answer == AnswerKind.LABEL else "samples with an answer"
        raise StudioError(f"No {kind} are in {' or '.join(splits)}.")
    before = find_shots(chosen, shots)
    samples = [one for one in samples if one.id not in {shot.id for shot in before}]
    if not samples:
        raise StudioError(
            f"Every sample in {' or '.join(splits)} is a shot, so none is left to measure.",
            "Take shots from the train split.",
        )

    def make_job(token: str, digest: str) -> Job:
        return EvaluationJob(
            token=token,
            parent=parent,
            checkpoint=checkpoint,
            snapshot_sha256=digest,
            untrained=untrained,
            shots=before,
            writes=writes,
        )

    return record_run(document, make_job, samples, parent_id=parent_id)


def prepare_attention(
    document: Document, parent_id: int, sample_ids: Sequence[int], checkpoint: str
) -> int:
    """Freeze the capture of attention maps of some samples."""
    parent = parent_folder(document, parent_id)
    samples = document.query(snapshot_of, list(sample_ids))
    if not samples:
        raise StudioError("None of these samples has a caption to look at.")

    def make_job(token: str, digest: str) -> Job:
        return AttentionJob(
            token=token, parent=parent, checkpoint=checkpoint, snapshot_sha256=digest
        )

    return record_run(document, make_job, samples, parent_id=parent_id)


def prepare_export(
    document: Document,
    parent_id: int,
    destination: Path,
    *,
    merged: bool,
    checkpoint: str,
    model_card: str,
) -> int:
    """Freeze an export; its snapshot is what the proof compares logits on."""
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise StudioError(f"“{destination}” exists and is not empty.", "Choose another folder.")
    parent = parent_folder(document, parent_id)
    training = document.query(load_record, parent_id).training
    chosen = document.query(load_training_set, training.options)
    proof = [one for one in chosen.samples if one.split == "validation"] or list(chosen.samples)

    def make_job(token: str, digest: str) -> Job:
        return ExportJob(
            token=token,
            parent=parent,
            checkpoint=checkpoint,
            snapshot_sha256=digest,
            destination=str(destination.resolve()),
            merged=merged,
            model_card=model_card,
        )

    return record_run(document, make_job, proof, parent_id=parent_id)


def prepare_ranking(document: Document, base_model: str) -> int:
    """Freeze an instant ranking of every labelled sample."""
    if catalogue.weights_folder(base_model) is None:
        raise StudioError(f"{base_model} is not on this computer yet.")
    chosen = document.query(load_training_set, any_split=True)
    if len(chosen.labels) < 2:
        raise StudioError("An instant ranking needs two labels.")

    def make_job(token: str, digest: str) -> Job:
        return RankingJob(
            token=token,
            base_model=trusting.refer_to(base_model),
            labels=chosen.labels,
            snapshot_sha256=digest,
        )

    return record_run(document, make_job, chosen.samples)


def record_run(
    document: Document,
    make_job: MakeJob,
    samples: Sequence[SnapshotSample],
    *,
    parent_id: int | None = None,
    name: str = "",
    recipe: str = "",
    point: StartPoint | None = None,
    files: Mapping[str, bytes] | None = None,
) -> int:
    """Freeze a job with its samples: folder, snapshot and a queued row; the run's number.

    `files` are what else the job is about, by their names in its folder.
    """
    made: list[Path] = []

    def write(connection: Connection) -> int:
        token = uuid.uuid4().hex
        run_id = _insert(connection, token, parent_id=parent_id, name=name, recipe=recipe)
        folder = document.runs_folder / f"run-{run_id}-{token[:8]}"
        folder.mkdir(parents=True)
        made.append(folder)
        if point is not None:
            copy_start(point, folder)
        for file_name, content in (files or {}).items():
            run_folder.replace_file(folder / file_name, content)
        job = make_job(token, write_snapshot(folder, samples))
        write_job(folder, job)
        (folder / run_folder.JOURNAL).touch()
        relative = folder.relative_to(document.folder).as_posix()
        _complete(connection, run_id, job, relative, name)
        _write_samples(connection, run_id, samples)
        return run_id

    try:
        return document.record(write, tables=("runs",))
    except BaseException:  # the row was taken back, so its folder goes too
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _insert(
    connection: Connection, token: str, *, parent_id: int | None, name: str, recipe: str
) -> int:
    runs = schema.runs
    last = connection.scalar(select(func.max(runs.c.queue_position))) or 0
    inserted = connection.execute(
        runs.insert().values(
            kind="",
            name=name,
            parent_id=parent_id,
            recipe=recipe,
            folder="",
            token=token,
            job="{}",
            state=RunState.QUEUED.value,
            created_at=time.time(),
            queue_position=last + 1,
        )
    )
    key = inserted.inserted_primary_key
    assert key is not None
    return key[0]


def _complete(connection: Connection, run_id: int, job: Job, folder: str, name: str) -> None:
    values = {
        "kind": job.kind,
        "name": name or f"Run {run_id}",
        "folder": folder,
        "job": job.model_dump_json(),
        "summary": json.dumps({}),
    }
    connection.execute(update(schema.runs).where(schema.runs.c.id == run_id).values(**values))


def _write_samples(connection: Connection, run_id: int, samples: Sequence[SnapshotSample]) -> None:
    rows = [
        (run_id, one.id, one.split, one.label, hashlib.sha256(one.text.encode()).hexdigest())
        for one in samples
    ]
    if rows:
        connection.exec_driver_sql(
            "INSERT INTO run_samples (run_id, sample_id, split, label, text_sha256) "
            "VALUES (?,?,?,?,?)",
            rows,
        )


def parent_folder(document: Document, run_id: int) -> str:
    """The way to the run's folder from that of a new run, so that both can be moved."""
    row = document.query(_folder_and_kind, run_id)
    if row is None:
        raise StudioError(f"There is no run {run_id} in this project.")
    if row[1] != "train":
        raise StudioError(f"Run {run_id} trained nothing: it is a run of “{row[1]}”.")
    trusting.refuse_unallowed(document.query(load_record, run_id).training.base_model)
    way = os.path.relpath(document.folder / row[0], document.runs_folder / "new")
    return Path(way).as_posix()


def _folder_and_kind(connection: Connection, run_id: int) -> tuple[str, str] | None:
    runs = schema.runs
    row = connection.execute(select(runs.c.folder, runs.c.kind).where(runs.c.id == run_id)).first()
    return (row[0], row[1]) if row else None


def training_set(document: Document, options: TrainingOptions | None = None) -> TrainingSet:
    """The samples that a training of these options, started now, would freeze."""
    return document.query(load_training_set, options)
