"""The machine under the loop: memory in use, and random state cheap enough for every step."""

import time
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import torch

REFRESH_SECONDS = 0.5


class RandomSnapshot(NamedTuple):
    """State of the generators that dropout draws from."""

    cpu: "torch.Tensor"
    cuda: "torch.Tensor | None"


def random_snapshot() -> RandomSnapshot:
    """The state now; some microseconds."""
    import torch

    cuda = torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None
    return RandomSnapshot(torch.get_rng_state(), cuda)


def go_back(snapshot: RandomSnapshot) -> None:
    """Undo all draws since the snapshot."""
    import torch

    torch.set_rng_state(snapshot.cpu)
    if snapshot.cuda is not None:
        torch.cuda.set_rng_state(snapshot.cuda)


def synchronise(device: str) -> None:
    """Wait until a GPU has done what it was given; a processor has."""
    if device == "cuda":
        import torch

        torch.cuda.synchronize()


def memory_used(device: str) -> float:
    """Bytes: the GPU's peak, or what this process holds now (looked up twice a second)."""
    if device == "cuda":
        import torch

        return float(torch.cuda.max_memory_allocated())
    return _resident(int(time.monotonic() / REFRESH_SECONDS))


@lru_cache(maxsize=1)
def _resident(tick: int) -> float:
    import psutil

    return float(psutil.Process().memory_info().rss)
