"""What a run leaves in the project file for good: journal, trained weights, predictions."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, delete, func, select, update

from studio.document import Document
from studio.errors import StudioError
from studio.project import schema
from studio.project.kept_files import packed_journal
from studio.runs import suspects
from studio.runs.blob_rows import keep_blob
from studio.runs.run_record import RunRecord, load_record
from workers.contract import folder as run_folder
from workers.contract.events import Phase
from workers.contract.job import EvaluationJob

# Of a checkpoint these go into the project: what is needed to use it. The optimizer's state is
# several times larger, and only good for going on.
WEIGHTS = "adapter.safetensors"
KEPT_FILES = (WEIGHTS, "state.json")
MANIFEST = "manifest.json"
OPTIMIZER = "optimizer.safetensors"
# Whole models stay in the run's folder; a project is a file that people carry about.
LARGEST_KEPT = 128 * 1024 * 1024
TABLES = ("runs", "run_weights", "blobs", "predictions", "suspects")


def keep(document: Document, run_id: int) -> None:
    """Take what an ended run leaves into the project. Doing it again changes nothing."""
    record = document.query(load_record, run_id)
    folder = document.folder / record.folder
    document.record(_keep, record, folder, run_id=run_id, tables=TABLES)


def restore_checkpoint(document: Document, run_id: int) -> Path:
    """Make the run's folder again from the project where it is gone; returns the folder.

    What comes back can be evaluated, looked into and exported; it cannot be resumed.
    """
    record = document.query(load_record, run_id)
    folder = document.folder / record.folder
    kept = document.query(_kept_files, run_id)
    if not (folder / run_folder.JOB).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        run_folder.replace_file(folder / run_folder.JOB, record.job_text.encode())
    present = set(run_folder.checkpoint_steps(folder))
    for step in sorted({step for step, _ in kept} - present):
        files = {path: row for (at, path), row in kept.items() if at == step}
        _write_checkpoint(run_folder.checkpoint_folder(folder, step), files)
    if not run_folder.checkpoint_steps(folder):
        raise StudioError(f"Run {run_id} has no checkpoint, neither in its folder nor kept.")
    best = document.query(best_step, run_id)
    if best is not None and run_folder.best_step(folder) is None:
        run_folder.write_best(folder, best, 0.0)
    return folder


def best_step(connection: Connection, run_id: int) -> int | None:
    """The step of the run's best checkpoint, else of its newest."""
    table = schema.checkpoints
    return connection.scalar(
        select(table.c.step)
        .where(table.c.run_id == run_id, table.c.removed == 0)
        .order_by(table.c.best.desc(), table.c.step.desc())
        .limit(1)
    )


def resumable_steps(folder: Path) -> list[int]:
    """Steps whose checkpoint has all that a resume needs."""
    return [
        step
        for step in run_folder.checkpoint_steps(folder)
        if (run_folder.checkpoint_folder(folder, step) / OPTIMIZER).is_file()
    ]


def _keep(connection: Connection, record: RunRecord, folder: Path) -> None:
    _keep_journal(connection, record.id, folder / run_folder.JOURNAL)
    if record.kind == "train":
        _keep_weights(connection, record.id, folder)
        _fill_predictions(connection, record, record.id)
        if not record.answers_freely:  # no label is right or wrong there
            suspects.rank_rows(connection, record.id)
    elif record.kind == "evaluate":
        _fill_predictions(connection, record, record.id)
        if record.parent_id is not None and _is_of_best(connection, record):
            _fill_predictions(connection, record, record.parent_id)


def _keep_journal(connection: Connection, run_id: int, journal: Path) -> None:
    if not journal.is_file():
        return
    blob_id = keep_blob(connection, packed_journal(journal))
    runs = schema.runs
    connection.execute(update(runs).where(runs.c.id == run_id).values(journal_blob_id=blob_id))


def _keep_weights(connection: Connection, run_id: int, folder: Path) -> None:
    steps = run_folder.checkpoint_steps(folder)
    best = run_folder.best_step(folder)
    wanted = {step for step in (best, *steps[-1:]) if step in steps}
    table = schema.run_weights
    for step in sorted(wanted):
        checkpoint = run_folder.checkpoint_folder(folder, step)
        weights = checkpoint / WEIGHTS
        if not weights.is_file() or weights.stat().st_size > LARGEST_KEPT:
            continue
        for path in _files(checkpoint):
            blob_id = keep_blob(connection, path.read_bytes())
            connection.execute(
                table.insert().prefix_with("OR REPLACE"),
                {"run_id": run_id, "step": step, "path": path.name, "blob_id": blob_id},
            )


def _files(checkpoint: Path) -> Iterable[Path]:
    return (path for name in KEPT_FILES if (path := checkpoint / name).is_file())


def _kept_files(connection: Connection, run_id: int) -> dict[tuple[int, str], tuple[str, bytes]]:
    table, blobs = schema.run_weights, schema.blobs
    rows = connection.execute(
        select(table.c.step, table.c.path, blobs.c.sha256, blobs.c.content)
        .join(blobs, blobs.c.id == table.c.blob_id)
        .where(table.c.run_id == run_id)
    )
    return {(step, path): (digest, content) for step, path, digest, content in rows}


def _write_checkpoint(checkpoint: Path, files: dict[str, tuple[str, bytes]]) -> None:
    """Write a checkpoint's files aside, each checked, with a manifest; then give it its name."""
    aside = checkpoint.with_name(f".restoring-{checkpoint.name}")
    aside.mkdir(parents=True, exist_ok=True)
    rows: dict[str, dict[str, str | int]] = {}
    for path, (digest, content) in files.items():
        name = Path(path).name
        if hashlib.sha256(content).hexdigest() != digest:
            raise StudioError(
                f"The kept weights “{name}” are damaged: their hash does not match.",
                "A check of the project tells whether they can be mended.",
            )
        (aside / name).write_bytes(content)
        rows[name] = {"sha256": digest, "bytes": len(content)}
    manifest = json.dumps({"format": 1, "files": rows}, indent=1)
    (aside / MANIFEST).write_text(manifest, encoding="utf-8")
    aside.rename(checkpoint)


def _is_of_best(connection: Connection, record: RunRecord) -> bool:
    """Whether an evaluation speaks for its training: of its best weights, asked as it learned."""
    job = record.job
    assert isinstance(job, EvaluationJob)
    assert record.parent_id is not None
    if job.untrained or job.shots:
        return False
    return job.checkpoint in ("best", str(best_step(connection, record.parent_id)))


def _fill_predictions(connection: Connection, record: RunRecord, owner: int) -> None:
    """Predictions of each split as measured at the best checkpoint's step, for `owner`."""
    table = schema.measurements
    here = (table.c.run_id == record.id, table.c.phase == Phase.EVALUATION.value)
    steps = connection.execute(
        select(table.c.split, func.max(table.c.step)).where(*here).group_by(table.c.split)
    ).all()
    best = best_step(connection, record.id) if record.kind == "train" else None
    predictions = schema.predictions
    labels = dict(_snapshot_labels(connection, record.id))
    for split, newest in steps:
        step = (
            best if best is not None and _measured(connection, record.id, split, best) else newest
        )
        rows = connection.execute(
            select(table.c.sample_id, table.c.probabilities).where(
                *here, table.c.split == split, table.c.step == step
            )
        ).all()
        values = [
            _prediction(
                owner,
                sample_id,
                split=split,
                step=step,
                labels=record.labels,
                text=shares,
                given=labels.get(sample_id),
            )
            for sample_id, shares in rows
            if shares
        ]
        if not values:
            continue
        mine = (predictions.c.run_id == owner, predictions.c.split == split)
        connection.execute(delete(predictions).where(*mine))
        connection.execute(predictions.insert().prefix_with("OR REPLACE"), values)


def _measured(connection: Connection, run_id: int, split: str, step: int) -> bool:
    table = schema.measurements
    return (
        connection.scalar(
            select(table.c.sample_id)
            .where(table.c.run_id == run_id, table.c.phase == Phase.EVALUATION.value)
            .where(table.c.split == split, table.c.step == step)
            .limit(1)
        )
        is not None
    )


def _snapshot_labels(connection: Connection, run_id: int) -> list[tuple[int, str | None]]:
    table = schema.run_samples
    rows = connection.execute(
        select(table.c.sample_id, table.c.label).where(table.c.run_id == run_id)
    )
    return [(row[0], row[1]) for row in rows]


def _prediction(
    owner: int,
    sample_id: int,
    *,
    split: str,
    step: int,
    labels: tuple[str, ...],
    text: str,
    given: str | None,
) -> dict[str, object]:
    shares = [share if share is not None else 0.0 for share in json.loads(text)]
    by_label = dict(zip(labels, shares, strict=True))
    likeliest = max(by_label, key=lambda label: by_label[label])
    return {
        "run_id": owner,
        "sample_id": sample_id,
        "split": split,
        "step": step,
        "label": likeliest,
        "confidence": by_label[likeliest],
        "given_confidence": by_label.get(given or ""),
        "probabilities": json.dumps(by_label),
    }
