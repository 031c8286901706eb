"""A model's own code: refused unless this very revision is allowed; then run from a copy of it.

transformers is never told to trust a folder: it would read the files once more, after they were
checked, and keep a copy that a later process might run. The classes come from here instead.
"""

import importlib
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.job import BaseModelReference
from workers.contract.model_code import CONFIG, ModelCode, allowed_here, read_code, short
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from transformers import PretrainedConfig


def allowed_code(reference: BaseModelReference, place: Path) -> ModelCode | None:
    """The code that a folder brings, when it may run; None when it brings none.

    Trouble unless both the job and whoever started this process allow the digest as read now.
    """
    code = read_code(place)
    if code is None:
        return None
    if code.never:
        raise Trouble(Reason.MODEL_NOT_TRUSTED, code.never)
    digest = code.digest
    if reference.trusted_code and reference.trusted_code != digest:
        raise Trouble(
            Reason.MODEL_NOT_TRUSTED,
            f"The code of {code.name} has changed since it was allowed: allowed was revision "
            f"{short(reference.trusted_code)}, the folder now has {short(digest)}. Read what "
            "changed, allow it anew and start a new run.",
        )
    if digest not in allowed_here():
        raise Trouble(
            Reason.MODEL_NOT_TRUSTED,
            f"{code.told} Read it, then allow it on the Recipe page, or with --trust-code on the "
            "command line.",
        )
    if not reference.trusted_code:
        raise Trouble(
            Reason.MODEL_NOT_TRUSTED,
            f"{code.told} It is now, but was not when this run was made: start a new run.",
        )
    return code


def own_class(code: ModelCode | None, auto_class: str, named_in: str = CONFIG) -> Any:
    """The folder's own class for an auto class such as AutoConfig; None where it names none."""
    named = code.auto_maps.get(named_in) if code else None
    if isinstance(named, dict):
        named = named.get(auto_class)
    if isinstance(named, list):  # a tokenizer's slow class, then its fast one
        named = next((one for one in reversed(named) if one), None)
    if code is None or not isinstance(named, str):
        return None
    module, _, name = named.rpartition(".")
    try:
        return getattr(importlib.import_module(f"{_package(code)}.{module}"), name)
    except (ImportError, AttributeError, SyntaxError) as error:
        said = " ".join(str(error).split())
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED, f"The code of {code.name} cannot be loaded: {said}"
        ) from error


def with_own_models(code: ModelCode, config: "PretrainedConfig") -> "PretrainedConfig":
    """The config, which from now on stands for the folder's own models where it has some."""
    from transformers.models.auto import modeling_auto

    mappings = {
        "AutoModel": modeling_auto.MODEL_MAPPING,
        "AutoModelForCausalLM": modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING,
        "AutoModelForImageTextToText": modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING,
        "AutoModelForSequenceClassification": (
            modeling_auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING
        ),
    }
    found = {name: own_class(code, name) for name in mappings}
    if any(found.values()) and type(config).__module__.startswith("transformers."):
        # A class of its own: other models of this process keep the one of transformers.
        config.__class__ = _apart(type(config), code.digest)
    for name, model_class in found.items():
        if model_class is not None:
            mappings[name].register(type(config), model_class, exist_ok=True)
    return config


@lru_cache
def _apart(kind: type, digest: str) -> type:
    return type(kind.__name__, (kind,), {"__module__": _name(digest)})


def _name(digest: str) -> str:
    return f"model_code_{digest}"


def _package(code: ModelCode) -> str:
    """The name of a package with exactly the files that were read, made once a process."""
    name = _name(code.digest)
    if name not in sys.modules:
        copy = tempfile.TemporaryDirectory(prefix="traffic-studio-code-")
        for file, source in code.sources.items():
            path = Path(copy.name) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source)
        package = ModuleType(name)
        package.__path__ = [copy.name]
        package.copy = copy  # type: ignore[attr-defined] - gone with the process
        sys.modules[name] = package
    return name
