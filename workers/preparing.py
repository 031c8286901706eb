"""Before the first step: the samples, the model and the optimizer of a training."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workers import training_state
from workers.contract.events import Prepared, Reason
from workers.contract.job import TrainingJob
from workers.contract.options import Precision, TrainingOptions
from workers.data.batches import steps_per_epoch
from workers.data.samples import TEST, TRAIN, VALIDATION
from workers.metrics.dynamics import Dynamics
from workers.models import adapters, budget, loading, optimizers
from workers.models.trouble import Trouble
from workers.objectives.choice import objective_of
from workers.objectives.objective import AnyObjective, Encoded, Rows
from workers.reporting import Report
from workers.training_state import Progress, Training

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedTokenizerBase


def set_up(report: Report, job: TrainingJob) -> Training:
    """Model, data and optimizer, new or as the newest sound checkpoint left them."""
    options, device = usable_options(report, job.options), loading.choose_device()
    job = job.model_copy(update={"options": options})
    objective = objective_of(job, device)
    rows = read_rows(report, objective)
    checkpoint = training_state.find_checkpoint(report)
    if job.resume and checkpoint is None:
        report.say("There is no checkpoint to resume from: the run starts at step 0.")
    report.say(f"Loading {job.base_model.title}.")
    model, tokenizer = objective.load()
    splits = objective.encode(report, rows, [TRAIN, VALIDATION, TEST], model, tokenizer)
    if checkpoint is None:
        objective.measure_untrained(report, model, splits[VALIDATION])
    for name in adapters.unmatched_names(model, options):
        report.say(f"No module is called “{name}” in this model.", warning=True)
    training = make_ready(report, objective, model, tokenizer, splits)
    tell_prepared(training, checkpoint or 0)
    training_state.seed_everything(options.seed)
    if checkpoint is not None:
        training_state.restore(training, checkpoint)
    elif job.start is not None:
        training_state.take_over(training, job.start)
    return training


def make_ready(
    report: Report,
    objective: AnyObjective,
    model: "nn.Module",
    tokenizer: "PreTrainedTokenizerBase",
    splits: Mapping[str, Encoded],
) -> Training:
    """A loaded model made trainable, with its optimizer, at the beginning of its job."""
    job = objective.job
    budget.give_back()  # what reading and quantising the weights took besides
    training_state.seed_everything(job.options.seed)
    model = adapters.prepare(model, job.options).train()
    if objective.device == "cpu":
        from workers.models import dropout  # here, because it loads torch

        dropout.make_cheap(model)
    return Training(
        report=report,
        job=job,
        objective=objective,
        model=model,
        tokenizer=tokenizer,
        optimizer=optimizers.make_optimizer(model, job.options),
        scaler=optimizers.make_scaler(job.options, objective.device),
        splits=splits,
        dynamics=Dynamics(len(splits[TRAIN])),
        progress=Progress(),
    )


def read_rows(report: Report, objective: AnyObjective) -> Rows:
    """The snapshot's samples, after everything that would make training senseless was refused."""
    rows = objective.read(report.folder, objective.job.snapshot_sha256)
    if rows.problem:
        raise Trouble(Reason.BAD_SAMPLE, rows.problem)
    objective.check(report, rows)
    if VALIDATION not in rows.splits:
        report.say("No sample is in the validation split: the last checkpoint counts as the best.")
    return rows


def usable_options(report: Report, options: TrainingOptions) -> TrainingOptions:
    """The options as this machine can follow them; a change is said."""
    if options.precision == Precision.FP16 and loading.choose_device() == "cpu":
        report.say("fp16 needs a GPU; this run computes in bf16 instead.", warning=True)
        return options.model_copy(update={"precision": Precision.BF16})
    return options


def tell_prepared(training: Training, first_step: int) -> None:
    """Say how long the run will be and what trains in it."""
    trainable, total = adapters.count_parameters(training.model)
    options, splits = training.job.options, training.splits
    each = epoch_steps(training)
    training.report.append(
        Prepared(
            total_steps=each * options.epochs,
            steps_per_epoch=each,
            first_step=first_step,
            train_count=len(splits[TRAIN]),
            validation_count=len(splits[VALIDATION]),
            trainable=trainable,
            total=total,
            cut_samples=tuple(id for split in splits.values() for id in split.cut),
            base_revision=training.job.base_model.revision,
        )
    )


def epoch_steps(training: Training) -> int:
    """Updates in one epoch."""
    options = training.job.options
    return steps_per_epoch(
        len(training.splits[TRAIN]), options.micro_batch_size, options.accumulation
    )
