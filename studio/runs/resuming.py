"""A resume goes on with the very options that a run began with, or is refused."""

from pathlib import Path

from pydantic_core import ValidationError

from studio.errors import StudioError
from studio.runs import keeping, trusting
from studio.runs.run_record import RunRecord
from studio.runs.state import RunState
from workers.contract import folder as run_folder
from workers.contract.job import TrainingJob
from workers.contract.options import TrainingOptions, option_values


def refuse_state(record: RunRecord, folder: Path) -> None:
    """Raise that the run has not ended, has no checkpoint to go on from, or is done."""
    if not record.state.is_over:
        raise StudioError(f"Run {record.id} has not ended.")
    if not keeping.resumable_steps(folder):
        raise StudioError(
            f"Run {record.id} has no checkpoint to go on from.", "Start it as a new run."
        )
    if record.state == RunState.FINISHED:
        done = f"Run {record.id} is finished: all its epochs are done."
        raise StudioError(done, "For more, start a new run from it.")


def refuse_changes(record: RunRecord, folder: Path, options: TrainingOptions | None) -> None:
    """Raise which options differ from those that the run began with, or what may not run."""
    trusting.refuse_unallowed(record.training.base_model)
    began = record.training.options
    wanted = options if options is not None else _options_in(folder)
    if wanted is None or wanted == began:
        return
    before, after = option_values(began), option_values(wanted)
    names = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    told = ", ".join(
        f"{name} was {before.get(name, 'unset')}, now {after.get(name, 'unset')}" for name in names
    )
    raise StudioError(
        f"Run {record.id} can only be resumed with its own options: {told}.",
        f"Start a new run from run {record.id} with the new ones.",
    )


def _options_in(folder: Path) -> TrainingOptions | None:
    """The options in the folder's job.json; None where it is gone."""
    try:
        job = run_folder.load_job(folder)
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise StudioError(
            f"The job of {folder.name} makes no sense any more.", "Start it as a new run."
        ) from error
    return job.options if isinstance(job, TrainingJob) else None
