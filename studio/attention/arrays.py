"""A map as a NumPy archive for other programs, with all that says what it is."""

import io
import json
from dataclasses import asdict

import numpy as np

from studio.attention.maps import AttentionMap


def to_npz(found: AttentionMap) -> bytes:
    """`base` and `tuned` [layer, head, row, token], `rows`, `image` and `tokens`, and `provenance`
    as JSON.

    `tower` is [layer, head, 1, image token], `base_rollout` and `tuned_rollout` are [row, token];
    each is empty where it was not captured.
    `image` are the columns of image tokens; the provenance's geometry says where each lies.
    """
    provenance = found.provenance
    values = asdict(provenance) | {"sha256": found.digest}
    if provenance.geometry is not None:
        values["geometry"] = provenance.geometry.model_dump(mode="json")
    rows = provenance.rows or tuple(range(len(provenance.tokens)))
    raw = io.BytesIO()
    none = np.zeros((0, 0))
    np.savez_compressed(
        raw,
        base=found.base,
        tuned=found.tuned,
        tower=np.zeros((0, 0, 1, 0)) if found.tower is None else found.tower,
        base_rollout=none if found.base_rollout is None else found.base_rollout,
        tuned_rollout=none if found.tuned_rollout is None else found.tuned_rollout,
        rows=np.array(rows),
        image=np.array(provenance.image, dtype=int),
        tokens=np.array(provenance.tokens),
        provenance=np.array(json.dumps(values, ensure_ascii=False)),
    )
    return raw.getvalue()
