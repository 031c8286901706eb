"""Shares of attention as bytes: what a worker writes of a map, and what the studio reads."""

import zlib

import numpy as np
from safetensors.numpy import load, save

BYTES_A_SHARE = 0.6  # about; measured on SmolLM2 reading 700 tokens
_PEAK = 1 / 32  # at most 31 shares of a row are larger
_LEVELS = 127  # the half step at a peak, 2.5e-4, is as exact as half precision at 1
_SQUARES = np.square(np.arange(_LEVELS + 1, dtype=np.float32) / _LEVELS)
_EFFORT = 6  # of zlib; 9 takes longer for a hundredth less


def to_bytes(shares: np.ndarray) -> np.ndarray:
    """Shares [..., row, token], each from 0 to 1, as one line of bytes.

    Peaks are kept in half precision. Each other share is a byte: its square root against the
    largest of them in its row, so that small ones keep their order. All come back to within 3e-4.
    """
    levels = np.empty(shares.shape, np.uint8)
    scales = np.empty(shares.shape[:-1], np.float16)
    for place, layer in enumerate(shares):  # a layer at a time, so that little is held
        rest = np.where(layer > _PEAK, 0.0, layer).astype(np.float32)
        scales[place] = rest.max(axis=-1, initial=0.0)
        scale = scales[place].astype(np.float32)[..., None]
        parts = np.divide(rest, scale, out=np.zeros_like(rest), where=scale > 0)
        levels[place] = np.minimum(np.rint(np.sqrt(parts) * _LEVELS), _LEVELS)
    places = np.flatnonzero(shares > _PEAK).astype(np.uint32)
    peaks = shares.reshape(-1)[places].astype(np.float16)
    parts = {"levels": levels, "scales": scales, "places": places, "peaks": peaks}
    return np.frombuffer(zlib.compress(save(parts), _EFFORT), np.uint8)


def from_bytes(stored: np.ndarray) -> np.ndarray:
    """The shares in half precision, in the shape they had.

    ValueError, KeyError, SafetensorError or zlib.error when the bytes are damaged.
    """
    parts = load(zlib.decompress(stored.tobytes()))
    levels, scales = parts["levels"], parts["scales"]
    places, peaks = parts["places"], parts["peaks"]
    beyond = places.max(initial=0) >= max(1, levels.size)
    if scales.shape != levels.shape[:-1] or places.shape != peaks.shape or beyond:
        raise ValueError("its parts do not fit each other")
    made = np.empty(levels.shape, np.float16)
    for place, layer in enumerate(levels):
        made[place] = _SQUARES[layer] * scales[place].astype(np.float32)[..., None]
    made.reshape(-1)[places] = peaks
    return made
