"""Map files of a captioner with known numbers, as the worker writes them."""

import hashlib

import numpy as np

from tests.studio.attention import map_files
from workers.contract.geometry import Geometry, Grid

ROWS, COLUMNS = 4, 6
IMAGE = ROWS * COLUMNS
CAPTION = "a red taxicab turns"
PIECES = ["<bos>", "a", " red", " taxi", "cab", " turns", "<end>"]
GEOMETRY = Geometry(
    family="composed",
    width=600,
    height=400,
    tokens=IMAGE,
    grids=(Grid(rows=ROWS, columns=COLUMNS),),
)
FIRST = IMAGE + 1  # of the caption's tokens
TAXI = (IMAGE + 3, IMAGE + 4)


def provenance(**changes):
    ends = np.cumsum([len(piece) for piece in PIECES]).tolist()
    spans = [[end - len(piece), end] for end, piece in zip(ends, PIECES, strict=True)]
    text = "".join(PIECES)
    count = len(PIECES) - 1
    fixed = {
        "text": text,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "caption": [len("<bos>"), len("<bos>") + len(CAPTION)],
        "caption_sha256": hashlib.sha256(CAPTION.encode()).hexdigest(),
        "tokens": ["<image>"] * IMAGE + PIECES,
        "spans": [[0, 0]] * IMAGE + spans,
        "special": [True] * (IMAGE + 1) + [False] * (count - 1) + [True],
        "rows": list(range(FIRST, FIRST + count)),
        "label": None,
        "labels": [],
        "base_probabilities": [],
        "tuned_probabilities": [],
        "base_token_probabilities": [0.2] * count,
        "tuned_token_probabilities": [0.8] * count,
        "image": list(range(IMAGE)),
        "geometry": GEOMETRY.model_dump(mode="json"),
    }
    return map_files.provenance(**(fixed | changes))


def arrays(layers=6, heads=3, seed=0):
    """Even but for a hot patch: the base looks at the first one, the tuned one from word to word
    at patch 7 and on, each more in deeper layers.
    """
    count, width = len(PIECES) - 1, IMAGE + len(PIECES)
    made = {}
    noise = np.random.default_rng(seed).random((layers, heads, count, width)) * 0.1
    for name in ("base", "tuned"):
        raw = 1.0 + noise
        for row in range(count):
            raw[:, :, row, FIRST + row :] = 0  # what comes later cannot be read
            patch = 0 if name == "base" else 7 + row
            raw[:, :, row, patch] += 4.0 * (1 + np.arange(layers))[:, None]
        made[name] = (raw / raw.sum(axis=-1, keepdims=True)).astype(np.float16)
    return made


def rollouts():
    """Half on one patch, the others alike: the base's on the first, the tuned one's on the last."""
    count = len(PIECES) - 1
    base = np.zeros((count, IMAGE + len(PIECES)), np.float16)
    base[:, :IMAGE] = 0.5 / (IMAGE - 1)
    tuned = base.copy()
    base[:, 0] = tuned[:, IMAGE - 1] = 0.5
    return {"base_rollout": base, "tuned_rollout": tuned}


def tower(layers=4, heads=2):
    """The class token's look at one patch a layer, from the last backwards."""
    made = np.full((layers, heads, 1, IMAGE), 0.5 / (IMAGE - 1), np.float16)
    for layer in range(layers):
        made[layer, :, 0, IMAGE - 1 - layer] = 0.5
    return made


def map_file(values=None, **changes):
    values = arrays() | rollouts() if values is None else values
    return map_files.worker_file(values, provenance(**changes))
