"""Map files of a language model's answer with known numbers, as the worker writes them."""

import hashlib

import numpy as np

from tests.studio.attention import map_files

CAPTION = "A cyclist, 左 turn."
PIECES = [
    "<s>", "Is", " it", " safe", "?", "\n", "A", " cy", "clist", ",", " ", "", "左",
    " turn", ".", "\n", " dang", "erous", "<end>",
]  # fmt: skip
TEXT = "".join(PIECES)
ROWS = [16, 17, 18]


def spans():
    ends = np.cumsum([len(piece) for piece in PIECES]).tolist()
    return [[end - len(piece), end] for end, piece in zip(ends, PIECES, strict=True)]


def provenance(**changes):
    start = TEXT.index(CAPTION)
    fixed = {
        "text": TEXT,
        "text_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "caption": [start, start + len(CAPTION)],
        "caption_sha256": hashlib.sha256(CAPTION.encode()).hexdigest(),
        "tokens": [piece or "�" for piece in PIECES],
        "spans": spans(),
        "special": [True, *[False] * (len(PIECES) - 2), True],
        "rows": ROWS,
        "labels": [],
        "base_probabilities": [],
        "tuned_probabilities": [],
        "base_token_probabilities": [0.2, 0.5, 0.9],
        "tuned_token_probabilities": [0.8, 0.9, 1.0],
    }
    return map_files.provenance(**(fixed | changes))


def arrays(layers=3, heads=2, seed=0):
    random = np.random.default_rng(seed)
    made = {}
    for name, sharpness in (("base", 1.0), ("tuned", 4.0)):
        raw = np.exp(sharpness * random.random((layers, heads, len(ROWS), len(PIECES))))
        for place, row in enumerate(ROWS):
            raw[:, :, place, row:] = 0  # what comes later cannot be read
        made[name] = (raw / raw.sum(axis=-1, keepdims=True)).astype(np.float16)
    return made


def rollouts():
    """The base's reach the first token alone, the tuned one's the place before the row's."""
    base, tuned = np.zeros((2, len(ROWS), len(PIECES)), np.float16)
    base[:, 0] = 1
    for place, row in enumerate(ROWS):
        tuned[place, row - 1] = 1
    return {"base_rollout": base, "tuned_rollout": tuned}


def map_file(values=None, **changes):
    values = arrays() | rollouts() if values is None else values
    return map_files.worker_file(values, provenance(**changes))
