"""Measure a finished run's checkpoint on samples: `python -m workers.evaluate FOLDER`."""

import dataclasses
import sys
from pathlib import Path
from typing import Any

from workers.contract import folder
from workers.contract.events import Finished, Reason, Stopped
from workers.contract.folder import Request
from workers.contract.job import EvaluationJob, TrainingJob
from workers.data.answer_rows import answer_row
from workers.models import loading
from workers.models.trouble import Trouble
from workers.objectives.answers import Answers
from workers.objectives.choice import objective_of
from workers.objectives.objective import AnyObjective, Moment
from workers.objectives.writing import write_split
from workers.reporting import Ending, Report, run_job
from workers.training_state import position_of


def main(argv: list[str]) -> int:
    """Do the evaluation job of a folder."""
    return run_job(argv, perform)


def perform(report: Report) -> Ending:
    """Load the weights of an arm, then measure each split that the snapshot has."""
    job = report.job
    if not isinstance(job, EvaluationJob):
        raise Trouble(Reason.BAD_OPTION, f"This folder holds a job to {job.kind}, not to evaluate.")
    parent = (report.folder / job.parent).resolve()
    objective = objective_of_arm(job, read_training(parent))
    rows = objective.read(report.folder, job.snapshot_sha256)
    if rows.problem or not rows.splits:
        raise Trouble(
            Reason.BAD_SAMPLE, rows.problem or "No sample here has a label and a caption."
        )
    report.say("Loading the base model." if job.untrained else "Loading the checkpoint.")
    model, tokenizer = load_arm(job, parent, objective)
    samples = objective.encode(report, rows, rows.splits, model, tokenizer)
    step, epoch = (0, 0) if job.untrained else position_of(parent, job.checkpoint)
    for index, (split, encoded) in enumerate(samples.items()):
        if report.is_asked(Request.STOP):
            report.take_back(Request.STOP)
            return Stopped(step=step)
        report.progress("Evaluating", index, len(samples))
        moment = Moment(split, step, epoch)
        if job.writes and isinstance(objective, Answers):
            shares = write_split(report, objective, model, tokenizer, encoded, moment)
            objective.measure(report, model, encoded, moment, shares)
        else:
            objective.measure(report, model, encoded, moment)
    return Finished(step=step)


def read_training(parent: Path) -> TrainingJob:
    """The job of the run that is measured."""
    training = folder.load_job(parent)
    if not isinstance(training, TrainingJob):
        raise Trouble(Reason.BAD_CHECKPOINT, f"{parent.name} is not the folder of a training.")
    return training


def objective_of_arm(job: EvaluationJob, training: TrainingJob) -> AnyObjective:
    """The run's own objective, with this arm's shots before each prompt."""
    objective = objective_of(training, loading.choose_device())
    if job.shots and training.options.vision is not None:
        raise Trouble(
            Reason.BAD_OPTION, "Solved samples before a prompt have no pictures: not supported."
        )
    if isinstance(objective, Answers):
        shots = (answer_row(shot, training.labels, objective.prompt) for shot in job.shots)
        return dataclasses.replace(objective, shots=tuple(shots))
    if job.shots or job.writes:
        raise Trouble(
            Reason.BAD_OPTION, "A classifier reads no solved samples and writes no answers."
        )
    return objective


def load_arm(job: EvaluationJob, parent: Path, objective: AnyObjective) -> tuple[Any, Any]:
    """Base weights alone, or with what a checkpoint changed; in evaluation mode."""
    if job.untrained:
        model, tokenizer = objective.load()
        return model.requires_grad_(False).eval(), tokenizer
    model, tokenizer, _ = loading.load_trained(parent, job.checkpoint, device=objective.device)
    return model, tokenizer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
