"""What the bytes of a map hold, in each form that maps were ever kept in."""

import json
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from workers.contract import shares

# Large maps of format 1 were kept so: a byte a share or two, then zlib.
MARK = b"traffic-studio map, packed\n"
_PLANES = 5  # dimensions: plane, layer, head, row, token
_LEVELS = 255.0
_FINE_LEVELS = 4095.0  # of the two bytes a share of an answer's rows
_NUMBERS = {"F16": np.float16, "F32": np.float32, "U8": np.uint8}


class DamagedError(ValueError):
    """The bytes are no map, or no whole one."""


@dataclass(frozen=True, eq=False)
class Held:
    """Arrays of shares by name, the header's words, and the sha256 of the file the run wrote."""

    arrays: dict[str, np.ndarray]
    metadata: dict[str, str]
    digest: str


def unpack(content: bytes) -> Held:
    """Everything in a map's bytes; raises DamagedError."""
    try:
        packed = content.startswith(MARK)
        inner = zlib.decompress(content[len(MARK) :]) if packed else content
        arrays = {name: _array(part) for name, part in deserialize(inner)}
        length = int.from_bytes(inner[:8], "little")
        metadata = dict(json.loads(inner[8 : 8 + length])["__metadata__"])
        digest = metadata.pop("sha256") if packed else sha256(content).hexdigest()
    except (SafetensorError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise DamagedError(str(error)) from error
    return Held(arrays, metadata, digest)


def plain(content: bytes) -> bytes:
    """A map as a safetensors file of numbers, for other programs."""
    held = unpack(content)
    return save(held.arrays, metadata=held.metadata)


def _array(part: dict[str, Any]) -> np.ndarray:
    values = np.frombuffer(part["data"], _NUMBERS[part["dtype"]]).reshape(part["shape"])
    if part["dtype"] != "U8":
        return values
    return shares.from_bytes(values) if values.ndim == 1 else _from_roots(values)


def _from_roots(levels: np.ndarray) -> np.ndarray:
    if levels.ndim == _PLANES:
        fine = levels[0].astype(np.float32) + 256.0 * levels[1]
        return np.square(fine / _FINE_LEVELS).astype(np.float16)
    return np.square(levels.astype(np.float32) / _LEVELS).astype(np.float16)
