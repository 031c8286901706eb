"""Measure a finished run's checkpoint on samples: `python -m workers.evaluate FOLDER`."""

import sys
from pathlib import Path

from workers.contract import folder
from workers.contract.events import Finished, Reason
from workers.contract.job import EvaluationJob
from workers.models import checkpoints, loading
from workers.models.trouble import Trouble
from workers.objectives.choice import objective_of
from workers.objectives.objective import Moment
from workers.reporting import Ending, Report, run_job


def main(argv: list[str]) -> int:
    """Do the evaluation job of a folder."""
    return run_job(argv, perform)


def perform(report: Report) -> Ending:
    """Load the checkpoint, then measure each split that the snapshot has."""
    job = report.job
    if not isinstance(job, EvaluationJob):
        raise Trouble(Reason.BAD_OPTION, f"This folder holds a job to {job.kind}, not to evaluate.")
    parent = (report.folder / job.parent).resolve()
    report.say("Loading the checkpoint.")
    device = loading.choose_device()
    model, tokenizer, training = loading.load_trained(parent, job.checkpoint, device=device)
    objective = objective_of(training, device)
    rows = objective.read(report.folder, job.snapshot_sha256)
    if rows.problem or not rows.splits:
        raise Trouble(
            Reason.BAD_SAMPLE, rows.problem or "No sample here has a label and a caption."
        )
    samples = objective.encode(report, rows, rows.splits, model, tokenizer)
    step, epoch = position_of(parent, job.checkpoint)
    for index, (split, encoded) in enumerate(samples.items()):
        report.progress("Evaluating", index, len(samples))
        objective.measure(report, model, encoded, Moment(split, step, epoch))
    return Finished(step=step)


def position_of(parent: Path, checkpoint: str) -> tuple[int, int]:
    """The step and the epoch that a checkpoint was saved at."""
    step = folder.chosen_step(parent, checkpoint)
    saved = checkpoints.load(folder.checkpoint_folder(parent, step))
    return step, saved.state["progress"]["epoch"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
