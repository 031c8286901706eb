"""The seam between the training loop and what is learnt: how to read, load, encode, and judge."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import numpy as np

from workers.contract.job import TrainingJob
from workers.metrics.classification import PerSample
from workers.reporting import Report

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedTokenizerBase


class Moment(NamedTuple):
    """Which split was measured, and how far the training was."""

    split: str
    step: int
    epoch: int


class Standing(NamedTuple):
    """What decides whether a checkpoint is the best: lower loss, or higher accuracy if there is."""

    loss: float
    accuracy: float | None


class MicroBatch(NamedTuple):
    """A forward pass: the summed loss with its gradient, and what was seen, one row a sample."""

    loss: "torch.Tensor"
    seen: "torch.Tensor"


class StepFigures(NamedTuple):
    """Each sample's part of a step's summed loss, and its figures for the dynamics."""

    sums: np.ndarray
    figures: PerSample


class Rows(Protocol):
    """What a snapshot holds, by split; `problem` says why none of it can be used."""

    @property
    def problem(self) -> str: ...
    @property
    def splits(self) -> list[str]: ...


class Encoded(Protocol):
    """The token ids of one split's samples, made once."""

    @property
    def ids(self) -> list[int]: ...
    @property
    def lengths(self) -> list[int]: ...
    @property
    def cut(self) -> list[int]: ...
    def __len__(self) -> int: ...


type_of_rows = TypeVar("type_of_rows", bound=Rows)
type_of_samples = TypeVar("type_of_samples", bound=Encoded)


class Objective(Protocol[type_of_rows, type_of_samples]):
    """What is learnt; frozen, made for one job and one device."""

    @property
    def job(self) -> TrainingJob: ...
    @property
    def device(self) -> str: ...

    def read(self, place: Path, sha256: str) -> type_of_rows:
        """The samples of a folder's snapshot."""
        ...

    def check(self, report: Report, rows: type_of_rows) -> None:
        """Refuse what would make training senseless, and say what was left out."""
        ...

    def load(self) -> "tuple[nn.Module, PreTrainedTokenizerBase]":
        """The base model, nothing trained and nothing frozen, and its tokenizer."""
        ...

    def encode(
        self,
        report: Report,
        rows: type_of_rows,
        splits: list[str],
        model: "nn.Module",
        tokenizer: "PreTrainedTokenizerBase",
    ) -> dict[str, type_of_samples]:
        """Token ids of these splits; what had to be cut is said."""
        ...

    def measure_untrained(
        self, report: Report, model: "nn.Module", samples: type_of_samples
    ) -> None:
        """Say what is reached on the validation split without any training."""
        ...

    def count(self, samples: type_of_samples, positions: list[int]) -> int:
        """How many things these samples' loss is a mean over."""
        ...

    def run(self, model: "nn.Module", samples: type_of_samples, positions: list[int]) -> MicroBatch:
        """One forward pass of a micro-batch, with dropout as the model is set."""
        ...

    def figures(
        self, samples: type_of_samples, positions: list[int], seen: np.ndarray
    ) -> StepFigures:
        """What the rows that `run` saw say about these samples."""
        ...

    def measure(
        self, report: Report, model: "nn.Module", samples: type_of_samples, moment: Moment
    ) -> Standing:
        """Evaluate a split that has samples without dropout, and say what came out."""
        ...


AnyObjective = Objective[Any, Any]
