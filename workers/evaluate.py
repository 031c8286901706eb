"""Measure a finished run's checkpoint on samples: `python -m workers.evaluate FOLDER`."""

import sys
from pathlib import Path

from workers import measuring
from workers.contract import folder
from workers.contract.events import Finished, Reason
from workers.contract.job import EvaluationJob
from workers.data.samples import read_labelled
from workers.data.tokens import tokenise
from workers.models import checkpoints, loading
from workers.models.trouble import Trouble
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
    samples = read_labelled(report.folder, training.labels, job.snapshot_sha256)
    if samples.problem or not samples.rows:
        raise Trouble(
            Reason.BAD_SAMPLE, samples.problem or "No sample here has a label and a caption."
        )
    options = training.options
    length = min(options.max_length, loading.longest_input(model))
    step, epoch = position_of(parent, job.checkpoint)
    splits = sorted(samples.rows)
    for index, split in enumerate(splits):
        report.progress("Evaluating", index, len(splits))
        measuring.measure(
            report,
            model,
            tokenise(tokenizer, samples.of(split), length),
            options,
            labels=training.labels,
            device=device,
            split=split,
            step=step,
            epoch=epoch,
        )
    return Finished(step=step)


def position_of(parent: Path, checkpoint: str) -> tuple[int, int]:
    """The step and the epoch that a checkpoint was saved at."""
    step = folder.chosen_step(parent, checkpoint)
    saved = checkpoints.load(folder.checkpoint_folder(parent, step))
    return step, saved.state["progress"]["epoch"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
