"""Which models' own code this person lets run: never a word of a project, a recipe or a job."""

import os

from studio import preferences
from studio.errors import StudioError
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


def unallowed_code(base_model: str) -> ModelCode | None:
    """The code that it brings along, where that may not run here."""
    code = code_of(base_model)
    if code is None or (code.digest in allowed() and not code.never):
        return None
    return code


def refusal(code: ModelCode) -> StudioError:
    """What is wrong, and what to do where there is no button to press."""
    if code.never:
        return StudioError(code.never)
    return StudioError(code.told, how_to_allow(code.digest))


def how_to_allow(digest: str) -> str:
    """The words that allow one revision on the command line."""
    return f"Read it, then allow it with: --trust-code {digest}"


def refuse_unallowed(reference: BaseModelReference) -> None:
    """Raise when the very code that a job was made with may not run here.

    Of code that has changed since, the worker says so itself.
    """
    code = unallowed_code(reference.folder or reference.name)
    if code is not None and code.digest == reference.trusted_code:
        raise refusal(code)


def refer_to(name: str, revision: str = "") -> BaseModelReference:
    """What a job carries for a base model; its own code is named only where it is allowed."""
    return catalogue.refer_to(name, revision, allowed_code=allowed())
