"""The folder of kept vision features: what it takes, and emptying it."""

import os
import shutil
from pathlib import Path

from workers.contract.catalogue import models_folder


def features_folder() -> Path:
    """Beside the models, in the user's cache: it may be deleted at any time."""
    return models_folder().parent / "features"


def kept_bytes() -> int:
    """How much all kept features take on the disk."""
    total = 0
    for folder, _, names in os.walk(features_folder()):
        total += sum((Path(folder) / name).stat().st_size for name in names)
    return total


def drop_all() -> None:
    """Delete all kept features; a training that needs them computes them again."""
    shutil.rmtree(features_folder(), ignore_errors=True)
