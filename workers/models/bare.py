"""The model itself, and its class: what every reader of a loaded or empty model asks first."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from transformers import PretrainedConfig


def bare_model(model: Any) -> Any:
    """The model itself, below any adapter."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def class_for(config: "PretrainedConfig", known: Mapping[Any, Any], refusal: str) -> Any:
    """The class that one of transformers' mappings has for a config; Trouble when it has none.

    `refusal` goes on behind the config's model type: “has no form that classifies text”.
    """
    if type(config) not in known:
        raise Trouble(Reason.MODEL_NOT_SUPPORTED, f"“{config.model_type}” {refusal}.")
    found = known[type(config)]
    return found[0] if isinstance(found, tuple) else found
