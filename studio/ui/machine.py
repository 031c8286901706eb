"""What this computer has, found without loading anything that computes."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from studio.numbers import format_bytes
from workers.contract.catalogue import find_entry, weights_folder

DEFAULT_MODEL = "minilm"


@dataclass(frozen=True)
class Fact:
    """One thing the machine has or lacks; `line` is what to type where it lacks it."""

    present: bool
    text: str
    line: str = ""


def processor_line() -> str:
    """What runs train on, for the status bar."""
    return "a GPU is present" if has_gpu() else "training on the processor"


def has_gpu() -> bool:
    """Whether an NVIDIA driver is there; the worker finds out what it can do."""
    return Path("/proc/driver/nvidia/version").exists() or bool(shutil.which("nvidia-smi"))


def machine_facts(folder: Path) -> list[Fact]:
    """Processor or GPU, base model, room on the disk of `folder`."""
    cores = os.cpu_count() or 1
    trains = "GPU present" if has_gpu() else f"{cores} processor cores, no GPU"
    entry = find_entry(DEFAULT_MODEL)
    title = entry.title.split(",")[0] if entry else DEFAULT_MODEL
    here = weights_folder(DEFAULT_MODEL) is not None
    model = Fact(True, f"base model {title} present")
    if not here:
        line = f"python main.py models get {DEFAULT_MODEL}"
        model = Fact(False, f"base model {title} missing", line)
    free = shutil.disk_usage(folder).free
    return [Fact(True, trains), model, Fact(free > 2e9, f"{format_bytes(free)} free on disk")]
