"""What frozen weights see, computed once a picture and kept on the disk.

One file a picture, found by the hashes of picture, processor and weights: a changed one is another.
"""

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workers.contract.kept_features import features_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import torch

_ASIDE = ".tmp-"
_KEY = 24  # hex digits of the store's name


@dataclass(frozen=True)
class FeatureStore:
    """The features that some weights see behind one processor, in one number format.

    `dtype` is what they are kept in; 16-bit brain floats are kept as the bytes that they are.
    """

    place: Path
    dtype: "torch.dtype"

    def get(self, sha256: str) -> "torch.Tensor | None":
        """A picture's features, mapped from the disk; None when they are not there or damaged."""
        import numpy as np
        import torch

        try:
            # Copy on write: torch wants memory that it might write to.
            kept = np.load(self._path(sha256), mmap_mode="c", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        found = torch.from_numpy(kept)
        return found.view(self.dtype) if found.dtype == torch.int16 else found

    def put(self, sha256: str, features: "torch.Tensor") -> None:
        """Keep a picture's features; whole or not at all."""
        path = self._path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{_ASIDE}{uuid.uuid4().hex}")
        try:
            with aside.open("wb") as file:
                _write(file, features.detach().to(self.dtype).cpu().contiguous())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)

    def of(self, sha256: str, see: "Callable[[], torch.Tensor]") -> "torch.Tensor":
        """A picture's features, kept or seen now."""
        found = self.get(sha256)
        if found is None:
            self.put(sha256, see())
            found = self.get(sha256)
        return see().to(self.dtype) if found is None else found

    def _path(self, sha256: str) -> Path:
        return self.place / sha256[:2] / f"{sha256}.npy"


@dataclass(frozen=True)
class FrozenEye:
    """`see` makes features [token, width] of one picture's pixels, and `store` keeps them."""

    see: "Callable[[dict[str, torch.Tensor]], torch.Tensor]"
    store: FeatureStore


def open_store(
    weights: "Mapping[str, torch.Tensor]", sight_digest: str, dtype: "torch.dtype"
) -> FeatureStore:
    """The store of what these weights see, as they are now."""
    name = hashlib.sha256(f"{weights_digest(weights)}/{sight_digest}/{dtype}".encode()).hexdigest()
    return FeatureStore(features_folder() / name[:_KEY], dtype)


def weights_digest(weights: "Mapping[str, torch.Tensor]") -> str:
    """The sha256 over names and weights."""
    digest = hashlib.sha256()
    for name, tensor in sorted(weights.items()):
        digest.update(f"{name}/{tensor.dtype}/{tuple(tensor.shape)}".encode())
        digest.update(_bytes(tensor.detach().cpu().contiguous()).data)
    return digest.hexdigest()


def _bytes(tensor: "torch.Tensor") -> "np.ndarray":
    import torch

    return tensor.reshape(-1).view(torch.uint8).numpy()


def _write(file: "object", tensor: "torch.Tensor") -> None:
    import numpy as np
    import torch

    plain = tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
    np.save(file, plain.numpy(), allow_pickle=False)  # type: ignore[arg-type]
