"""Which models' own code this person lets run: never a word of a project, a recipe or a job."""

import os

from studio import preferences
from workers.contract import catalogue
from workers.contract.job import BaseModelReference
from workers.contract.model_code import ALLOWED, ModelCode, allowed_here, read_code


def allowed() -> frozenset[str]:
    """Digests kept in the preferences, and those that this program was started with."""
    return allowed_here() | {one.digest for one in preferences.load().trusted_code}


def allow_for_now(digest: str) -> None:
    """Let one revision run until this program ends, kept nowhere."""
    os.environ[ALLOWED] = ",".join(sorted(allowed_here() | {digest}))


def code_of(base_model: str) -> ModelCode | None:
    """The code that a base model on this computer brings along."""
    folder = catalogue.weights_folder(base_model)
    return read_code(folder) if folder else None


def refer_to(name: str, revision: str = "") -> BaseModelReference:
    """What a job carries for a base model; its own code is named only where it is allowed."""
    return catalogue.refer_to(name, revision, allowed_code=allowed())
