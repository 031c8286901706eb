"""A captured map made small enough to be kept in a project: one byte a share or two, then zlib."""

import json
import zlib
from hashlib import sha256

import numpy as np
from safetensors import deserialize
from safetensors.numpy import save

# Bytes of a map file up to which it is kept as it is.
KEPT_WHOLE = 2 * 2**20
# What is left of a larger one, measured on softmax shares of 64 to 256 tokens.
PACKED_SHARE = 0.36
_PLANES = 5  # dimensions: plane, layer, head, row, token
MARK = b"traffic-studio map, packed\n"
_LEVELS = 255.0
# Rows of an answer are few: two bytes a share, high bytes apart from low ones, keep them closely.
_FINE_LEVELS = 4095.0


def pack(content: bytes) -> bytes:
    """What a project keeps of a map file: all of a small one, less of a large one.

    The square root of a share is kept, so that small shares keep their order: as a byte, to .004 a
    share, or for the rows of an answer as two bytes, to .0003.
    """
    if len(content) <= KEPT_WHOLE:
        return content
    arrays = {
        name: _to_levels(np.frombuffer(part["data"], np.float16).reshape(part["shape"]))
        for name, part in deserialize(content)
        if part["dtype"] == "F16"
    }
    if set(arrays) - {"tower"} != {"base", "tuned"}:
        return content
    length = int.from_bytes(content[:8], "little")
    metadata = dict(json.loads(content[8 : 8 + length])["__metadata__"])
    metadata["sha256"] = sha256(content).hexdigest()
    return MARK + zlib.compress(save(arrays, metadata=metadata), 1)


def is_packed(content: bytes) -> bool:
    """Whether these bytes were packed."""
    return content.startswith(MARK)


def unpack(content: bytes) -> bytes:
    """The safetensors file within; its arrays are bytes for `shares_of`."""
    return zlib.decompress(content[len(MARK) :])


def restored(content: bytes) -> bytes:
    """A map file as the worker wrote it: a packed one with the shares that were kept."""
    if not is_packed(content):
        return content
    inner = unpack(content)
    arrays = {
        name: shares_of(np.frombuffer(part["data"], np.uint8).reshape(part["shape"]))
        for name, part in deserialize(inner)
    }
    length = int.from_bytes(inner[:8], "little")
    metadata = dict(json.loads(inner[8 : 8 + length])["__metadata__"])
    metadata.pop("sha256", None)
    return save(arrays, metadata=metadata)


def shares_of(levels: np.ndarray) -> np.ndarray:
    """Shares from their bytes; two planes of them are low and high bytes."""
    if levels.ndim == _PLANES:
        fine = levels[0].astype(np.float32) + 256.0 * levels[1]
        return np.square(fine / _FINE_LEVELS).astype(np.float16)
    return np.square(levels.astype(np.float32) / _LEVELS).astype(np.float16)


def packed_size(size: int) -> int:
    """About how many bytes of a map file of this size are kept."""
    return size if size <= KEPT_WHOLE else round(size * PACKED_SHARE)


def _to_levels(shares: np.ndarray) -> np.ndarray:
    roots = np.sqrt(np.clip(shares.astype(np.float32), 0.0, 1.0))
    if shares.shape[2] == shares.shape[3]:
        return np.rint(roots * _LEVELS).astype(np.uint8)
    fine = np.rint(roots * _FINE_LEVELS).astype(np.uint16)
    return np.stack([fine & 255, fine >> 8]).astype(np.uint8)
