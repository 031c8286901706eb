"""What travels through an import: rows, problems, the mapping of columns, and the report."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

UNSURE = "unsure"


class Format(StrEnum):
    """The kinds of sources that can be imported."""

    FOLDER_LABELS = "folder labels"
    SIDECARS = "sidecars"
    CSV = "csv"
    JSON = "json"
    IMAGEFOLDER = "imagefolder"
    ALPACA = "alpaca"
    SHAREGPT = "sharegpt"
    MESSAGES = "messages"


class Dialect(StrEnum):
    """What the text of a sidecar is."""

    TAGS = "tags"
    CAPTIONS = "captions"
    PROSE = "prose"


@dataclass(frozen=True)
class Conversation:
    """Where the turns of a row stand, and the words in them for who speaks and what is said."""

    messages: str = "conversations"
    role: str = "from"
    content: str = "value"
    user: str = "human"
    assistant: str = "gpt"
    observation: str = "observation"
    function: str = "function_call"
    system: str = "system"


@dataclass(frozen=True)
class Mapping:
    """Which column means what; names may be dotted paths into nested JSON.

    `label_values` turns values found into labels; an empty label leaves the sample unlabelled.
    `explode` names columns that hold several samples a row, such as `Pedestrians`.
    `good` says which answers are bad ones, `tools` and `other_media` what cannot be imported.
    """

    text: str = ""
    label: str = ""
    image: str = ""
    key: str = ""
    split: str = ""
    scene: str = ""
    boxes: str = ""
    label_values: dict[str, str] = field(default_factory=dict[str, str])
    dialect: Dialect | None = None
    explode: tuple[str, ...] = ()
    add_labels: bool | None = None  # unknown values become labels; None: only names of folders
    image_root: Path | None = None
    instruction: str = ""
    answer: str = ""
    system: str = ""
    history: str = ""
    good: str = ""
    tools: tuple[str, ...] = ()
    other_media: tuple[str, ...] = ()
    conversation: Conversation | None = None
    most_rows: int = 0  # 0: all
    into_split: str = ""  # where no column says it


@dataclass(frozen=True)
class Column:
    """A column found, with the first values in it."""

    name: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Detection:
    """The format found, why, and a mapping to begin with.

    Of a folder with several data sets, `sets` names those that can be imported.
    """

    path: Path
    format: Format
    reason: str
    mapping: Mapping
    columns: tuple[Column, ...] = ()
    sets: tuple[str, ...] = ()
    chosen: str = ""


@dataclass(frozen=True)
class ImportBox:
    """A box as found: pixels of the upright picture, top left, width, height."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class ImportRow:
    """One sample as found. `row` counts from 1: a line of a table, a file of a folder."""

    row: int
    key: str = ""
    texts: tuple[str, ...] = ()
    label: str | None = None
    image: Path | None = None
    split: str | None = None
    scene: str | None = None
    boxes: tuple[ImportBox, ...] = ()
    instruction: str = ""
    answer: str = ""


@dataclass(frozen=True)
class BadRow:
    """What cannot be imported: where, why, and what stood there. `fix` says what to do."""

    row: int
    column: str
    reason: str
    value: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Stray:
    """A file that is no sample, such as .DS_Store; skipped and counted."""

    kind: str


Found = ImportRow | BadRow | Stray
Rows = Iterator[Found]


@dataclass(frozen=True)
class PlannedBox:
    """A box in fractions of the upright picture."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class PlannedImage:
    """A picture's row; `path` is relative to the source's root, with forward slashes."""

    path: str
    sha256: str
    width: int
    height: int
    bytes: int
    problem: str = ""


@dataclass(frozen=True)
class PlannedSample:
    """A sample ready to be written. `of` names the sample that only gains these texts."""

    key: str
    texts: tuple[str, ...] = ()
    label: str | None = None
    split: str | None = None
    scene: str | None = None
    image: PlannedImage | None = None
    boxes: tuple[PlannedBox, ...] = ()
    of: str = ""
    instruction: str = ""
    answer: str = ""


@dataclass(frozen=True)
class ExistingSamples:
    """What the project holds already, so that nothing enters twice.

    `images` and `texts` give the label by hash, `None` for an unlabelled sample; a sample with an
    answer is found by `mark` of all its texts.
    """

    keys: frozenset[str] = frozenset()
    images: dict[str, str | None] = field(default_factory=dict[str, str | None])
    texts: dict[str, str | None] = field(default_factory=dict[str, str | None])


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do."""

    source: str
    format: Format
    rows: int
    samples: int
    skipped: dict[str, int]
    duplicates: int
    added_captions: int
    contradictions: int
    contradicting: tuple[str, ...]
    problems: tuple[BadRow, ...]
    problem_count: int
    image_problems: tuple[BadRow, ...]
    unknown_labels: dict[str, int]
    labels: dict[str, int]
    splits: dict[str, int]
    new_labels: tuple[str, ...] = ()
    seconds: float = 0.0
    answers: int = 0
    scripts: dict[str, int] = field(default_factory=dict[str, int])  # of answers, most first

    @property
    def skipped_count(self) -> int:
        """Everything that was found and not imported as a sample of its own."""
        strays = sum(self.skipped.values())
        return strays + self.duplicates + self.added_captions + self.problem_count
