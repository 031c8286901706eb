"""A captured map made small enough to be kept in a project: one byte a share, then zlib."""

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
MARK = b"traffic-studio map, packed\n"
_LEVELS = 255.0


def pack(content: bytes) -> bytes:
    """What a project keeps of a map file: all of a small one, a large one to .004 a share.

    The square root of a share is kept as a byte, so that small shares keep their order.
    """
    if len(content) <= KEPT_WHOLE:
        return content
    arrays = {
        name: _to_bytes(np.frombuffer(part["data"], np.float16).reshape(part["shape"]))
        for name, part in deserialize(content)
        if part["dtype"] == "F16"
    }
    if set(arrays) != {"base", "tuned"}:
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


def shares_of(levels: np.ndarray) -> np.ndarray:
    """Shares from their bytes."""
    return np.square(levels.astype(np.float32) / _LEVELS).astype(np.float16)


def packed_size(size: int) -> int:
    """About how many bytes of a map file of this size are kept."""
    return size if size <= KEPT_WHOLE else round(size * PACKED_SHARE)


def _to_bytes(shares: np.ndarray) -> np.ndarray:
    roots = np.sqrt(np.clip(shares.astype(np.float32), 0.0, 1.0))
    return np.rint(roots * _LEVELS).astype(np.uint8)
