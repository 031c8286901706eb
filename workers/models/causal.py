"""Language models from a folder on this machine, ready to be tuned or asked."""

from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.families import find_family
from workers.contract.job import BaseModelReference
from workers.contract.options import Method, Precision, QuantisationKind, TrainingOptions
from workers.models import loading
from workers.models.bare import class_for
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase


def load_language_model(
    reference: BaseModelReference, options: TrainingOptions, *, device: str = "cpu"
) -> tuple["PreTrainedModel", "PreTrainedTokenizerBase"]:
    """The base model with its own output layer, and its tokenizer; nothing frozen.

    Leaves torch's global RNG in a state that depends on the options' random seed only.
    """
    import torch

    config = loading.load_config(reference)
    tokenizer = loading.load_tokenizer(reference)
    eos_of(config, tokenizer)  # refuses a model that could never end an answer
    loading.give_pad_token(tokenizer, config)
    empty_language_model(config)  # refuses what the config contradicts, before any weight is read
    torch.manual_seed(options.seed)
    made, dtype = language_model_class(config), dtype_on(device, options)
    model = loading.load_weights(reference, made, config, options, device, dtype=dtype)
    torch.manual_seed(options.seed)
    if options.quantisation.kind == QuantisationKind.NONE:
        return model.to(device), tokenizer
    return loading.make_trainable(model), tokenizer


def eos_of(config: "PretrainedConfig", tokenizer: "PreTrainedTokenizerBase") -> int:
    """The token that ends an answer: the config's, or the tokenizer's where it names several."""
    family = find_family(config.model_type)
    named = family.end if family else "eos_token_id"
    ends: Any = getattr(config.get_text_config(), named, None)
    own: Any = tokenizer.eos_token_id
    if isinstance(ends, list | tuple):
        ends = own if own in ends else next(iter(ends), None)
    chosen = own if ends is None else ends
    if chosen is None:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            "Neither the model nor its tokenizer names an end token: an answer would never end. "
            "Name its eos_token in tokenizer_config.json, or choose another model.",
        )
    return int(chosen)


def empty_language_model(config: "PretrainedConfig") -> "PreTrainedModel":
    """The architecture on the meta device: shapes without weights."""
    import torch

    with torch.device("meta"), loading.sound_config(config.model_type):
        return language_model_class(config)(config)


def language_model_class(config: "PretrainedConfig") -> Any:
    """The class of transformers that answers in words; Trouble when there is none."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING as KNOWN

    return class_for(config, KNOWN, "has no form that answers in words")


def weight_dtype(options: TrainingOptions) -> "torch.dtype":
    """Number format of the loaded weights: frozen ones may be stored in the computation's."""
    import torch

    whole = options.method != Method.LORA and options.vision is None
    if whole or options.precision == Precision.FP32:
        return torch.float32
    return torch.bfloat16 if options.precision == Precision.BF16 else torch.float16


def dtype_on(device: str, options: TrainingOptions) -> "torch.dtype":
    """The same on a device: a processor computes in bf16 instead of fp16."""
    import torch

    dtype = weight_dtype(options)
    return torch.bfloat16 if device == "cpu" and dtype == torch.float16 else dtype
