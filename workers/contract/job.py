"""Jobs: the frozen requests that a worker finds in its folder, one class a verb."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from workers.contract.frozen import Frozen
from workers.contract.hiding import MapCheck
from workers.contract.options import TrainingOptions
from workers.contract.sample import SnapshotSample

FORMAT = 1


class BaseModelReference(Frozen):
    """Which pretrained weights; `folder` is where this machine had them when the job was made.

    `trusted_code` is the digest of the model's own code as it was allowed when the job was made.
    It runs nothing by itself: whoever starts the worker must allow the same digest.
    """

    name: str
    hub_id: str = ""
    revision: str = ""
    folder: str = ""
    licence: str = ""
    trusted_code: str = ""

    @property
    def title(self) -> str:
        """What to call it in a sentence: the last part of its hub id, else its name."""
        return (self.hub_id or self.name).rsplit("/", 1)[-1]


class Start(Frozen):
    """The trained run that a training goes on from; its weights lie in this job's own folder.

    `epochs` counts all passes behind those weights, of every run before. `keeps_optimizer` goes
    on with its moments as well; the schedule always starts anew.
    """

    token: str
    name: str
    step: int
    epochs: float
    keeps_optimizer: bool = False


class TrainingJob(Frozen):
    """Fine-tune a base model on the train split of the snapshot.

    `tower_model` is the vision model put before a language model, if one is; `pictures` leads from
    the job's own folder to the one that the snapshot names its pictures from.
    """

    kind: Literal["train"] = "train"
    format: Literal[1] = FORMAT
    token: str
    base_model: BaseModelReference
    tower_model: BaseModelReference | None = None
    pictures: str = ""
    options: TrainingOptions
    labels: tuple[str, ...]
    snapshot_sha256: str
    recipe: str = ""
    resume: bool = False
    start: Start | None = None


class EvaluationJob(Frozen):
    """Measure a checkpoint of the run in `parent` on the samples of this job's snapshot.

    `parent` starts from the job's own folder, so that a project can be moved with its runs.
    An arm of its own when `untrained` (the base model without what was trained) or when `shots`
    stand before each prompt, in their order. `writes` lets a language model write its answers too.
    """

    kind: Literal["evaluate"] = "evaluate"
    format: Literal[1] = FORMAT
    token: str
    parent: str
    checkpoint: str = "best"
    snapshot_sha256: str
    untrained: bool = False
    shots: tuple[SnapshotSample, ...] = ()
    writes: bool = False


class AttentionJob(Frozen):
    """Capture attention maps of the snapshot's samples, for base and tuned weights alike.

    With a `check`, maps that were captured before are checked instead: the parts of the picture
    are hidden in their order, and in random ones.
    """

    kind: Literal["attend"] = "attend"
    format: Literal[1] = FORMAT
    token: str
    parent: str
    checkpoint: str = "best"
    snapshot_sha256: str
    check: MapCheck | None = None


class ExportJob(Frozen):
    """Write a checkpoint for others and prove that it gives the same logits in a clean process."""

    kind: Literal["export"] = "export"
    format: Literal[1] = FORMAT
    token: str
    parent: str
    checkpoint: str = "best"
    snapshot_sha256: str
    destination: str
    merged: bool = False
    model_card: str = ""


class RankingJob(Frozen):
    """Rank suspected labels without training: frozen embeddings, judged out of fold."""

    kind: Literal["rank"] = "rank"
    format: Literal[1] = FORMAT
    token: str
    base_model: BaseModelReference
    labels: tuple[str, ...]
    snapshot_sha256: str
    max_length: int = 256
    seed: int = 42
    neighbours: int = 3


class ProbeJob(Frozen):
    """Try some steps of a training on its longest batch; none of it is kept.

    `memory` is how many bytes it may take; 0 is what is free when it starts.
    """

    kind: Literal["probe"] = "probe"
    format: Literal[1] = FORMAT
    token: str
    training: TrainingJob
    memory: int = Field(0, ge=0)


class CaptionJob(Frozen):
    """Write a caption for each picture of the snapshot, as a suggestion that people decide on.

    `training` says how: its model, its prompt and its generation. The weights are those of the
    `checkpoint` of the run in `parent`, found from the job's own folder; without a parent the base
    model alone writes.
    """

    kind: Literal["caption"] = "caption"
    format: Literal[1] = FORMAT
    token: str
    training: TrainingJob
    parent: str = ""
    checkpoint: str = "best"
    snapshot_sha256: str


Job = TrainingJob | EvaluationJob | AttentionJob | ExportJob | RankingJob | ProbeJob | CaptionJob
type_of_job = Annotated[Job, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[Job] = TypeAdapter(type_of_job)


def read_job(text: str | bytes) -> Job:
    """The job that a job.json holds; raises pydantic's ValidationError."""
    return _ADAPTER.validate_json(text)
