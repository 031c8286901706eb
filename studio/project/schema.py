"""The tables of a project file; undo, migrations and checks are made from this metadata."""

from typing import Any, NewType

from sqlalchemy import (
    REAL,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

SampleId = NewType("SampleId", int)
ImageId = NewType("ImageId", int)
CaptionId = NewType("CaptionId", int)
LabelId = NewType("LabelId", int)
RunId = NewType("RunId", int)
RecipeId = NewType("RecipeId", int)
StepId = NewType("StepId", int)

APPLICATION_ID = 0x54724653  # "TrFS"
VERSION = 5
SPLITS = ("train", "validation", "test")
ORIGINS = ("human", "import", "run")
VERDICTS = ("accepted", "edited", "rejected", "passed")  # passed: another run's was taken

metadata = MetaData()


def _table(name: str, *columns: Column[Any] | CheckConstraint | UniqueConstraint | Index) -> Table:
    return Table(name, metadata, *columns, sqlite_strict=True)


def _key() -> Column[Any]:
    return Column("id", Integer, primary_key=True)


def _owner(
    name: str, target: str, *, on_delete: str = "CASCADE", empty: bool = False
) -> Column[Any]:
    return Column(
        name, Integer, ForeignKey(f"{target}.id", ondelete=on_delete), nullable=empty, index=True
    )


# What the user edits: undo covers these tables, and no others.

sources = _table(
    "sources",
    _key(),
    Column("name", Text, nullable=False),
    Column("root", Text, nullable=False),  # relative to the project file's folder
    Column("format", Text, nullable=False),
    Column("imported_at", REAL, nullable=False),
)

images = _table(
    "images",
    _key(),
    _owner("source_id", "sources"),
    Column("path", Text, nullable=False),  # relative to the source's root
    Column("sha256", Text, nullable=False, index=True),
    Column("width", Integer, nullable=False, default=0),  # upright, EXIF orientation applied
    Column("height", Integer, nullable=False, default=0),
    Column("bytes", Integer, nullable=False, default=0),
    Column("problem", Text),  # why it cannot be shown; empty when it can
    UniqueConstraint("source_id", "path"),
)

labels = _table(
    "labels",
    _key(),
    Column("name", Text, nullable=False, unique=True),
    Column("colour", Text, nullable=False),  # a token of the theme: dangerous, safe, unsure, plot-1
    Column("shape", Text, nullable=False),
    Column("key", Text, nullable=False, default=""),  # the key that gives it
    Column("position", Integer, nullable=False),
)

samples = _table(
    "samples",
    _key(),
    Column("key", Text, nullable=False, unique=True),  # its name for people, such as 423617
    _owner("image_id", "images", on_delete="SET NULL", empty=True),
    _owner("label_id", "labels", on_delete="SET NULL", empty=True),
    Column("split", Text, CheckConstraint("split IN ('train', 'validation', 'test')"), index=True),
    Column("reviewed", Integer, nullable=False, default=0),
    Column("scene", Text),  # samples of one scene stay in one split
    Column("instruction", Text, nullable=False, server_default=""),  # its own; else the recipe's
    Column("answer", Text, nullable=False, server_default=""),  # what a language model learns
    Index("samples_by_label", "label_id", "split", "reviewed"),
)

captions = _table(
    "captions",
    _key(),
    _owner("sample_id", "samples"),
    Column("position", Integer, nullable=False, default=0),  # 0 is the one that is trained on
    Column("text", Text, nullable=False),
    Column("origin", Text, CheckConstraint("origin IN ('human', 'import', 'run')"), nullable=False),
    _owner("run_id", "runs", on_delete="SET NULL", empty=True),
    Column("revision", Integer, nullable=False, default=1),
    Column("written_at", REAL, nullable=False),
    Index("captions_of_sample", "sample_id", "position"),
)

caption_revisions = _table(
    "caption_revisions",
    _key(),
    _owner("caption_id", "captions"),
    Column("revision", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("written_at", REAL, nullable=False),
)

boxes = _table(
    "boxes",
    _key(),
    _owner("sample_id", "samples"),
    Column("name", Text, nullable=False),
    Column("x", REAL, nullable=False),  # fractions of the upright image, top left
    Column("y", REAL, nullable=False),
    Column("width", REAL, nullable=False),
    Column("height", REAL, nullable=False),
    Column("origin", Text, nullable=False),
)

decisions = _table(  # on a suggested caption: what a run of kind caption wrote, in `answers`
    "decisions",
    _key(),
    _owner("sample_id", "samples"),
    _owner("run_id", "runs", on_delete="SET NULL", empty=True),  # the one that wrote it
    Column("verdict", Text, nullable=False),
    Column("decided_at", REAL, nullable=False),
    UniqueConstraint("sample_id", "run_id"),
)

recipes = _table(
    "recipes",
    _key(),
    Column("name", Text, nullable=False, unique=True),
    Column("based_on", Text, nullable=False),  # id of a shipped recipe
    Column("options", Text, nullable=False),  # JSON: values by dotted name
    Column("changed_at", REAL, nullable=False),
)

views = _table(
    "views",
    _key(),
    Column("name", Text, nullable=False, unique=True),
    Column("query", Text, nullable=False),
    Column("position", Integer, nullable=False),
)

# What workers report: an index of the journals, never part of undo.

runs = _table(
    "runs",
    _key(),
    Column("kind", Text, nullable=False),  # train, evaluate, attend, export, rank, probe, caption
    Column("name", Text, nullable=False),
    _owner("parent_id", "runs", on_delete="SET NULL", empty=True),
    Column("recipe", Text, nullable=False, default=""),
    Column("folder", Text, nullable=False),  # relative to the project file's folder
    Column("token", Text, nullable=False, unique=True),
    Column("job", Text, nullable=False),  # JSON, as frozen
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("message", Text),
    Column("created_at", REAL, nullable=False),
    Column("started_at", REAL),
    Column("ended_at", REAL),
    Column("queue_position", Integer),
    Column("trashed_at", REAL),
    Column("step", Integer, nullable=False, default=0),
    Column("total_steps", Integer, nullable=False, default=0),
    Column("epoch", REAL, nullable=False, default=0.0),
    Column("summary", Text, nullable=False, default="{}"),  # JSON: what Prepared, Baseline… said
    Column("journal_offset", Integer, nullable=False, default=0),
    Column("journal_damaged", Integer, nullable=False, default=0),
    _owner("journal_blob_id", "blobs", on_delete="SET NULL", empty=True),
)

run_samples = _table(  # the snapshot, so that runs can be compared when their folders are gone
    "run_samples",
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("sample_id", Integer, primary_key=True),  # outlives the sample on purpose
    Column("split", Text, nullable=False),
    Column("label", Text),
    Column("text_sha256", Text, nullable=False),
)

metric_names = _table("metric_names", _key(), Column("name", Text, nullable=False, unique=True))

metrics = Table(
    "metrics",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("name_id", Integer, ForeignKey("metric_names.id"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("epoch", REAL, nullable=False),
    Column("value", REAL),  # NULL is not a number
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

checkpoints = _table(
    "checkpoints",
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("folder", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("best", Integer, nullable=False, default=0),
    Column("removed", Integer, nullable=False, default=0),
    Column("saved_at", REAL, nullable=False),
)

evaluations = _table(
    "evaluations",
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("split", Text, primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("loss", REAL),
    Column("accuracy", REAL, nullable=False),
    Column("correct", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("majority_label", Text, nullable=False),
    Column("majority_count", Integer, nullable=False),
    Column("confusion", Text, nullable=False),  # JSON, rows are true labels
    Column("metrics", Text, nullable=False),  # JSON
)

measurements = Table(  # per sample and epoch: training dynamics and predictions alike
    "measurements",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("phase", Text, primary_key=True),  # training, evaluation
    Column("epoch", Integer, primary_key=True),
    Column("sample_id", Integer, primary_key=True),
    Column("split", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("loss", REAL),
    Column("confidence", REAL),
    Column("margin", REAL),
    Column("probabilities", Text),  # JSON, in the order of the job's labels
    Index("measurements_of_sample", "sample_id", "run_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

predictions = _table(  # the newest evaluation of each sample by each run, at its best checkpoint
    "predictions",
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("sample_id", Integer, primary_key=True),
    Column("split", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("confidence", REAL, nullable=False),  # probability of the predicted label
    Column("given_confidence", REAL),  # probability of the label it had in the snapshot
    Column("probabilities", Text, nullable=False),  # JSON object, by label
    Index("predictions_of_sample", "sample_id", "run_id"),
)

perplexities = _table(  # how likely a language model finds the answers of a split
    "perplexities",
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("split", Text, primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("mean", REAL),  # NULL is not a finite number, here and below
    Column("median", REAL),
    Column("percentile_95", REAL),
    Column("pooled", REAL),
    Column("count", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("worst", Text, nullable=False),  # JSON: sample and perplexity, the ten highest
)

answers = _table(  # what a language model wrote
    "answers",
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("split", Text, primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("sample_id", Integer, primary_key=True),  # outlives the sample on purpose
    Column("text", Text, nullable=False),
    Column("strict", Text, nullable=False),  # the label that it is, empty when it is none
    Column("lenient", Text, nullable=False),  # the first label in it
    Column("scores", Text, nullable=False, server_default=""),  # JSON of a caption's, by metric
    Index("answers_of_sample", "sample_id", "run_id"),
)

suspects = _table(
    "suspects",
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("sample_id", Integer, primary_key=True),
    Column("rank", Integer, nullable=False),  # 1 is the most suspect
    Column("score", REAL, nullable=False),  # lower is more suspect
    Column("confidence", REAL, nullable=False),  # mean over the epochs
    Column("variability", REAL, nullable=False),
    Column("suggested", Text),  # the label that the run would give
    Column("reason", Text, nullable=False),
    Column("flagged", Integer, nullable=False),  # within the share that is shown for review
)

neighbours = _table(
    "neighbours",
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("sample_id", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("neighbour_id", Integer, nullable=False),
    Column("similarity", REAL, nullable=False),
)

attention_maps = _table(
    "attention_maps",
    _key(),
    _owner("run_id", "runs"),  # the train run looked at
    Column("sample_id", Integer, nullable=False, index=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("provenance", Text, nullable=False),  # JSON
    _owner("blob_id", "blobs"),
    Column("captured_at", REAL, nullable=False),
)

map_checks = _table(  # how likely words stayed while what a map read was hidden
    "map_checks",
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("sample_id", Integer, primary_key=True),  # outlives the sample on purpose
    Column("map_sha256", Text, nullable=False, index=True),
    Column("look", Text, nullable=False),  # layers and heads that were taken together
    Column("words", Text, nullable=False),  # JSON: each word with its curves
    Column("checked_at", REAL, nullable=False),
)

run_weights = _table(  # adapters kept in the project for good, file by file
    "run_weights",
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("path", Text, primary_key=True),  # within the checkpoint's folder
    _owner("blob_id", "blobs"),
)

blobs = _table(  # immutable, found by what they hold
    "blobs",
    _key(),
    Column("sha256", Text, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# The history itself.

history_steps = _table(
    "history_steps",
    _key(),
    Column("title", Text, nullable=False),
    Column("made_at", REAL, nullable=False),
    Column("undone", Integer, nullable=False, default=0),
    Column("changes", Integer, nullable=False, default=0),
    Column("bytes", Integer, nullable=False, default=0),  # what keeping it costs
)

history_changes = _table(
    "history_changes",
    _key(),
    _owner("step_id", "history_steps"),
    Column("table_name", Text, nullable=False),
    Column("operation", Text, nullable=False),  # I, U, D
    Column("row_id", Integer, nullable=False),
    Column("old", Text),  # JSON: the whole old row of D, the changed columns of U
)

EDITED_TABLES = (
    sources,
    images,
    labels,
    samples,
    captions,
    caption_revisions,
    boxes,
    decisions,
    recipes,
    views,
)
