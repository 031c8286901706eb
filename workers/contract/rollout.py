"""Attention rollout, defined once for arrays and tensors (Abnar and Zuidema, 2020)."""

from typing import Any


def through(layer: Any, reached: Any, own: Any) -> Any:
    """What rows of tokens reach through one more layer; rows stay shares.

    Half of what a token takes on is the mean attention `layer`, [row, token], half is the token
    itself. `reached`, [token, token], is what lies below, `own` the part of it of these rows.
    """
    return (layer @ reached + own) / (layer.sum(-1, keepdims=True) + 1)
