"""The verbs of runs: train, runs, resume, evaluate, attend, export."""

import hashlib
import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from studio.commands.arguments import (
    checkpoint_of,
    open_project,
    options_of,
    run_of,
    sample_ids_of,
)
from studio.commands.following import (
    follow,
    must_have_finished,
    run_result,
    say_verdict,
)
from studio.commands.output import Output, UsageError
from studio.document import Document
from studio.errors import StudioError
from studio.numbers import format_share
from studio.project import schema
from studio.runs.controller import RunController
from studio.runs.problems import Severity, problems_of
from studio.runs.run_record import RunRecord, load_record
from studio.runs.state import RunState
from studio.runs.verdict import describe


def train(arguments: Namespace, out: Output) -> int:
    """Train a recipe on the project and follow it to its end."""
    with open_project(arguments.file) as document:
        options = options_of(arguments.recipe, arguments.set, document)
        controller = controller_of(document, out)
        run_id = controller.train(options, recipe=arguments.recipe, name=arguments.name)
        for problem in problems_of(document, options):
            if problem.severity == Severity.WARNING:
                out.note(problem.message)
        return _finish_training(controller, run_id, out)


def resume(arguments: Namespace, out: Output) -> int:
    """Go on with an ended training from its newest checkpoint."""
    with open_project(arguments.file) as document:
        run_of(document, arguments.run)
        controller = controller_of(document, out)
        controller.resume(arguments.run)
        return _finish_training(controller, arguments.run, out)


def runs(arguments: Namespace, out: Output) -> int:
    """List the project's runs, newest last."""
    with open_project(arguments.file, read_only=True) as document:
        found = document.query(_all_runs)
        rows = [run_result(document, record) | {"kind": record.kind} for record in found]
        for record, row in zip(found, rows, strict=True):
            out.line(_run_line(record, row))
        if not found:
            out.line("No runs yet.")
        out.result({"runs": rows})
    return 0


def evaluate(arguments: Namespace, out: Output) -> int:
    """Measure a checkpoint on the samples as they are now."""
    with open_project(arguments.file) as document:
        run_of(document, arguments.run)
        checkpoint = checkpoint_of(document, arguments.run, arguments.checkpoint)
        controller = controller_of(document, out)
        splits = tuple(arguments.split or ["validation"])
        job_id = controller.evaluate(arguments.run, checkpoint, splits)
        record = follow(controller, job_id, out)
        must_have_finished(document, record)
        measured = document.query(_measured, job_id)
        for row in measured:
            out.line(
                f"{row['split']:<11} {format_share(row['accuracy'])}   {row['correct']:,} of "
                f"{row['count']:,}   always “{row['majority_label']}”: "
                f"{format_share(row['majority'])}"
            )
        if "validation" in splits:
            say_verdict(describe(document, job_id), out)
        by_split = {row.pop("split"): row for row in measured}
        result = run_result(document, record)
        result["validation"] = result["validation"] or by_split.get("validation")
        result |= {"trained_run": arguments.run, "splits": by_split}
        out.result(result)
    return 0


def attend(arguments: Namespace, out: Output) -> int:
    """Capture attention maps and write them into a folder."""
    with open_project(arguments.file) as document:
        run_of(document, arguments.run)
        sample_ids = sample_ids_of(document, arguments.sample)
        checkpoint = checkpoint_of(document, arguments.run, arguments.checkpoint)
        _make_folder(arguments.out)
        controller = controller_of(document, out)
        job_id = controller.attend(arguments.run, sample_ids, checkpoint)
        record = follow(controller, job_id, out)
        must_have_finished(document, record)
        maps = document.query(write_maps, arguments.run, sample_ids, arguments.out)
        for one in maps:
            out.line(f"{one['sample']}: {one['path']}")
        out.result({"run": arguments.run, "state": record.state.value, "maps": maps})
    return 0


def export(arguments: Namespace, out: Output) -> int:
    """Write a checkpoint for others, proven in a clean process."""
    with open_project(arguments.file) as document:
        run_of(document, arguments.run)
        checkpoint = checkpoint_of(document, arguments.run, arguments.checkpoint)
        controller = controller_of(document, out)
        job_id = controller.export(
            arguments.run,
            arguments.folder,
            merged=arguments.merged,
            checkpoint=checkpoint,
        )
        record = follow(controller, job_id, out)
        must_have_finished(document, record)
        exported = record.summary.get("exported", {})
        difference = exported.get("max_logit_difference")
        samples = exported.get("samples", 0)
        out.line(
            f"Loaded in a clean process. Largest difference {difference:.2g} over "
            f"{samples:,} samples."
        )
        out.line(f"Written to {exported.get('path')}")
        out.result(
            {
                "path": exported.get("path"),
                "max_logit_difference": difference,
                "samples": samples,
                "files": exported.get("files", {}),
                "state": record.state.value,
            }
        )
    return 0


def controller_of(document: Document, out: Output) -> RunController:
    """A controller that says on standard error what it does by itself."""
    controller = RunController(document)
    controller.said.connect(out.note)
    return controller


def _finish_training(controller: RunController, run_id: int, out: Output) -> int:
    document = controller.document
    record = follow(controller, run_id, out)
    result = run_result(document, record)
    result["suspects"] = document.query(_flagged, run_id)
    result["warnings"] = record.summary.get("warnings", [])
    for warning in result["warnings"]:
        out.note(warning)
    out.line(f"{record.name} {record.state.value} at step {record.step:,}.")
    if record.state in (RunState.FINISHED, RunState.STOPPED):
        say_verdict(describe(document, run_id), out)
        if result["suspects"]:
            out.line(f"{result['suspects']:,} labels look wrong to it.")
        out.result(result)
        return 0
    out.note(record.message)
    out.note(f"Its log: {document.folder / record.folder / 'worker.log'}")
    out.result(result)
    return 1


def _run_line(record: RunRecord, row: dict[str, Any]) -> str:
    validation = row["validation"]
    start = f"{record.id:>4}  {record.kind:<9} {record.state.value:<9} {record.name:<20}"
    if not validation:
        return start.rstrip()
    majority = format_share(validation["majority"])
    return f"{start} {format_share(validation['accuracy'])}, majority {majority}"


def _all_runs(connection: Connection) -> list[RunRecord]:
    table = schema.runs
    ids = connection.scalars(
        select(table.c.id).where(table.c.trashed_at.is_(None)).order_by(table.c.id)
    ).all()
    return [load_record(connection, run_id) for run_id in ids]


def _measured(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    table = schema.evaluations
    rows = connection.execute(select(table).where(table.c.run_id == run_id)).mappings()
    return [
        {
            "split": row["split"],
            "accuracy": row["accuracy"],
            "correct": row["correct"],
            "count": row["count"],
            "majority": row["majority_count"] / row["count"],
            "majority_label": row["majority_label"],
            "loss": row["loss"],
            "metrics": json.loads(row["metrics"]),
        }
        for row in rows
    ]


def _flagged(connection: Connection, run_id: int) -> int:
    table = schema.suspects
    flagged = select(table.c.sample_id).where(table.c.run_id == run_id, table.c.flagged == 1)
    return len(connection.scalars(flagged).all())


def _make_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.")
    folder.mkdir(parents=True, exist_ok=True)


def write_maps(
    connection: Connection, run_id: int, sample_ids: list[int], folder: Path
) -> list[dict[str, Any]]:
    """Write the newest map of each sample as a file and its provenance beside it."""
    maps, blobs, samples = schema.attention_maps, schema.blobs, schema.samples
    written: list[dict[str, Any]] = []
    for sample_id in sample_ids:
        row = connection.execute(
            select(samples.c.key, maps.c.sha256, maps.c.provenance, blobs.c.content)
            .join(samples, samples.c.id == maps.c.sample_id)
            .join(blobs, blobs.c.id == maps.c.blob_id)
            .where(maps.c.run_id == run_id, maps.c.sample_id == sample_id)
            .order_by(maps.c.captured_at.desc())
            .limit(1)
        ).first()
        if row is None:
            continue
        name = "".join(one if one.isalnum() or one in "-_." else "_" for one in row.key)
        path = folder / f"{name.lstrip('.') or sample_id}.safetensors"
        if hashlib.sha256(row.content).hexdigest() != row.sha256:
            raise StudioError(
                f"The map of {row.key} is damaged in the project.", "Capture it again."
            )
        path.write_bytes(row.content)
        provenance = json.loads(row.provenance)
        path.with_suffix(".json").write_text(
            json.dumps(provenance, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        written.append(
            {"sample": row.key, "path": str(path), "sha256": row.sha256, **_seen(provenance)}
        )
    return written


def _seen(provenance: dict[str, Any]) -> dict[str, Any]:
    return {name: provenance[name] for name in ("tokens", "probabilities") if name in provenance}
