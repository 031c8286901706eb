"""Attention maps read from their files: arrays and the provenance that makes them one thing."""

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from studio.attention import packing
from studio.errors import StudioError
from workers.contract.geometry import Geometry

FORMATS = (1, 2)
_ADVICE = "Capture it again."
_SIDES = {"base", "tuned"}
_OTHERS = {"tower", "base_rollout", "tuned_rollout"}
_LISTS = (
    "tokens",
    "special",
    "labels",
    "rows",
    "image",
    "base_probabilities",
    "tuned_probabilities",
    "base_token_probabilities",
    "tuned_token_probabilities",
)


@dataclass(frozen=True)
class Provenance:
    """All inputs that made a map; `spans` are places of the tokens in `text`.

    A language model's map has `rows`: the places of the answer's tokens, and its text is prompt
    and answer, with the caption at `caption`. A classifier's map has a row for every token. `image`
    are the places of image tokens, and `geometry` says where each lies in the picture.
    Maps of `format` 1 were captured before rollouts were.
    """

    format: int
    base_model: str
    revision: str
    adapter_sha256: str
    run_token: str
    step: int
    method: str
    sample_id: int
    text: str
    text_sha256: str
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    special: tuple[bool, ...]
    cut: bool
    labels: tuple[str, ...]
    label: str | None
    base_probabilities: tuple[float, ...]
    tuned_probabilities: tuple[float, ...]
    reduction: str
    geometry: Geometry | None = None
    image: tuple[int, ...] = ()
    image_sha256: str = ""
    rows: tuple[int, ...] = ()
    caption: tuple[int, int] = (0, 0)
    caption_sha256: str = ""
    base_token_probabilities: tuple[float, ...] = ()
    tuned_token_probabilities: tuple[float, ...] = ()

    @property
    def is_of_answer(self) -> bool:
        return bool(self.rows)

    @property
    def is_of_picture(self) -> bool:
        return bool(self.image)


@dataclass(frozen=True, eq=False)
class AttentionMap:
    """`base` and `tuned` are [layer, head, row, token]; a row says where its token read from.

    The row of an answer's token is what was read to write it. `digest` is the sha256 of the file
    that the run wrote and the map's identity. `tower` is what the class token of a captioner's
    vision tower read, [layer, head, 1, image token]. Rollouts of an answer's rows, [row, token],
    are captured; those of a map with a row for every token follow from it.
    """

    base: np.ndarray
    tuned: np.ndarray
    provenance: Provenance
    digest: str
    tower: np.ndarray | None = None
    base_rollout: np.ndarray | None = None
    tuned_rollout: np.ndarray | None = None

    @property
    def has_rollout(self) -> bool:
        """Whether layers can be multiplied, or were."""
        are_captured = self.base_rollout is not None and self.tuned_rollout is not None
        return are_captured or not self.provenance.is_of_answer

    @property
    def layers(self) -> int:
        return self.tuned.shape[0]

    @property
    def heads(self) -> int:
        return self.tuned.shape[1]

    @property
    def tokens(self) -> int:
        return self.tuned.shape[3]

    def rows_of(self, tokens: tuple[int, ...]) -> tuple[int, ...]:
        """The rows of these tokens; none where only the answer's tokens have rows."""
        rows = self.provenance.rows
        return tuple(rows.index(one) for one in tokens if one in rows) if rows else tokens


def read_map(content: bytes) -> AttentionMap:
    """The map in a file's bytes; StudioError when they are damaged or of another format."""
    try:
        held = packing.unpack(content)
        provenance = read_provenance(_provenance(held.metadata))
    except (ValueError, KeyError, TypeError) as error:
        raise StudioError(f"This attention map is damaged: {error}.", _ADVICE) from error
    names = set(held.arrays)
    if not _SIDES <= names <= _SIDES | _OTHERS:
        raise StudioError("This attention map is not of a kind known here.", _ADVICE)
    found = AttentionMap(**held.arrays, provenance=provenance, digest=held.digest)
    _refuse_misfit(found)
    return found


def _refuse_misfit(found: AttentionMap) -> None:
    count, rows = len(found.provenance.tokens), len(found.provenance.rows)
    wanted = (rows or count, count)
    shape = found.tuned.shape
    if found.base.shape != shape or found.tuned.ndim != 4 or shape[2:] != wanted:
        raise StudioError("This attention map does not fit its own words.", _ADVICE)
    rollouts = (found.base_rollout, found.tuned_rollout)
    if any(one is not None and one.shape != wanted for one in rollouts):
        raise StudioError("This attention map does not fit its own words.", _ADVICE)
    tower = found.tower
    if tower is not None and tower.shape[2:] != (1, len(found.provenance.image)):
        raise StudioError("This attention map does not fit its own picture.", _ADVICE)


def read_provenance(values: dict[str, Any]) -> Provenance:
    """The provenance from its JSON; ValueError when something is missing or does not fit."""
    if values.get("format") not in FORMATS:
        raise ValueError(f"format {values.get('format')} is not known")
    known = {field.name: values[field.name] for field in fields(Provenance) if field.name in values}
    for name in _LISTS:
        known[name] = tuple(known.get(name, ()))
    known["spans"] = tuple((int(start), int(end)) for start, end in known["spans"])
    known["caption"] = tuple(known.get("caption", (0, 0)))
    if known.get("geometry") is not None:
        known["geometry"] = Geometry.model_validate(known["geometry"])
    made = Provenance(**known)
    if not len(made.tokens) == len(made.spans) == len(made.special):
        raise ValueError("tokens, spans and marks are not of one length")
    if any(not 0 <= row < len(made.tokens) for row in (*made.rows, *made.image)):
        raise ValueError("a row is of no token")
    if made.geometry is not None and made.geometry.tokens != len(made.image):
        raise ValueError("the picture has another number of tokens than its places")
    return made


def is_stale(provenance: Provenance, caption: str) -> bool:
    """Whether the caption was changed after the capture."""
    seen = provenance.caption_sha256 or provenance.text_sha256
    return hashlib.sha256(caption.encode()).hexdigest() != seen


def _provenance(metadata: dict[str, str]) -> dict[str, Any]:
    values = json.loads(metadata["provenance"])
    if not isinstance(values, dict):
        raise TypeError("its provenance is no record")
    return values
