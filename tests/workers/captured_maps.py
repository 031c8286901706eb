"""Map files as a worker wrote them, read back; and rollouts by the textbook."""

import json
from pathlib import Path

import torch
from safetensors import safe_open

from workers.contract import shares


def read_map(path: Path) -> tuple[dict[str, torch.Tensor], dict]:
    """The arrays of shares in half precision, and the provenance."""
    with safe_open(path, "np") as file:
        arrays = {
            name: torch.from_numpy(shares.from_bytes(file.get_tensor(name)))
            for name in file.keys()  # noqa: SIM118
        }
        return arrays, json.loads(file.metadata()["provenance"])


def textbook_rollout(attentions: list[torch.Tensor]) -> torch.Tensor:
    """[token, token]: the layers' means of heads, half identity, rows made to sum to 1,
    multiplied one onto the other from the lowest.
    """
    count = attentions[0].shape[-1]
    product = torch.eye(count, dtype=torch.float64)
    for layer in attentions:
        mixed = 0.5 * layer[0].double().mean(dim=0) + 0.5 * torch.eye(count, dtype=torch.float64)
        product = (mixed / mixed.sum(dim=-1, keepdim=True)) @ product
    return product
