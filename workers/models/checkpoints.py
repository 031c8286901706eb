"""Checkpoints: folders of safetensors and JSON, whole or not there, checked by their hashes."""

import hashlib
import json
import os
import shutil
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from workers.contract.events import Reason
from workers.contract.folder import CHECKPOINTS, checkpoint_folder, checkpoint_steps
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import torch
    from torch import nn

WEIGHTS = "adapter.safetensors"
OPTIMIZER = "optimizer.safetensors"
RNG = "rng.safetensors"
DYNAMICS = "dynamics.safetensors"
STATE = "state.json"
MANIFEST = "manifest.json"
ASIDE = ".tmp-"

Tensors = dict[str, "torch.Tensor"]


class Checkpoint(NamedTuple):
    """All that a run needs to go on: named tensors by file, and plain values."""

    tensors: dict[str, Tensors]
    state: dict[str, Any]


def trained_weights(model: "nn.Module") -> Tensors:
    """The weights that training changes, by name."""
    return {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}


def save(run_folder: Path, step: int, checkpoint: Checkpoint) -> tuple[Path, int]:
    """Write the checkpoint of a step; on return the folder is whole and on the disk.

    A folder that is there already for this step is replaced. Returns it and its size in bytes.
    """
    parent = run_folder / CHECKPOINTS
    parent.mkdir(exist_ok=True)
    _clear_aside(parent)
    aside = parent / f"{ASIDE}{step:06d}-{uuid.uuid4().hex[:8]}"
    aside.mkdir()
    try:
        size = _write_files(aside, checkpoint)
        final = checkpoint_folder(run_folder, step)
        if final.exists():
            shutil.rmtree(final)
        aside.rename(final)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _sync_folder(parent)
    return final, size


def remove(run_folder: Path, step: int) -> None:
    """Take a checkpoint away; half-removed ones no longer bear its name."""
    folder = checkpoint_folder(run_folder, step)
    aside = folder.with_name(f"{ASIDE}removed-{uuid.uuid4().hex[:8]}")
    folder.rename(aside)
    shutil.rmtree(aside)


def problem_of(folder: Path) -> str:
    """What is wrong with a checkpoint folder, in words; empty when its manifest verifies."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        expected = {name: row["sha256"] for name, row in manifest["files"].items()}
    except FileNotFoundError:
        return "its manifest is missing"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "its manifest makes no sense"
    if not {WEIGHTS, STATE} <= expected.keys():
        return "its manifest is not complete"
    for name, digest in expected.items():
        path = folder / Path(name).name
        if not path.is_file():
            return f"{name} is missing"
        if _digest(path) != digest:
            return f"{name} is not what was saved"
    return ""


def newest_sound(run_folder: Path) -> tuple[int | None, list[str]]:
    """The newest step whose checkpoint verifies, and what is wrong with those after it."""
    skipped = []
    for step in reversed(checkpoint_steps(run_folder)):
        problem = problem_of(checkpoint_folder(run_folder, step))
        if not problem:
            return step, skipped
        skipped.append(f"The checkpoint of step {step} was skipped: {problem}.")
    return None, skipped


def load(folder: Path) -> Checkpoint:
    """Read a checkpoint whose manifest verifies; anything else is Trouble."""
    from safetensors.torch import load_file

    problem = problem_of(folder)
    if problem:
        raise Trouble(
            Reason.BAD_CHECKPOINT,
            f"The checkpoint {folder.name} is damaged: {problem}. Choose another step.",
        )
    tensors = {path.name: load_file(path) for path in sorted(folder.glob("*.safetensors"))}
    return Checkpoint(tensors, json.loads((folder / STATE).read_bytes()))


def load_weights(model: "nn.Module", folder: Path) -> None:
    """Put a checkpoint's trained weights into a model prepared by the same options."""
    put_weights(model, load(folder).tensors[WEIGHTS])


def put_weights(model: "nn.Module", weights: Tensors) -> None:
    """Copy weights by name; a name or a shape that does not fit is Trouble."""
    import torch

    places = {name: p for name, p in model.named_parameters() if p.requires_grad}
    odd = sorted(places.keys() ^ weights.keys())
    odd += [
        name for name in places.keys() & weights.keys() if places[name].shape != weights[name].shape
    ]
    if odd:
        raise Trouble(
            Reason.BAD_CHECKPOINT,
            f"The checkpoint was made with other options: {odd[0]} does not fit"
            + (f", nor do {len(odd) - 1} more weights." if len(odd) > 1 else "."),
        )
    with torch.no_grad():
        for name, place in places.items():
            place.copy_(weights[name])


def random_state() -> tuple[Tensors, dict[str, Any]]:
    """Every random generator that a model may draw from, as tensors and plain values."""
    import random

    import numpy
    import torch

    tensors = {"cpu": torch.get_rng_state()}
    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        tensors[f"cuda{index}"] = torch.cuda.get_rng_state(index)
    name, keys, position, has_gauss, cached = numpy.random.get_state(legacy=True)
    return tensors, {
        "python": random.getstate(),
        "numpy": [name, [int(key) for key in keys], position, has_gauss, float(cached).hex()],
    }


def restore_random_state(tensors: Tensors, values: dict[str, Any]) -> None:
    """Put every random generator back; the very next draw is the one that would have come."""
    import random

    import numpy
    import torch

    torch.set_rng_state(tensors["cpu"])
    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        if f"cuda{index}" in tensors:
            torch.cuda.set_rng_state(tensors[f"cuda{index}"], index)
    version, keys, gauss = values["python"]
    random.setstate((version, tuple(keys), gauss))
    name, keys, position, has_gauss, cached = values["numpy"]
    state = (name, numpy.array(keys, numpy.uint32), position, has_gauss, float.fromhex(cached))
    numpy.random.set_state(state)


def _write_files(folder: Path, checkpoint: Checkpoint) -> int:
    from safetensors.torch import save as encode

    contents: dict[str, bytes] = {}
    for name, tensors in checkpoint.tensors.items():
        # Clones: safetensors refuses tensors that share memory, as bitsandbytes' maps do.
        contents[name] = encode(
            {key: tensor.detach().cpu().contiguous().clone() for key, tensor in tensors.items()}
        )
    contents[STATE] = json.dumps(checkpoint.state).encode()
    files = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in contents.items()
    }
    contents[MANIFEST] = json.dumps({"format": 1, "files": files}, indent=1).encode()
    for name, content in contents.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _sync_folder(folder)
    return sum(len(content) for content in contents.values())


def _clear_aside(parent: Path) -> None:
    # Only one worker works here (it holds the lock), so what lies aside was left by a dead one.
    for path in parent.glob(f"{ASIDE}*"):
        shutil.rmtree(path, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # folders cannot be opened there; the rename is journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
