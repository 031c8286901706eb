"""Attention maps read from their files: two arrays and the provenance that makes them one thing."""

import hashlib
import json
import zlib
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize

from studio.attention import packing
from studio.errors import StudioError
from workers.contract.geometry import Geometry

FORMAT = 1
_ADVICE = "Capture it again."
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
    """

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
    vision tower read, [layer, head, 1, image token].
    """

    base: np.ndarray
    tuned: np.ndarray
    provenance: Provenance
    digest: str
    tower: np.ndarray | None = None

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
        packed = packing.is_packed(content)
        content = packing.unpack(content) if packed else content
        arrays = {name: _array(part) for name, part in deserialize(content)}
        metadata = _metadata(content)
        provenance = read_provenance(_provenance(metadata))
        digest = metadata["sha256"] if packed else hashlib.sha256(content).hexdigest()
    except (SafetensorError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise StudioError(f"This attention map is damaged: {error}.", _ADVICE) from error
    tower = arrays.pop("tower", None)
    if set(arrays) != {"base", "tuned"}:
        raise StudioError("This attention map is not of a kind known here.", _ADVICE)
    base, tuned = arrays["base"], arrays["tuned"]
    count = len(provenance.tokens)
    wanted = (len(provenance.rows) or count, count)
    if base.shape != tuned.shape or tuned.ndim != 4 or tuned.shape[2:] != wanted:
        raise StudioError("This attention map does not fit its own words.", _ADVICE)
    if tower is not None and tower.shape[2:] != (1, len(provenance.image)):
        raise StudioError("This attention map does not fit its own picture.", _ADVICE)
    return AttentionMap(base, tuned, provenance, digest, tower)


def read_provenance(values: dict[str, Any]) -> Provenance:
    """The provenance from its JSON; ValueError when something is missing or does not fit."""
    if values.get("format") != FORMAT:
        raise ValueError(f"format {values.get('format')} is not {FORMAT}")
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


def _array(part: dict[str, Any]) -> np.ndarray:
    kinds = {"F16": np.float16, "F32": np.float32, "U8": np.uint8}
    values = np.frombuffer(part["data"], kinds[part["dtype"]]).reshape(part["shape"])
    return packing.shares_of(values) if part["dtype"] == "U8" else values


def _metadata(content: bytes) -> dict[str, Any]:
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length])["__metadata__"]


def _provenance(metadata: dict[str, Any]) -> dict[str, Any]:
    values = json.loads(metadata["provenance"])
    if not isinstance(values, dict):
        raise TypeError("its provenance is no record")
    return values
