"""What this person prefers, kept beside no project: theme, text size, keys, recent projects."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

RECENTS_KEPT = 12


class Recent(BaseModel):
    """A project that was open; `opened_at` in seconds since 1970.

    `pictures` are hashes of images whose thumbnails are likely kept; `running` is the folder of
    the run that went on when the project was closed, `epochs` how many that run has.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    opened_at: float
    samples: int = 0
    runs: int = 0
    best: str = ""
    pictures: tuple[str, ...] = ()
    running: str = ""
    epochs: int = 0


class TrustedCode(BaseModel):
    """One revision of a model's own code that may run; `allowed_at` in seconds since 1970."""

    model_config = ConfigDict(frozen=True)

    digest: str
    model: str
    allowed_at: float


class Preferences(BaseModel):
    """Everything kept; unknown names of newer versions are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    theme: str = "system"
    text_size: float = 1.0
    reduce_motion: bool = False
    stronger_lines: bool = False
    keys: dict[str, str] = {}
    recents: tuple[Recent, ...] = ()
    dock_widths: dict[str, tuple[int, int]] = {}
    folded: tuple[str, ...] = ()
    heat_colours: str = "inferno"
    window: tuple[int, int, int, int] | None = None
    trusted_code: tuple[TrustedCode, ...] = ()


def folder() -> Path:
    """TRAFFIC_STUDIO_CONFIG, or the user's folder for settings."""
    chosen = os.environ.get("TRAFFIC_STUDIO_CONFIG")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        settings = Path(os.environ.get("APPDATA", str(Path.home())))
    elif sys.platform == "darwin":
        settings = Path.home() / "Library" / "Application Support"
    else:
        settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return settings / "traffic-studio"


def load() -> Preferences:
    """What is kept; a missing or spoilt file gives the defaults."""
    try:
        return Preferences.model_validate(json.loads(_file().read_text("utf-8")))
    except (OSError, ValueError, ValidationError):
        return Preferences()


def change(**values: Any) -> Preferences:
    """Keep some values anew and return all; a folder that cannot be written keeps nothing."""
    changed = load().model_copy(update=values)
    target = _file()
    aside = target.with_suffix(f".{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(changed.model_dump_json(indent=1), "utf-8")
        os.replace(aside, target)
    except OSError as error:
        print(f"Preferences could not be kept: {error}", file=sys.stderr)  # noqa: T201
    return changed


def remember_recent(recent: Recent) -> None:
    """Put a project first in the list of recent ones."""
    others = [known for known in load().recents if known.path != recent.path]
    change(recents=(recent, *others)[:RECENTS_KEPT])


def forget_recent(path: str) -> None:
    """Take a project off the list; its file stays."""
    change(recents=tuple(known for known in load().recents if known.path != path))


def trust_code(trusted: TrustedCode) -> None:
    """Let one revision of a model's own code run, from now on and for every project."""
    others = [known for known in load().trusted_code if known.digest != trusted.digest]
    change(trusted_code=(*others, trusted))


def distrust_code(digest: str) -> None:
    """Let it run no more; what is running goes on."""
    change(trusted_code=tuple(one for one in load().trusted_code if one.digest != digest))


def _file() -> Path:
    return folder() / "preferences.json"
