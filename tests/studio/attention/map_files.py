"""Attention map files with known numbers, as the worker writes them."""

import hashlib
import json
import zlib

import numpy as np
from safetensors.numpy import save

from workers.contract import shares

TEXT = "A motorcyclist turns 左 here."
TOKENS = ["[CLS]", "a", "motor", "##cycl", "##ist", "turns", "左", "here", ".", "[SEP]"]
SPANS = [
    [0, 0], [0, 1], [2, 7], [7, 11], [11, 14], [15, 20], [21, 22], [23, 27], [27, 28], [0, 0],
]  # fmt: skip
SPECIAL = [True, *[False] * 8, True]


def provenance(**changes):
    return {
        "format": 2,
        "base_model": "sentence-transformers/all-MiniLM-L6-v2",
        "revision": "",
        "adapter_sha256": "ab" * 32,
        "run_token": "run",
        "step": 12,
        "method": "lora",
        "sample_id": 3,
        "text": TEXT,
        "text_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "tokens": TOKENS,
        "spans": SPANS,
        "special": SPECIAL,
        "cut": False,
        "labels": ["dangerous", "safe"],
        "label": "dangerous",
        "base_probabilities": [0.45, 0.55],
        "tuned_probabilities": [0.9, 0.1],
        "reduction": "none",
        "geometry": None,
    } | changes


def arrays(layers=6, heads=4, seed=0):
    random = np.random.default_rng(seed)
    made = {}
    for name, sharpness in (("base", 1.0), ("tuned", 4.0)):
        raw = np.exp(sharpness * random.random((layers, heads, len(TOKENS), len(TOKENS))))
        made[name] = (raw / raw.sum(axis=-1, keepdims=True)).astype(np.float16)
    return made


def map_file(values=None, **changes):
    return worker_file(arrays() if values is None else values, provenance(**changes))


def worker_file(values, origin):
    """As the worker writes it: bytes of shares."""
    stored = {name: shares.to_bytes(part) for name, part in values.items()}
    return save(stored, {"provenance": json.dumps(origin)})


def old_file(values, origin):
    """As workers wrote it before: numbers of half precision, and no rollouts."""
    return save(values, {"provenance": json.dumps(origin | {"format": 1})})


def old_packed(values, origin):
    """As projects kept large ones of these: roots as a byte, those of answers as two."""
    content = old_file(values, origin)
    levels = {}
    for name, part in values.items():
        roots = np.sqrt(part.astype(np.float32))
        levels[name] = np.rint(roots * 255).astype(np.uint8)
        if part.shape[2] != part.shape[3]:
            fine = np.rint(roots * 4095).astype(np.uint16)
            levels[name] = np.stack([fine & 255, fine >> 8]).astype(np.uint8)
    metadata = {
        "provenance": json.dumps(origin | {"format": 1}),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return b"traffic-studio map, packed\n" + zlib.compress(save(levels, metadata=metadata), 1)
