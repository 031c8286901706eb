"""Going on from another run: whether its weights fit, and a checked copy of them."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from studio.document import Document
from studio.errors import StudioError
from studio.runs import keeping
from studio.runs.run_record import RunRecord, load_record
from studio.runs.samples import TrainingSet
from workers.contract import catalogue
from workers.contract import folder as run_folder
from workers.contract.job import BaseModelReference, Start, TrainingJob
from workers.contract.options import TrainingOptions, option_values

# What decides the shapes and the meaning of the trained weights: a start cannot change it.
FIXED = (
    "task",
    "method",
    "adapter.rank",
    "adapter.alpha",
    "adapter.targets",
    "adapter.modules_to_save",
    "adapter.bias",
    "adapter.rank_stabilised",
    "adapter.decomposed",
    "freeze.trainable",
)


@dataclass(frozen=True)
class StartPoint:
    """A run to go on from: what the new job says of it, and the checkpoint that is copied."""

    run_id: int
    start: Start
    checkpoint: Path


def find_start(
    document: Document,
    run_id: int,
    options: TrainingOptions,
    chosen: TrainingSet,
    *,
    checkpoint: str = "last",
    keeps_optimizer: bool = False,
) -> StartPoint:
    """The start that these options can go on from; StudioError says why they cannot."""
    record = document.query(load_record, run_id)
    _refuse_state(record)
    job = record.training
    _refuse_other_base(record, job, options)
    _refuse_other_shape(record, job, options)
    _refuse_other_labels(record, job, options, chosen)
    folder = keeping.restore_checkpoint(document, run_id)
    try:
        step = run_folder.chosen_step(folder, checkpoint)
    except FileNotFoundError as error:
        raise StudioError(f"Run {run_id}: {error}") from error
    place = run_folder.checkpoint_folder(folder, step)
    if keeps_optimizer and not (place / keeping.OPTIMIZER).is_file():
        raise StudioError(
            f"Run {run_id} kept its weights but not its optimizer.",
            "Start from it with a new optimizer.",
        )
    start = Start(
        token=record.token,
        name=record.name,
        step=step,
        epochs=epochs_at(record, step),
        keeps_optimizer=keeps_optimizer,
    )
    return StartPoint(run_id, start, place)


def start_problem(document: Document, run_id: int, options: TrainingOptions) -> str:
    """Why these options cannot go on from that run, as a sentence; empty when they can."""
    try:
        record = document.query(load_record, run_id)
        _refuse_state(record)
        _refuse_other_base(record, record.training, options)
        _refuse_other_shape(record, record.training, options)
    except StudioError as error:
        return error.message
    return ""


def epochs_at(record: RunRecord, step: int) -> float:
    """Passes over the data behind a checkpoint, those of all runs before it included."""
    job = record.training
    before = job.start.epochs if job.start else 0.0
    each = record.summary.get("prepared", {}).get("steps_per_epoch", 0)
    return round(before + (step / each if each else 0.0), 4)


def copy_start(point: StartPoint, folder: Path) -> None:
    """Put the checkpoint into a new run's folder: linked where the disk can, and verified."""
    destination = folder / run_folder.START
    destination.mkdir()
    for source in sorted(path for path in point.checkpoint.iterdir() if path.is_file()):
        _link_or_copy(source, destination / source.name)
    problem = damage_of(destination)
    if problem:
        raise StudioError(
            f"Step {point.start.step:,} of {point.start.name} cannot be started from: {problem}.",
            "Choose another checkpoint.",
        )


def damage_of(checkpoint: Path) -> str:
    """What is wrong with a checkpoint's files, in words; empty when its manifest holds."""
    try:
        manifest = json.loads((checkpoint / keeping.MANIFEST).read_bytes())
        expected = {name: row["sha256"] for name, row in manifest["files"].items()}
    except FileNotFoundError:
        return "its manifest is missing"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "its manifest makes no sense"
    if keeping.WEIGHTS not in expected:
        return "its manifest names no weights"
    for name, digest in expected.items():
        path = checkpoint / Path(name).name
        if not path.is_file():
            return f"{name} is missing"
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                return f"{name} is not what was saved"
    return ""


def _link_or_copy(source: Path, destination: Path) -> None:
    try:
        os.link(source, destination)
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(source, destination)


def _refuse_state(record: RunRecord) -> None:
    if record.kind != "train":
        raise StudioError(f"Run {record.id} trained nothing: it is a run of “{record.kind}”.")
    if record.trashed:
        raise StudioError(
            f"Run {record.id} is in the trash.", "Put it back first, or start from another run."
        )
    if not record.state.is_over and not record.has_diverged:  # that one waits for nothing else
        raise StudioError(f"Run {record.id} has not ended.", "Wait for its end, or stop it.")


def _refuse_other_base(record: RunRecord, job: TrainingJob, options: TrainingOptions) -> None:
    wanted = catalogue.refer_to(options.base_model, options.revision)
    if is_same_base(job.base_model, wanted):
        return
    theirs, ours = _named(job.base_model, wanted), _named(wanted, job.base_model)
    raise StudioError(
        f"Run {record.id} trained {theirs}; these options are for {ours}. "
        "What it learned fits no other base model.",
        f"Set base_model to {job.base_model.name}.",
    )


def is_same_base(first: BaseModelReference, second: BaseModelReference) -> bool:
    """Whether both mean the same weights: name or folder, and revision where both state one."""
    same_place = bool(first.folder) and first.folder == second.folder
    if first.name != second.name and not same_place:
        return False
    return not (first.revision and second.revision) or first.revision == second.revision


def _named(base: BaseModelReference, other: BaseModelReference) -> str:
    if base.title != other.title:
        return base.title
    if base.name != other.name:
        return base.name
    return f"{base.title} at revision {base.revision}"


def _refuse_other_shape(record: RunRecord, job: TrainingJob, options: TrainingOptions) -> None:
    theirs, ours = option_values(job.options), option_values(options)
    for name in FIXED:
        if theirs.get(name) != ours.get(name):
            raise StudioError(
                f"Run {record.id} has {name} {_shown(theirs.get(name))}, these options "
                f"{_shown(ours.get(name))}. A run goes on with the same trained weights.",
                f"Set {name} as in run {record.id}, or train from the base model.",
            )


def _shown(value: object) -> str:
    if value is None or value in ([], ""):
        return "unset"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _refuse_other_labels(
    record: RunRecord, job: TrainingJob, options: TrainingOptions, chosen: TrainingSet
) -> None:
    if options.task.writes or chosen.labels == job.labels:
        return
    raise StudioError(
        f"Run {record.id} tells {', '.join(job.labels)} apart; the project's labels are now "
        f"{', '.join(chosen.labels)}. Its head fits no other labels.",
        "Train from the base model.",
    )
