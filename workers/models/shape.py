"""A job's model on the meta device: its shapes, and how its passes grow, without any weights."""

from typing import TYPE_CHECKING, Any, NamedTuple

from workers.contract.events import Reason
from workers.contract.job import BaseModelReference, TrainingJob
from workers.contract.options import QuantisationOptions, Task, TrainingOptions
from workers.models import adapters, causal, loading, memory
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from torch import nn


class Shape(NamedTuple):
    """A prepared model without weights, and what one sample's pass keeps in it."""

    model: "nn.Module"
    growth: memory.Growth
    labels: int


def empty_model(reference: BaseModelReference, task: Task, labels: tuple[str, ...]) -> Any:
    """The architecture that a task trains, nothing frozen."""
    if task.writes:
        return causal.empty_language_model(loading.load_config(reference))
    return loading.empty_classifier(loading.load_config(reference, labels))


def prepared(model: "nn.Module", options: TrainingOptions) -> "nn.Module":
    """The model as it would train; one in which nothing would is given back with all frozen."""
    import torch

    with torch.device("meta"):
        try:
            return adapters.prepare(model, options)
        except Trouble as trouble:
            if trouble.reason != Reason.NOTHING_TRAINS:
                raise
            return model


def shape_of(job: TrainingJob) -> Shape:
    """The shape that a job trains: quantisation and recomputing change what is stored, not it."""
    change = {"quantisation": QuantisationOptions(), "gradient_checkpointing": False}
    plain = job.options.model_copy(update=change)
    empty = empty_model(job.base_model, plain.task, job.labels)
    model = prepared(empty, plain)
    return Shape(model, memory.measure_growth(model), len(job.labels))
