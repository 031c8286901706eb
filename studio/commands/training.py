"""The verbs of runs: train, runs, resume, attend, export."""

import hashlib
import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from studio.attention import packing
from studio.attention.maps import read_map
from studio.commands.arguments import (
    checkpoint_of,
    grid_of,
    open_project,
    options_of,
    recipe_of,
    run_of,
    sample_ids_of,
    with_changes,
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
from studio.runs.perplexity import format_perplexity
from studio.runs.problems import Severity, problems_of
from studio.runs.run_record import RunRecord, load_record
from studio.runs.state import RunState
from workers.contract.options import TrainingOptions


def train(arguments: Namespace, out: Output) -> int:
    """Train a recipe on the project and follow it to its end; a grid, run after run."""
    with open_project(arguments.file) as document:
        options = options_of(arguments.recipe, arguments.set, document)
        if arguments.keep_optimizer and arguments.start is None:
            raise UsageError("--keep-optimizer needs --from RUN, whose optimizer it keeps.")
        controller = controller_of(document, out)
        if arguments.grid:
            return _train_grid(arguments, controller, options, out)
        run_id = controller.train(
            options,
            recipe=recipe_of(document, arguments.recipe),
            name=arguments.name,
            start_from=arguments.start,
            keeps_optimizer=arguments.keep_optimizer,
            start_checkpoint=arguments.from_checkpoint,
        )
        for problem in problems_of(document, options):
            if problem.severity == Severity.WARNING:
                out.note(problem.message)
        return _finish_training(controller, run_id, out)


def _train_grid(
    arguments: Namespace, controller: RunController, options: TrainingOptions, out: Output
) -> int:
    """Follow every run of a grid; one that fails is said, and the next goes on."""
    document = controller.document
    made = controller.train_grid(
        options,
        grid_of(arguments.grid),
        recipe=recipe_of(document, arguments.recipe),
        name=arguments.name,
        start_from=arguments.start,
        keeps_optimizer=arguments.keep_optimizer,
        start_checkpoint=arguments.from_checkpoint,
    )
    rows: list[dict[str, Any]] = []
    for run_id in made:
        record = follow(controller, run_id, out)
        row = run_result(document, record)
        rows.append(row)
        out.line(run_line(record, row))
        if record.state != RunState.FINISHED:
            out.note(f"Run {run_id}: {record.message or record.state.value}")
    out.result({"runs": rows})
    return 0 if all(row["state"] == RunState.FINISHED.value for row in rows) else 1


def resume(arguments: Namespace, out: Output) -> int:
    """Go on with an ended training from its newest checkpoint, with its own options."""
    with open_project(arguments.file) as document:
        record = run_of(document, arguments.run)
        changed = with_changes(record.training.options, arguments.set)
        controller = controller_of(document, out)
        controller.resume(arguments.run, changed)
        return _finish_training(controller, arguments.run, out)


def runs(arguments: Namespace, out: Output) -> int:
    """List the project's runs, newest last."""
    with open_project(arguments.file, read_only=True) as document:
        found = document.query(_all_runs)
        rows = [run_result(document, record) | {"kind": record.kind} for record in found]
        for record, row in zip(found, rows, strict=True):
            out.line(run_line(record, row))
        if not found:
            out.line("No runs yet.")
        out.result({"runs": rows})
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
        say_verdict(document, run_id, out)
        if result["suspects"]:
            out.line(f"{result['suspects']:,} labels look wrong to it.")
        if record.message:  # it did not end as it was meant to
            out.note(record.message)
        out.result(result)
        return 1 if record.message else 0
    out.note(record.message)
    out.note(f"Its log: {document.folder / record.folder / 'worker.log'}")
    out.result(result)
    return 1


def run_line(record: RunRecord, row: dict[str, Any]) -> str:
    """A run in one line: number, kind, state, name, and what it reached."""
    validation = row["validation"]
    start = f"{record.id:>4}  {record.kind:<9} {record.state.value:<9} {record.name:<20}"
    if not validation:
        return start.rstrip()
    parts = []
    if validation["accuracy"] is not None:
        majority = format_share(validation["majority"])
        parts.append(f"{format_share(validation['accuracy'])}, majority {majority}")
    if "perplexity" in validation:
        parts.append(f"perplexity {format_perplexity(validation['perplexity']['mean'])}")
    return f"{start} {', '.join(parts)}"


def _all_runs(connection: Connection) -> list[RunRecord]:
    table = schema.runs
    ids = connection.scalars(
        select(table.c.id).where(table.c.trashed_at.is_(None)).order_by(table.c.id)
    ).all()
    return [load_record(connection, run_id) for run_id in ids]


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
        content = _sound_map(row.content, row.sha256, row.key)
        path.write_bytes(content)
        provenance = json.loads(row.provenance)
        path.with_suffix(".json").write_text(
            json.dumps(provenance, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        written.append(
            {
                "sample": row.key,
                "path": str(path),
                "sha256": hashlib.sha256(content).hexdigest(),
                **_seen(provenance),
            }
        )
    return written


def _sound_map(kept: bytes, sha256: str, key: str) -> bytes:
    """The map that a project keeps, as a file of numbers; StudioError when it is damaged."""
    try:
        sound = read_map(kept).digest == sha256
    except StudioError:
        sound = False
    if not sound:
        raise StudioError(f"The map of {key} is damaged in the project.", "Capture it again.")
    return packing.plain(kept)


def _seen(provenance: dict[str, Any]) -> dict[str, Any]:
    return {name: provenance[name] for name in ("tokens", "probabilities") if name in provenance}
