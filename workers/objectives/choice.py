"""Which objective a job's task asks for."""

from workers.contract.job import TrainingJob
from workers.objectives.answers import Answers
from workers.objectives.classification import Classification
from workers.objectives.objective import AnyObjective


def objective_of(job: TrainingJob, device: str) -> AnyObjective:
    """The objective of a training job on this device."""
    if job.options.task.writes:
        return Answers(job, device)
    return Classification(job, device)
