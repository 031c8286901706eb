"""Try a few steps of a training on its longest batch: `python -m workers.probe FOLDER`."""

import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from workers import measuring, preparing, shortage, stepping, training_state
from workers.contract.events import Finished, Probed, Reason, Stopped
from workers.contract.folder import Request
from workers.contract.job import ProbeJob
from workers.contract.options import Method, TrainingOptions
from workers.data.batches import epoch_batches, reading_batches, steps_per_epoch
from workers.data.samples import TRAIN, VALIDATION
from workers.models import budget, checkpoints, fitting, loading, machine, optimizers, seeing, shape
from workers.models.fitting import Sizes
from workers.models.trouble import Trouble, is_memory
from workers.objectives.choice import objective_of
from workers.objectives.objective import AnyObjective, Encoded
from workers.pace import Pace, Timed
from workers.reporting import Ending, Report, run_job
from workers.training_state import Training

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# The first step is not timed: it is slower. It holds what later ones do, moments included.
MOST_REPEATS = 2
SLOW_SECONDS = 10.0
LAST_STEP = 1 + 2 * MOST_REPEATS + 1
# A step of very many micro-batches is measured by these, each of which takes as long.
MOST_MICRO_BATCHES = 2
LOADING, TRYING = "Loading the model", "Trying the longest batch"


@dataclass(frozen=True)
class Plan:
    """What is tried: encoded samples, the longest batch of them, the estimate before it."""

    objective: AnyObjective
    tokenizer: "PreTrainedTokenizerBase"
    splits: dict[str, Encoded]
    longest: list[int]
    sizes: Sizes
    shape: shape.Shape
    estimate: dict[str, int]
    free: int

    @property
    def options(self) -> TrainingOptions:
        """The options that are tried."""
        return self.objective.job.options


class StepTime(NamedTuple):
    """Seconds of a step: of one of its micro-batches, and of the update."""

    micro_batch: float
    update: float


class StopAsked(Exception):
    """The studio asked to stop between two steps."""


def main(argv: list[str]) -> int:
    """Do the probe of a folder; the exit code is 0 when it found out, whether it fits or not."""
    return run_job(argv, perform)


def perform(report: Report) -> Ending:
    """Estimate, then load and train a few steps in memory; say what it took or what would fit."""
    job = report.job
    if not isinstance(job, ProbeJob):
        raise Trouble(Reason.BAD_OPTION, f"This folder holds a job to {job.kind}, not to probe.")
    device = loading.choose_device()
    plan = make_plan(report, job, device)
    try:
        found = try_plan(report, plan)
    except StopAsked:
        report.take_back(Request.STOP)
        return Stopped(step=0)
    report.append(found)
    return Finished()


def make_plan(report: Report, job: ProbeJob, device: str) -> Plan:
    """Encode the samples and estimate, before any weight is read."""
    free = job.memory or budget.free(device)
    options = preparing.usable_options(report, job.training.options)
    training = job.training.model_copy(update={"options": options})
    objective = objective_of(training, device)
    rows = preparing.read_rows(report, objective)
    empty = shape.empty_model(training)
    tokenizer = seeing.load_tokenizer(training)
    loading.give_pad_token(tokenizer, empty.config)
    splits = objective.encode(report, rows, [TRAIN, VALIDATION], empty, tokenizer)
    sizes, form = shortage.sizes_of(splits[TRAIN]), shape.shape_of(training)
    return Plan(
        objective=objective,
        tokenizer=tokenizer,
        splits=splits,
        longest=reading_batches(splits[TRAIN].lengths, options.micro_batch_size)[0],
        sizes=sizes,
        shape=form,
        estimate=fitting.estimate(form, options, sizes),
        free=free,
    )


def try_plan(report: Report, plan: Plan) -> Probed:
    """Train the steps, unless even the lowest estimate is more than a processor's memory holds."""
    device = plan.objective.device
    if device == "cpu" and plan.estimate["low"] > plan.free:
        return too_much(report, plan)
    try:
        with budget.limited(device, plan.free):
            return measure(report, plan)
    except (MemoryError, RuntimeError) as error:  # a device's own is a RuntimeError
        if not is_memory(error):
            raise
    return too_much(report, plan)


def measure(report: Report, plan: Plan) -> Probed:
    """Load the model as the run would and take the steps; nothing is written."""
    objective, options = plan.objective, plan.options
    ask_on(report)
    report.say(f"Loading {objective.job.base_model.title}.")
    report.progress(LOADING, 0, 1)
    model, _ = objective.load()
    training = preparing.make_ready(report, objective, model, plan.tokenizer, plan.splits)
    loaded = budget.held(objective.device)
    with budget.watched(objective.device) as peak:
        pace = take_steps(training, plan)
        most = peak()
    checkpoint, export = stored_bytes(training)
    steps = steps_per_epoch(len(plan.splits[TRAIN]), options.micro_batch_size, options.accumulation)
    disk = checkpoint * most_checkpoints(options, steps) + export
    disk_free = shutil.disk_usage(report.folder).free
    found = describe(plan).model_copy(
        update={
            "fits": most <= plan.free and disk <= disk_free,
            "loaded": loaded,
            "peak": most,
            "steps": steps * options.epochs,
            "seconds_per_step": pace.step(options.accumulation),
            "seconds_to_end": seconds_to_end(plan, pace, steps),
            "checkpoint": checkpoint,
            "disk": disk,
            "disk_free": disk_free,
        }
    )
    if disk > disk_free:
        words = f"The run needs up to {fitting.in_units(disk)} on disk; "
        words += f"{fitting.in_units(disk_free)} are free."
        return found.model_copy(update={"message": words})
    return found


def too_much(report: Report, plan: Plan) -> Probed:
    """It does not fit: what would."""
    needed = plan.estimate["high"]
    proposals = fitting.propose(plan.shape, plan.options, plan.sizes, plan.free)
    message = fitting.sentence(needed, plan.free, proposals)
    report.say(message, warning=True)
    return describe(plan).model_copy(update={"message": message, "proposals": proposals})


def describe(plan: Plan) -> Probed:
    """What is known before any step: the batch and the estimate."""
    lengths = plan.splits[TRAIN].lengths
    return Probed(
        device=plan.objective.device,
        fits=False,
        rows=len(plan.longest),
        tokens=max(lengths[at] for at in plan.longest),
        low=plan.estimate["low"],
        high=plan.estimate["high"],
        free=plan.free,
        disk_free=0,
    )


def take_steps(training: Training, plan: Plan) -> Pace:
    """Steps on the longest batch and on a usual one, then a pass that only reads."""
    lengths, usual = plan.splits[TRAIN].lengths, usual_batch(plan)
    rate = optimizers.learning_rate(0, LAST_STEP, plan.options)
    optimizers.set_learning_rate(training.optimizer, rate)
    timed_step(training, plan, plan.longest, 0)
    longest = repeat(training, plan, plan.longest, 1)
    shorter = repeat(training, plan, usual, 1 + MOST_REPEATS)
    report = training.report
    ask_on(report)
    report.progress(TRYING, LAST_STEP - 1, LAST_STEP)
    return Pace(
        usual=Timed(padded(lengths, usual), min(one.micro_batch for one in shorter)),
        longest=Timed(padded(lengths, plan.longest), min(one.micro_batch for one in longest)),
        update=min(one.update for one in (*longest, *shorter)),
        reading=read_batch(training, plan.longest) / padded(lengths, plan.longest),
    )


def repeat(training: Training, plan: Plan, batch: list[int], first: int) -> list[StepTime]:
    """The same step some times over; a slow one is believed the first time."""
    found = [timed_step(training, plan, batch, first)]
    while len(found) < MOST_REPEATS and found[-1].micro_batch < SLOW_SECONDS:
        found.append(timed_step(training, plan, batch, first + len(found)))
    return found


def timed_step(training: Training, plan: Plan, batch: list[int], number: int) -> StepTime:
    """One step, unless a stop was asked for."""
    ask_on(training.report)
    training.report.progress(TRYING, number, LAST_STEP)
    return take_step(training, batch, min(plan.options.accumulation, MOST_MICRO_BATCHES))


def take_step(training: Training, batch: list[int], times: int) -> StepTime:
    """One update from so many of the same micro-batch."""
    device = training.objective.device
    started = time.perf_counter()
    stepping.run_micro_batches(training, [batch] * times)
    machine.synchronise(device)
    passed = time.perf_counter()
    training.scaler.unscale_(training.optimizer)
    optimizers.clip(training.optimizer, training.job.options.optimizer.clip_norm)
    training.scaler.step(training.optimizer)
    training.scaler.update()
    training.optimizer.zero_grad(set_to_none=True)
    machine.synchronise(device)
    return StepTime((passed - started) / times, time.perf_counter() - passed)


def read_batch(training: Training, batch: list[int]) -> float:
    """Seconds of a pass without gradients, as a measurement makes it."""
    objective, samples = training.objective, training.splits[TRAIN]
    with measuring.reading(training.model, training.job.options, objective.device):
        started = time.perf_counter()
        objective.run(training.model, samples, batch)
        machine.synchronise(objective.device)
        return time.perf_counter() - started


def usual_batch(plan: Plan) -> list[int]:
    """The micro-batch of the first epoch that has as many tokens as the middle one."""
    lengths = plan.splits[TRAIN].lengths
    ordered = sorted(planned(plan), key=lambda batch: padded(lengths, batch))
    return ordered[len(ordered) // 2]


def planned(plan: Plan) -> list[list[int]]:
    """The micro-batches of the first epoch."""
    options = plan.options
    return epoch_batches(
        plan.splits[TRAIN].lengths, options.seed, 0, options.micro_batch_size,
        options.length_bucketed,
    )  # fmt: skip


def padded(lengths: Sequence[int], batch: Sequence[int]) -> int:
    """Tokens of a batch with its padding."""
    return max(lengths[at] for at in batch) * len(batch)


def seconds_to_end(plan: Plan, pace: Pace, steps: int) -> float:
    """All epochs with their evaluations, and the last measurement of every split."""
    train, validation = plan.splits[TRAIN].lengths, plan.splits[VALIDATION].lengths
    epoch = pace.epoch([padded(train, batch) for batch in planned(plan)], steps)
    once = pace.read(sum(validation))
    last = pace.read(sum(train)) + once
    return plan.options.epochs * (epoch + once) + last


def stored_bytes(training: Training) -> tuple[int, int]:
    """Of a checkpoint, and of an export: the adapter alone, or the model that was trained."""
    weights = checkpoints.trained_weights(training.model).values()
    moments, _ = optimizers.optimizer_state(training.model, training.optimizer)
    trained = sum(tensor.nbytes for tensor in weights)
    saved = trained + sum(tensor.nbytes for tensor in moments.values())
    saved += training.dynamics.as_array().nbytes
    if training.job.options.method == Method.LORA:
        return saved, trained
    return saved, sum(parameter.nbytes for parameter in training.model.parameters())


def most_checkpoints(options: TrainingOptions, steps: int) -> int:
    """How many lie on the disk at once: the newest, the best, and one that is being written."""
    every = options.checkpoints.every_steps
    saved = options.epochs + (steps * options.epochs // every if every else 0)
    return min(saved, training_state.NEWEST_KEPT + 2)


def ask_on(report: Report) -> None:
    """Go on, unless a stop was asked for."""
    if report.is_asked(Request.STOP):
        raise StopAsked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
