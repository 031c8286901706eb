"""Going on from a run that paused itself because it diverged: as a new run, with other options."""

import math

from studio.runs.controller import RunController
from studio.runs.run_record import RunRecord, load_record
from studio.runs.state import RunState
from workers.contract.options import TrainingOptions, with_values


def fork(controller: RunController, run_id: int, options: TrainingOptions) -> int:
    """Queue a training from the run's newest checkpoint, and end the run so that it can begin.

    The new run keeps the optimizer's moments and trains the epochs that were left. StudioError
    says why it cannot; then the run is left as it is.
    """
    record = controller.document.query(load_record, run_id)
    made = controller.train(
        with_values(options, {"epochs": epochs_left(record)}),
        recipe=record.recipe,
        start_from=run_id,
        keeps_optimizer=True,
    )
    if record.state == RunState.PAUSED:
        controller.stop(run_id)
    return made


def run_again(controller: RunController, run_id: int, options: TrainingOptions) -> int:
    """Queue a training like the run, from the base model, with these options."""
    record = controller.document.query(load_record, run_id)
    return controller.train(options, recipe=record.recipe)


def epochs_left(record: RunRecord) -> int:
    """The passes that the run has not ended, a begun one among them; one at least."""
    done = record.epoch if record.step else 0.0
    return max(1, math.ceil(record.training.options.epochs - done))
