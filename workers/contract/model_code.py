"""The code that a model folder brings along: which files, and the digest of that one revision."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workers.contract.frozen import Frozen

# Digests that whoever starts a process lets it run, parted by commas. No file can set it.
ALLOWED = "TRAFFIC_STUDIO_TRUSTED_CODE"
CONFIG, TOKENIZER_CONFIG = "config.json", "tokenizer_config.json"
SHORT = 12  # letters of a digest that are shown
MOST_NAMED = 3


class ModelCode(Frozen):
    """Every *.py file of a folder as it was read, and the classes that its configs name.

    `auto_maps` holds what config.json and tokenizer_config.json say under `auto_map`.
    """

    name: str
    sources: dict[str, bytes]
    auto_maps: dict[str, Any]

    @property
    def digest(self) -> str:
        """The sha256 of names, bytes and named classes; weights do not count."""
        files = {name: hashlib.sha256(text).hexdigest() for name, text in self.sources.items()}
        whole = {"files": files, "auto_map": self.auto_maps}
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    @property
    def never(self) -> str:
        """Why no revision of it can be allowed, as a sentence; empty when one can."""
        named = sorted(set(_classes(self.auto_maps)))
        elsewhere = [one for one in named if "--" in one]
        if elsewhere:
            return (
                f"{self.name} takes its code from another repository: {elsewhere[0]}. Code that "
                "is not in the folder cannot be read beforehand, so it is never run. Choose "
                "another model."
            )
        lost = [file for file in map(file_of, named) if file not in self.sources]
        if lost:
            return (
                f"{self.name} brings its own code, but {lost[0]} is not in its folder. Copy or "
                "download the model again, or choose another."
            )
        return ""

    @property
    def told(self) -> str:
        """What it is, as a sentence with the short digest."""
        names = list(self.sources)
        more = len(names) - MOST_NAMED
        files = ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        return (
            f"{self.name} brings its own code: {files} (revision {short(self.digest)}). It runs "
            "only once this revision is allowed."
        )


def read_code(place: Path) -> ModelCode | None:
    """The code of a model folder; None when its configs name no class of their own."""
    auto_maps: dict[str, Any] = {}
    for name in (CONFIG, TOKENIZER_CONFIG):
        values = _read_record(place / name)
        if "auto_map" in values:
            auto_maps[name] = values["auto_map"]
    if not auto_maps:
        return None
    files = sorted(path for path in place.rglob("*.py") if path.is_file())
    sources = {path.relative_to(place).as_posix(): path.read_bytes() for path in files}
    return ModelCode(name=place.name, sources=sources, auto_maps=auto_maps)


def file_of(named: str) -> str:
    """The file of a class, such as modeling_x.py for modeling_x.Model."""
    return f"{named.rpartition('.')[0].replace('.', '/')}.py"


def short(digest: str) -> str:
    """A digest for the eye."""
    return digest[:SHORT]


def allowed_here() -> frozenset[str]:
    """Digests that whoever started this process lets it run."""
    return frozenset(one for one in os.environ.get(ALLOWED, "").split(",") if one)


def _classes(value: Any) -> Iterator[str]:
    """Every class that is named, however deep; what is no name at all counts as one."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _classes(one)
    elif value is not None:
        yield str(value)


def _read_record(path: Path) -> dict[str, Any]:
    """A JSON object; empty when it is missing or is none, which loading tells in its own words."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
