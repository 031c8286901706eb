"""A problem as a value: what is wrong, how bad it is, and the ways out of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """Whether a training can start all the same."""

    ERROR = "error"
    WARNING = "warning"


class FixAction(StrEnum):
    """What a fix does when it is pressed."""

    SPLIT = "split"
    GET_MODEL = "get_model"
    SET_OPTIONS = "set_options"
    SHOW_SAMPLES = "show_samples"
    IMPORT = "import"
    ALLOW_CODE = "allow_code"


@dataclass(frozen=True)
class Fix:
    """A way out: words for its button, and what pressing it means."""

    text: str
    action: FixAction
    query: str = ""
    base_model: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    digest: str = ""


@dataclass(frozen=True)
class Problem:
    """Something wrong, and the dotted name of the option it belongs to; empty for the data."""

    option: str
    message: str
    severity: Severity
    fixes: tuple[Fix, ...] = ()
