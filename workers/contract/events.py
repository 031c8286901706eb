"""Events: all that a worker ever says, one frozen record a kind."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from workers.contract.frozen import Frozen
from workers.contract.hiding import CheckedWord


class Phase(StrEnum):
    """When a sample's logits were taken: before its own update, or in an evaluation."""

    TRAINING = "training"
    EVALUATION = "evaluation"


class Reason(StrEnum):
    """Why a run failed or paused; the studio has advice for each."""

    OUT_OF_MEMORY = "out_of_memory"
    MODEL_NOT_FOUND = "model_not_found"
    MODEL_NOT_SUPPORTED = "model_not_supported"
    MODEL_NOT_TRUSTED = "model_not_trusted"
    BAD_OPTION = "bad_option"
    BAD_SAMPLE = "bad_sample"
    ONE_LABEL = "one_label"
    NOTHING_TRAINS = "nothing_trains"
    DIVERGED = "diverged"
    DISK_FULL = "disk_full"
    NO_ACCESS = "no_access"
    BAD_CHECKPOINT = "bad_checkpoint"
    NOT_PROVEN = "not_proven"
    BUG = "bug"


class EventBase(Frozen):
    """What every event carries: seconds since 1970 when it was said."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    at: float = 0.0


class Started(EventBase):
    """The process is alive; nothing is loaded yet."""

    kind: Literal["started"] = "started"
    pid: int
    start_time: float
    token: str
    device: str = "cpu"
    threads: int = 1
    versions: dict[str, str] = Field(default_factory=dict)


class Said(EventBase):
    """A line for the log, in plain words."""

    kind: Literal["said"] = "said"
    message: str
    warning: bool = False


class Progressed(EventBase):
    """How far a job other than training's loop is; `total` 0 when it is not known."""

    kind: Literal["progressed"] = "progressed"
    stage: str
    done: int
    total: int


class Prepared(EventBase):
    """Model and data are loaded; training starts at `first_step`."""

    kind: Literal["prepared"] = "prepared"
    total_steps: int
    steps_per_epoch: int
    first_step: int = 0
    train_count: int
    validation_count: int
    trainable: int
    total: int
    cut_samples: tuple[int, ...] = ()
    base_revision: str = ""


class BaselineMeasured(EventBase):
    """The untrained heads' accuracies on the validation split, one a seed."""

    kind: Literal["baseline_measured"] = "baseline_measured"
    accuracies: tuple[float, ...]
    losses: tuple[float, ...]


class Stepped(EventBase):
    """One optimizer update; metric names such as `train/loss`."""

    kind: Literal["stepped"] = "stepped"
    step: int
    epoch: float
    metrics: dict[str, float]


class SamplesMeasured(EventBase):
    """Per-sample figures, parallel tuples; probabilities are in the order of the job's labels.

    `confidence` is the probability of the given label, `margin` its logit less the largest other.
    """

    kind: Literal["samples_measured"] = "samples_measured"
    phase: Phase
    split: str
    step: int
    epoch: int
    sample_ids: tuple[int, ...]
    losses: tuple[float, ...]
    confidences: tuple[float, ...]
    margins: tuple[float, ...]
    probabilities: tuple[tuple[float, ...], ...] = ()


class Evaluated(EventBase):
    """A split measured: sample-weighted loss and accuracy; rows of `confusion` are true labels.

    `metrics` holds what else was measured: `f1/macro`, `f1/<label>`, `recall/<label>`,
    `precision/<label>`, `calibration_error`, `accuracy/mean_of_batches`, `loss/mean_of_batches`,
    `accuracy/over_full_batches`.
    """

    kind: Literal["evaluated"] = "evaluated"
    step: int
    epoch: int
    split: str
    loss: float
    accuracy: float
    correct: int
    count: int
    majority_label: str
    majority_count: int
    confusion: tuple[tuple[int, ...], ...]
    metrics: dict[str, float] = Field(default_factory=dict)


class PerplexityMeasured(EventBase):
    """How likely a language model finds the answers of a split, their end included.

    `perplexities` are exp of each sample's mean cross-entropy, parallel to `sample_ids`; `mean` is
    theirs, `pooled` is exp of the mean over all answer tokens.
    """

    kind: Literal["perplexity_measured"] = "perplexity_measured"
    step: int
    epoch: int
    split: str
    mean: float
    median: float
    percentile_95: float
    pooled: float
    count: int
    tokens: int
    sample_ids: tuple[int, ...]
    perplexities: tuple[float, ...]


class AnswersWritten(EventBase):
    """Answers that a language model wrote; read as labels in two ways, or scored as captions.

    `strict` takes an answer that is a label and nothing else, `lenient` the first label in it;
    an empty text means that none was found. `scores` are by metric, parallel to the texts.
    """

    kind: Literal["answers_written"] = "answers_written"
    step: int
    epoch: int
    split: str
    sample_ids: tuple[int, ...]
    texts: tuple[str, ...]
    strict: tuple[str, ...] = ()
    lenient: tuple[str, ...] = ()
    scores: dict[str, tuple[float, ...]] = Field(default_factory=dict)


class CaptionsScored(EventBase):
    """Written captions of a split beside their references: each metric over all of them.

    `count` captions were scored; `unreferenced` had no reference; `empty` hold no word and score 0;
    `repeating` are loops. `tokenizer` says how words were told apart.
    """

    kind: Literal["captions_scored"] = "captions_scored"
    step: int
    epoch: int
    split: str
    metrics: dict[str, float]
    count: int
    unreferenced: int = 0
    empty: tuple[int, ...] = ()
    repeating: tuple[int, ...] = ()
    tokenizer: str = "ptb, python"


class CheckpointSaved(EventBase):
    """A checkpoint folder that verifies; `folder` is relative to the run folder."""

    kind: Literal["checkpoint_saved"] = "checkpoint_saved"
    step: int
    epoch: int
    folder: str
    bytes: int
    best: bool


class CheckpointRemoved(EventBase):
    """A checkpoint that was neither best nor among the newest two."""

    kind: Literal["checkpoint_removed"] = "checkpoint_removed"
    step: int


class Paused(EventBase):
    """The loop waits; `reason` is DIVERGED when the loss was not a number, else None."""

    kind: Literal["paused"] = "paused"
    step: int
    reason: Reason | None = None
    micro_batch: int = 0
    sample_ids: tuple[int, ...] = ()
    message: str = ""


class Resumed(EventBase):
    """The loop goes on after a pause, or a new process took over at `step`."""

    kind: Literal["resumed"] = "resumed"
    step: int


class MapCaptured(EventBase):
    """An attention map file lies in the job's folder; its sha256 is its identity."""

    kind: Literal["map_captured"] = "map_captured"
    sample_id: int
    path: str
    sha256: str


class MapChecked(EventBase):
    """How likely a sample's words stayed while its picture was hidden in its map's order.

    `look` names the layers and heads that the order is of.
    """

    kind: Literal["map_checked"] = "map_checked"
    sample_id: int
    map_sha256: str
    look: str
    words: tuple[CheckedWord, ...]


class SamplesRanked(EventBase):
    """Instant ranking: out-of-fold probability of the given label, nearest captions first."""

    kind: Literal["samples_ranked"] = "samples_ranked"
    sample_ids: tuple[int, ...]
    confidences: tuple[float, ...]
    predicted: tuple[str, ...]
    neighbour_ids: tuple[tuple[int, ...], ...]
    similarities: tuple[tuple[float, ...], ...]


class Exported(EventBase):
    """The folder is complete, and a clean process gave the same logits."""

    kind: Literal["exported"] = "exported"
    path: str
    max_logit_difference: float
    samples: int
    files: dict[str, str]


class Proposal(Frozen):
    """Options that would need less memory: what a button says, what they cost, the estimate."""

    options: dict[str, bool | int | float | str]
    words: str
    cost: str
    bytes: int


class Probed(EventBase):
    """What a few steps of a training took on its longest batch; or, where it does not fit, why.

    Bytes of a device: `loaded` before the first step, `peak` in the steps (0 when they were not
    done), `low` to `high` as estimated, `free` for all of it. `rows` of `tokens` made the batch,
    which takes `seconds_per_step`; `seconds_to_end` is for all `steps` of the data as it is, and
    its evaluations. `checkpoint` is one of those kept, `disk` the most that checkpoints and one
    export take at once. Of `proposals` the first changes least.
    """

    kind: Literal["probed"] = "probed"
    device: str
    fits: bool
    rows: int
    tokens: int
    low: int
    high: int
    free: int
    loaded: int = 0
    peak: int = 0
    steps: int = 0
    seconds_per_step: float = 0.0
    seconds_to_end: float = 0.0
    checkpoint: int = 0
    disk: int = 0
    disk_free: int = 0
    message: str = ""
    proposals: tuple[Proposal, ...] = ()


class Stopped(EventBase):
    """Ended because it was asked to, with a checkpoint at `step`."""

    kind: Literal["stopped"] = "stopped"
    step: int


class Finished(EventBase):
    """Ended because it was done."""

    kind: Literal["finished"] = "finished"
    step: int = 0
    early: bool = False


class Failed(EventBase):
    """Ended because it could not go on; `proposals` would fit where memory was short."""

    kind: Literal["failed"] = "failed"
    reason: Reason
    message: str
    traceback: str = ""
    proposals: tuple[Proposal, ...] = ()


Event = (
    Started
    | Said
    | Progressed
    | Prepared
    | BaselineMeasured
    | Stepped
    | SamplesMeasured
    | Evaluated
    | PerplexityMeasured
    | AnswersWritten
    | CaptionsScored
    | CheckpointSaved
    | CheckpointRemoved
    | Paused
    | Resumed
    | MapCaptured
    | MapChecked
    | SamplesRanked
    | Exported
    | Probed
    | Stopped
    | Finished
    | Failed
)
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def read_event(text: str | bytes) -> Event:
    """The event of one journal line; raises pydantic's ValidationError."""
    return _ADAPTER.validate_json(text)
