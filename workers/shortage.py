"""What a job that ran out of memory says: how much was needed, and what would fit."""

from workers.contract.events import Reason
from workers.contract.job import TrainingJob
from workers.data.prompts import AnswerSamples
from workers.data.samples import TRAIN
from workers.models import fitting
from workers.models.fitting import Sizes
from workers.models.shape import shape_of
from workers.models.trouble import Trouble
from workers.objectives.objective import Encoded
from workers.training_state import Training


def sizes_of(samples: Encoded) -> Sizes:
    """The tokens of samples, and of their longest answer where they have one."""
    answer = 0
    if isinstance(samples, AnswerSamples):
        rows = zip(samples.lengths, samples.prompts, strict=True)
        answer = max((length - prompt for length, prompt in rows), default=0)
    return Sizes(tuple(samples.lengths), answer)


def trouble_of(job: TrainingJob, training: Training | None, free: int) -> Trouble:
    """The end of a training that ran out of memory; `training` is None before it was set up."""
    sizes, step = Sizes((job.options.max_length,)), None
    if training is not None:
        sizes, step = sizes_of(training.splits[TRAIN]), training.progress.step + 1
    shape = shape_of(job)
    needed = fitting.estimate(shape, job.options, sizes)["high"]
    proposals = fitting.propose(shape, job.options, sizes, free)
    words = fitting.sentence(needed, free, proposals, step)
    return Trouble(Reason.OUT_OF_MEMORY, words, proposals)
