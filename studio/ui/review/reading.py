"""What the right panel says about a card: read from the project in one go."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.attention import maps, reduce, words
from studio.document import Document
from studio.errors import StudioError
from studio.project import queries
from studio.project.records import NeighbourRow, SampleDetail, SampleRow, SuspectRow

NEIGHBOURS = 3
LAST_LAYERS = 0.5  # of the model: the later half, where words have become meaning


@dataclass(frozen=True, eq=False)
class Dynamics:
    """Confidence in the given label by epoch, beside that of others with the same label."""

    epochs: np.ndarray
    sample: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray
    label: str


@dataclass(frozen=True)
class WeighedWord:
    text: str
    share: float  # of the word that weighs most


@dataclass(frozen=True, eq=False)
class CardFacts:
    detail: SampleDetail
    run_name: str
    suspect: SuspectRow | None
    dynamics: Dynamics | None
    neighbours: tuple[NeighbourRow, ...]
    neighbour_rows: tuple[SampleRow, ...]
    words: tuple[WeighedWord, ...]
    run_id: int | None = None


def run_words(run_id: int | None, name: str) -> str:
    """A run inside a sentence: “labels fixed” by its own name, run 7 without one."""
    return f"run {run_id}" if name in ("", f"Run {run_id}") else f"“{name}”"


def read_facts(document: Document, sample_id: int, run_id: int | None) -> CardFacts:
    """Everything about one card; StudioError when the sample is gone."""
    return document.query(_read, sample_id, run_id)


def newest_suspecting_run(document: Document) -> int | None:
    """The newest train run that was kept and has looked for suspects."""
    return document.query(_newest)


def _newest(connection: Any) -> int | None:
    for run in queries.run_rows(connection, "train"):
        if queries.suspects(connection, run.id, flagged_only=True):
            return run.id
    return None


def _read(connection: Any, sample_id: int, run_id: int | None) -> CardFacts:
    detail = queries.sample_detail(connection, sample_id)
    run_id = run_id if run_id is not None else _newest(connection)
    suspect, dynamics, name = None, None, ""
    if run_id is not None:
        name = queries.run(connection, run_id).name
        flagged = queries.suspects(connection, run_id)
        suspect = next((row for row in flagged if row.sample_id == sample_id), None)
        dynamics = _dynamics(connection, run_id, detail.row)
    near = tuple(queries.neighbours(connection, sample_id)[:NEIGHBOURS])
    rows = queries.sample_rows(connection, [row.neighbour_id for row in near])
    weighed = tuple(_words(connection, sample_id, run_id))
    return CardFacts(detail, name, suspect, dynamics, near, tuple(rows), weighed, run_id)


def _dynamics(connection: Any, run_id: int, row: SampleRow) -> Dynamics | None:
    measured = queries.measurements(connection, run_id, "training")
    own = {each.epoch: each.confidence for each in measured if each.sample_id == row.id}
    given = {each.sample_id: each.label for each in queries.run_samples(connection, run_id)}
    label = given.get(row.id, row.label) or ""
    if len(own) < 2:
        return None
    by_epoch: dict[int, list[float]] = {epoch: [] for epoch in sorted(own)}
    for each in measured:
        alike = given.get(each.sample_id, label) == label and each.sample_id != row.id
        if alike and each.confidence is not None and each.epoch in by_epoch:
            by_epoch[each.epoch].append(each.confidence)
    quartiles = np.array(
        [np.percentile(values or [np.nan], (25, 50, 75)) for values in by_epoch.values()]
    )
    sample = np.array([np.nan if own[epoch] is None else own[epoch] for epoch in by_epoch], float)
    low, middle, high = quartiles.T
    return Dynamics(np.array(list(by_epoch)), sample, low, middle, high, label)


def _words(connection: Any, sample_id: int, run_id: int | None) -> list[WeighedWord]:
    """How much the answer's token read from each word, over the later layers."""
    known = queries.attention_maps(connection, run_id=run_id, sample_id=sample_id)
    if not known:
        return []
    try:
        found = maps.read_map(queries.blob(connection, known[0].blob_id))
    except StudioError:
        return []  # a damaged map is said on the Attention page, where it can be captured again
    later = found.tuned[int(found.layers * LAST_LAYERS) :]
    matrix = reduce.reduce(later, reduce.Reduction(reduce.Over.MEAN))
    row = reduce.without_special(matrix[0], found.provenance.special)
    said = [word for word in words.words_of(found.provenance) if not word.special]
    shares = reduce.shares_of_largest(reduce.word_shares(row, [word.tokens for word in said]))
    return [WeighedWord(word.text, float(share)) for word, share in zip(said, shares, strict=True)]
