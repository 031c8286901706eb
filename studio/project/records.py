"""The frozen rows that queries hand to the window, the command line and the runs."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from workers.contract.hiding import CheckedWord

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Changes:
    """What a commit touched; without tables, anything may have changed."""

    tables: frozenset[str]
    title: str = ""
    run_id: int | None = None


@dataclass(frozen=True)
class HistoryStep:
    """One edit of the user; an undone one can be redone."""

    id: int
    title: str
    made_at: float
    undone: bool
    changes: int


@dataclass(frozen=True)
class LabelRow:
    id: int
    name: str
    colour: str
    shape: str
    key: str
    position: int
    samples: int


@dataclass(frozen=True)
class SampleRow:
    """What a grid cell shows; confidence and predicted are those of the newest run."""

    id: int
    key: str
    label: str | None
    label_id: int | None
    label_colour: str
    label_shape: str
    split: str | None
    reviewed: bool
    scene: str | None
    caption: str
    caption_id: int | None
    caption_origin: str
    captions: int
    image_id: int | None
    image_file: str  # the whole path, empty without an image
    image_sha256: str
    image_problem: str | None
    width: int
    height: int
    confidence: float | None
    predicted: str | None
    suspect: bool
    stale: bool  # the newest run saw another caption or another label
    instruction: str = ""
    answer: str = ""
    suggested: bool = False  # a run suggests a caption that nobody has decided on

    @property
    def image_path(self) -> Path | None:
        """Made when it is asked for: hundreds of rows are loaded for each one that is looked at."""
        return Path(self.image_file) if self.image_file else None


@dataclass(frozen=True)
class RevisionRow:
    revision: int
    text: str
    origin: str
    written_at: float


@dataclass(frozen=True)
class CaptionRow:
    id: int
    position: int
    text: str
    origin: str
    run_id: int | None
    revision: int
    written_at: float
    revisions: tuple[RevisionRow, ...] = ()


@dataclass(frozen=True)
class BoxRow:
    """A rectangle in fractions of the upright image, from its top left."""

    id: int
    name: str
    x: float
    y: float
    width: float
    height: float
    origin: str


@dataclass(frozen=True)
class NewBox:
    """A rectangle to be drawn, in fractions of the upright image."""

    name: str
    x: float
    y: float
    width: float
    height: float
    origin: str = "human"


@dataclass(frozen=True)
class PredictionRow:
    run_id: int
    run_name: str
    sample_id: int
    split: str
    step: int
    label: str
    confidence: float
    given_confidence: float | None
    probabilities: dict[str, float]


@dataclass(frozen=True)
class SuggestionRow:
    """A caption that a run suggests; `run_id` wrote it.

    `trained_id` and `name` are of the training whose weights wrote, else of the run itself, which
    asked a base model alone: then it is not `tuned`.
    """

    run_id: int
    sample_id: int
    text: str
    step: int
    trained_id: int
    name: str
    tuned: bool = True


@dataclass(frozen=True)
class SampleDetail:
    row: SampleRow
    captions: tuple[CaptionRow, ...]
    boxes: tuple[BoxRow, ...]
    predictions: tuple[PredictionRow, ...]
    suggestions: tuple[SuggestionRow, ...] = ()


@dataclass(frozen=True)
class Counts:
    """How many samples of a query have which label, split, origin; None counts the unlabelled."""

    total: int
    reviewed: int
    label: dict[str | None, int] = field(default_factory=dict)
    split: dict[str | None, int] = field(default_factory=dict)
    origin: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ViewRow:
    id: int
    name: str
    query: str
    position: int


@dataclass(frozen=True)
class SourceRow:
    id: int
    name: str
    root: str
    folder: Path
    format: str
    imported_at: float
    images: int
    problems: int
    found: bool


@dataclass(frozen=True)
class RecipeRow:
    id: int
    name: str
    based_on: str
    options: str
    changed_at: float


@dataclass(frozen=True)
class RunRow:
    id: int
    kind: str
    name: str
    parent_id: int | None
    recipe: str
    folder: str  # relative to the project file's folder
    token: str
    job: str
    state: str
    reason: str | None
    message: str | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    queue_position: int | None
    trashed_at: float | None
    step: int
    total_steps: int
    epoch: float
    summary: str
    journal_offset: int
    journal_damaged: int
    journal_blob_id: int | None


@dataclass(frozen=True)
class RunSampleRow:
    """A sample as the snapshot of a run had it."""

    sample_id: int
    split: str
    label: str | None
    text_sha256: str


class Curve(NamedTuple):
    """A metric over the steps, point by point."""

    steps: "np.ndarray"
    epochs: "np.ndarray"
    values: "np.ndarray"


@dataclass(frozen=True)
class CheckpointRow:
    run_id: int
    step: int
    epoch: int
    folder: str
    bytes: int
    best: bool
    removed: bool
    saved_at: float


@dataclass(frozen=True)
class EvaluationRow:
    run_id: int
    split: str
    step: int
    epoch: int
    loss: float | None
    accuracy: float
    correct: int
    count: int
    majority_label: str
    majority_count: int
    confusion: tuple[tuple[int, ...], ...]
    metrics: dict[str, float | None]


@dataclass(frozen=True)
class PerplexityRow:
    """How likely a language model finds the answers of a split; None is not a finite number."""

    run_id: int
    split: str
    step: int
    epoch: int
    mean: float | None
    median: float | None
    percentile_95: float | None
    pooled: float | None
    count: int
    tokens: int
    worst: tuple[tuple[int, float | None], ...]  # sample and perplexity, the highest first


@dataclass(frozen=True)
class AnswerRow:
    """What a language model wrote for a sample, and the labels read in it; empty: none.

    `scores` is JSON of what a caption scored, by metric; empty where it was not scored.
    """

    run_id: int
    sample_id: int
    split: str
    step: int
    text: str
    strict: str
    lenient: str
    scores: str = ""


@dataclass(frozen=True)
class MeasurementRow:
    sample_id: int
    epoch: int
    split: str
    step: int
    loss: float | None
    confidence: float | None
    margin: float | None
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class SuspectRow:
    run_id: int
    sample_id: int
    rank: int
    score: float
    confidence: float
    variability: float
    suggested: str | None
    reason: str
    flagged: bool


@dataclass(frozen=True)
class NeighbourRow:
    sample_id: int
    neighbour_id: int
    position: int
    similarity: float
    caption: str
    label: str | None


@dataclass(frozen=True)
class AttentionRow:
    id: int
    run_id: int
    sample_id: int
    sha256: str
    provenance: dict[str, object]
    blob_id: int
    captured_at: float


@dataclass(frozen=True)
class MapCheckRow:
    """A check of the map `map_sha256` by the run `run_id`, under the layers and heads of `look`."""

    run_id: int
    sample_id: int
    map_sha256: str
    look: str
    words: tuple[CheckedWord, ...]
    checked_at: float


@dataclass(frozen=True)
class CapturedMap:
    """A sample's newest map, where it is kept, and the boxes that attention is measured in."""

    sample_id: int
    sha256: str
    blob_id: int
    caption: str
    boxes: tuple[BoxRow, ...]


@dataclass(frozen=True)
class TrainingSample:
    """A sample as a snapshot freezes it."""

    id: int
    key: str
    text: str
    label: str | None
    split: str
    image: str  # relative to the project's folder, empty without one
    image_sha256: str
