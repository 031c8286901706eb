"""Before the first step: the samples, the model and the optimizer of a training."""

from typing import TYPE_CHECKING

from workers import measuring, training_state
from workers.contract.events import Prepared, Reason
from workers.contract.job import TrainingJob
from workers.contract.options import Precision, TrainingOptions
from workers.data.batches import steps_per_epoch
from workers.data.samples import TEST, TRAIN, VALIDATION, LabelledSamples, read_labelled
from workers.data.tokens import TokenisedSamples, tokenise
from workers.metrics.dynamics import Dynamics
from workers.models import adapters, loading, optimizers
from workers.models.trouble import Trouble
from workers.reporting import Report
from workers.training_state import Progress, Training

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedTokenizerBase


def read_samples(report: Report, job: TrainingJob) -> LabelledSamples:
    """The snapshot's samples, after everything that would make training senseless was refused."""
    samples = read_labelled(report.folder, job.labels, job.snapshot_sha256)
    if samples.problem:
        raise Trouble(Reason.BAD_SAMPLE, samples.problem)
    if samples.empty:
        named = ", ".join(str(id) for id in samples.empty[:20])
        report.say(
            f"{len(samples.empty)} samples have an empty caption and were left out: {named}.",
            warning=True,
        )
    counts = samples.label_counts(TRAIN)
    if not counts:
        raise Trouble(Reason.BAD_SAMPLE, "No sample of the train split has a label and a caption.")
    if len(counts) == 1:
        label = job.labels[next(iter(counts))]
        raise Trouble(
            Reason.ONE_LABEL,
            f"All {counts.total():,} train samples are labelled {label}. "
            "A classifier needs two labels.",
        )
    if not samples.of(VALIDATION):
        report.say("No sample is in the validation split: the last checkpoint counts as the best.")
    return samples


def set_up(report: Report, job: TrainingJob, samples: LabelledSamples) -> Training:
    """Model, data and optimizer, new or as the newest sound checkpoint left them."""
    options, device = usable_options(report, job.options), loading.choose_device()
    job = job.model_copy(update={"options": options})
    checkpoint = training_state.find_checkpoint(report)
    if job.resume and checkpoint is None:
        report.say("There is no checkpoint to resume from: the run starts at step 0.")
    report.say(f"Loading {job.base_model.title}.")
    model, tokenizer = loading.load_classifier(job.base_model, job.labels, options, device=device)
    splits = tokenise_splits(report, options, samples, model, tokenizer)
    if checkpoint is None:
        measuring.measure_baseline(
            report, model, splits[VALIDATION], options, labels=job.labels, device=device
        )
    for name in adapters.unmatched_names(model, options):
        report.say(f"No module is called “{name}” in this model.", warning=True)
    training_state.seed_everything(options.seed)
    model = adapters.prepare(model, options).train()
    training = Training(
        report=report,
        job=job,
        device=device,
        model=model,
        tokenizer=tokenizer,
        optimizer=optimizers.make_optimizer(model, options),
        scaler=optimizers.make_scaler(options, device),
        splits=splits,
        dynamics=Dynamics(len(splits[TRAIN])),
        progress=Progress(),
    )
    tell_prepared(training, checkpoint or 0)
    training_state.seed_everything(options.seed)
    if checkpoint is not None:
        training_state.restore(training, checkpoint)
    return training


def usable_options(report: Report, options: TrainingOptions) -> TrainingOptions:
    """The options as this machine can follow them; a change is said."""
    if options.precision == Precision.FP16 and loading.choose_device() == "cpu":
        report.say("fp16 needs a GPU; this run computes in bf16 instead.", warning=True)
        return options.model_copy(update={"precision": Precision.BF16})
    return options


def tokenise_splits(
    report: Report,
    options: TrainingOptions,
    samples: LabelledSamples,
    model: "nn.Module",
    tokenizer: "PreTrainedTokenizerBase",
) -> dict[str, TokenisedSamples]:
    """Token ids of every split, made once."""
    longest = loading.longest_input(model)
    if options.max_length > longest:
        report.say(f"This model takes {longest} tokens at most; longer captions are cut there.")
    length = min(options.max_length, longest)
    splits = {
        split: tokenise(tokenizer, samples.of(split), length) for split in (TRAIN, VALIDATION, TEST)
    }
    cut = sum(len(split.cut) for split in splits.values())
    if cut:
        total = sum(len(split) for split in splits.values())
        report.say(
            f"{cut:,} of {total:,} captions are longer than {length} tokens and are cut.",
            warning=True,
        )
    return splits


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
