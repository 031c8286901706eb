"""Base models from a folder on this machine: safetensors only, and no code that is not allowed."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers.contract import catalogue, folder
from workers.contract.events import Reason
from workers.contract.job import BaseModelReference, TrainingJob
from workers.contract.model_code import CONFIG, TOKENIZER_CONFIG
from workers.contract.options import Precision, QuantisationKind, TrainingOptions
from workers.models import adapters, checkpoints, own_code
from workers.models.bare import class_for
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PretrainedConfig, PreTrainedTokenizerBase

# Patterns over full names: a plain “pooler” would not reach the layer inside bert.pooler.
NEVER_QUANTISED = tuple(
    rf"(.*\.)?{name}" for name in ("classifier", "pooler", "score", "cls", *adapters.OUTPUT_NAMES)
)
# What a config.json could use to run foreign code, or to choose a kernel in our place.
SCRUBBED = (
    "_attn_implementation",
    "_attn_implementation_internal",
    "attn_implementation",
    "auto_map",
)
# More layers than any model has: such a config.json would only fill the memory.
MOST_LAYERS = 1000
VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model")
AGAIN = "Copy or download the model again, or choose another."


def load_classifier(
    reference: BaseModelReference,
    labels: tuple[str, ...],
    options: TrainingOptions,
    *,
    device: str = "cpu",
) -> tuple["nn.Module", "PreTrainedTokenizerBase"]:
    """The base model with a fresh head (seeded by the options) and its tokenizer; nothing frozen.

    Leaves torch's global RNG in a state that depends on the options' random seed only.
    """
    import torch

    config = load_config(reference, labels)
    tokenizer = load_tokenizer(reference)
    give_pad_token(tokenizer, config)
    empty_classifier(config)  # refuses what the config contradicts, before any weight is read
    torch.manual_seed(options.seed)
    model = load_weights(reference, _classifier_class(config), config, options, device)
    torch.manual_seed(options.seed)
    if options.quantisation.kind == QuantisationKind.NONE:
        return model.to(device), tokenizer
    return make_trainable(model), tokenizer


def load_trained(
    run_folder: Path, checkpoint: str = "best", *, device: str = "cpu"
) -> tuple["nn.Module", "PreTrainedTokenizerBase", TrainingJob]:
    """Base model, trained weights and head of a run's checkpoint (best, last or a step).

    A language model or a classifier, as the run's task says; in evaluation mode, with nothing
    that requires gradients.
    """
    from workers.models import seeing  # which is built on this module

    job = folder.load_job(run_folder)
    if not isinstance(job, TrainingJob):
        raise Trouble(Reason.BAD_CHECKPOINT, f"{run_folder.name} is not the folder of a training.")
    try:
        step = folder.chosen_step(run_folder, checkpoint)
    except FileNotFoundError as error:
        raise Trouble(Reason.BAD_CHECKPOINT, str(error)) from error
    model: nn.Module
    if job.options.task.writes:
        model, tokenizer = seeing.load_writer(job, device=device)
    else:
        model, tokenizer = load_classifier(job.base_model, job.labels, job.options, device=device)
    model = adapters.prepare(model, job.options)
    checkpoints.load_weights(model, folder.checkpoint_folder(run_folder, step))
    return model.requires_grad_(False).eval(), tokenizer, job


def make_trainable(model: "nn.Module") -> Any:
    """Let gradients flow through a model whose frozen weights were loaded quantised."""
    from peft import prepare_model_for_kbit_training

    # The first evaluation would repack the weights for a kernel that has no gradient.
    choose_kernels(model, fastest=False)
    return prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)


def choose_kernels(model: "nn.Module", *, fastest: bool) -> None:
    """Let NF4 layers use the processor's bf16 kernels, which only infer, or keep them from it.

    A plain load uses them where the processor has them, and answers differ in the fourth digit.
    """
    from bitsandbytes.functional import has_avx512bf16

    used: Any = fastest and has_avx512bf16()
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = used


def load_encoder(
    reference: BaseModelReference, *, device: str = "cpu"
) -> tuple["nn.Module", "PreTrainedTokenizerBase"]:
    """The base model without a head, frozen and in evaluation mode, with its tokenizer."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModel

    config = load_config(reference)
    tokenizer = load_tokenizer(reference)
    give_pad_token(tokenizer, config)
    place = find_weights(reference)
    try:
        model = AutoModel.from_pretrained(
            place,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    except (OSError, SafetensorError) as error:
        raise _unreadable(place, error) from error
    return model.requires_grad_(False).eval().to(device), tokenizer


def load_tokenizer(reference: BaseModelReference) -> "PreTrainedTokenizerBase":
    """The base model's tokenizer."""
    from transformers import AutoTokenizer

    place = find_weights(reference)
    _read_record(place / TOKENIZER_CONFIG)
    code = own_code.allowed_code(reference, place)
    if not any((place / name).is_file() for name in VOCABULARIES):
        # Without one, transformers would make a tokenizer that knows no word at all.
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"{place.name} has no tokenizer: none of {', '.join(VOCABULARIES)} is in it. "
            "Copy the tokenizer's files beside the weights.",
        )
    own = own_code.own_class(code, "AutoTokenizer", TOKENIZER_CONFIG)
    try:
        if own is not None:
            return own.from_pretrained(place, local_files_only=True)
        return AutoTokenizer.from_pretrained(
            place,
            # The folder's own config: that of transformers may go by the same name and not fit.
            config=load_config(reference) if code is not None else None,
            trust_remote_code=False,
            local_files_only=True,
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        said = " ".join(str(error).split())
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"No tokenizer can be made from {place.name}. {AGAIN} Told: {said}",
        ) from error


def load_config(reference: BaseModelReference, labels: tuple[str, ...] = ()) -> "PretrainedConfig":
    """The base model's architecture with our labels; needs no weights."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    place = Path(reference.folder) if reference.folder else None
    if place is None or not (place / CONFIG).is_file():
        place = catalogue.config_folder(reference.name)
    if place is None:
        raise _not_found(reference)
    values = _read_record(place / CONFIG)
    code = own_code.allowed_code(reference, place)
    kind = values.pop("model_type", "")
    own = own_code.own_class(code, "AutoConfig")
    if own is None and kind not in CONFIG_MAPPING:
        raise Trouble(Reason.MODEL_NOT_SUPPORTED, f"Models of type “{kind}” are not known here.")
    if "quantization_config" in values:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            "These weights were stored quantised. Take the plain ones and choose a quantisation.",
        )
    for name in (*SCRUBBED, "id2label", "label2id", "num_labels", "problem_type"):
        values.pop(name, None)
    config = _make_config(own or CONFIG_MAPPING[kind], values, place)
    if code is not None:
        config = own_code.with_own_models(code, config)
    if labels:
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: index for index, label in enumerate(labels)}
    return config


def empty_classifier(config: "PretrainedConfig") -> "nn.Module":
    """The architecture with its head on the meta device: shapes without weights."""
    import torch

    with torch.device("meta"), sound_config(config.model_type):
        return _classifier_class(config)(config)


def find_weights(reference: BaseModelReference) -> Path:
    """The folder that holds the weights, after it was found fit to load."""
    place = Path(reference.folder) if reference.folder else None
    if place is None or not place.is_dir():
        place = catalogue.weights_folder(reference.name) or Path(reference.name).expanduser()
    if not (place / "config.json").is_file():
        raise _not_found(reference)
    if not any(place.glob("*.safetensors")):
        if pickled := catalogue.why_pickled(place):
            raise Trouble(Reason.MODEL_NOT_TRUSTED, pickled)
        raise _not_found(reference)
    return place


def longest_input(model: "nn.Module") -> int:
    """The most tokens that the model takes."""
    config: Any = model.config
    config = config.get_text_config()
    positions = getattr(config, "max_position_embeddings", None) or 1_000_000
    if "roberta" in config.model_type or config.model_type == "camembert":
        positions -= (config.pad_token_id or 0) + 1
    return positions


def choose_device() -> str:
    """A GPU when there is one."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _make_config(kind: Any, values: dict[str, Any], place: Path) -> "PretrainedConfig":
    with sound_config(place.name):
        config = kind.from_dict(values)
    if (getattr(config, "num_hidden_layers", None) or 0) > MOST_LAYERS:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"config.json of {place.name} asks for {config.num_hidden_layers:,} layers; no model "
            f"has more than {MOST_LAYERS:,}.",
        )
    return config


@contextmanager
def sound_config(name: str) -> Iterator[None]:
    """Tell values of a config.json that contradict each other as a sentence."""
    from huggingface_hub.errors import StrictDataclassError

    try:
        yield
    except (TypeError, ValueError, ZeroDivisionError, StrictDataclassError) as error:
        said = " ".join(str(error).split())
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED, f"config.json of {name} cannot be used: {said}"
        ) from error


def load_weights(
    reference: BaseModelReference,
    model_class: Any,
    config: "PretrainedConfig",
    options: TrainingOptions,
    device: str,
    *,
    dtype: "torch.dtype | None" = None,
    unquantised: tuple[str, ...] = (),
) -> Any:
    """The model of a class with its weights from safetensors, quantised as the options say.

    `unquantised` are modules that are loaded as they are whatever those say. A new classifier head
    is drawn from torch's global RNG; any other gap is refused.
    """
    import torch
    from safetensors import SafetensorError

    place = find_weights(reference)
    extra: dict[str, Any] = {}
    if options.quantisation.kind != QuantisationKind.NONE:
        extra = {
            "quantization_config": _quantisation(options, unquantised),
            "device_map": {"": device},
        }
    try:
        model, info = model_class.from_pretrained(
            place,
            config=config,
            dtype=dtype or torch.float32,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **extra,
        )
    except (OSError, SafetensorError) as error:
        raise _unreadable(place, error) from error
    _refuse_gaps(place, info)
    return model


def _refuse_gaps(place: Path, info: dict[str, Any]) -> None:
    """Every tensor of the encoder must come from the file; the head is new by intention."""
    other = [key[0] if isinstance(key, tuple) else key for key in info["mismatched_keys"]]
    for names, what in ((info["missing_keys"], "missing"), (other, "of another shape")):
        lost = sorted(one for one in names if "pooler" not in one and not adapters.is_head(one))
        if lost:
            raise Trouble(
                Reason.MODEL_NOT_SUPPORTED,
                f"The weights in {place.name} do not fit its config.json: {len(lost)} "
                f"{'tensor is' if len(lost) == 1 else 'tensors are'} {what}, the first is "
                f"{lost[0]}. {AGAIN}",
            )


def _classifier_class(config: "PretrainedConfig") -> Any:
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING as KNOWN,
    )

    return class_for(config, KNOWN, "has no form that classifies text")


def _quantisation(options: TrainingOptions, unquantised: tuple[str, ...]) -> Any:
    import torch
    from transformers import BitsAndBytesConfig

    adapters.refuse_quantised_training(options)
    skipped = [*NEVER_QUANTISED, *map(re.escape, unquantised)]
    if options.quantisation.kind == QuantisationKind.INT8:
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=skipped)
    computed = torch.float32 if options.precision == Precision.FP32 else torch.bfloat16
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=options.quantisation.double,
        bnb_4bit_compute_dtype=computed,
        llm_int8_skip_modules=skipped,
    )


def _read_record(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED, f"{path.name} of the base model is not JSON: {error}"
        ) from error
    if not isinstance(values, dict):
        raise Trouble(Reason.MODEL_NOT_SUPPORTED, f"{path.name} of the base model is no record.")
    return values


def give_pad_token(tokenizer: "PreTrainedTokenizerBase", config: "PretrainedConfig") -> None:
    """Let the end token fill up batches where the tokenizer has no pad token."""
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    config.pad_token_id = tokenizer.pad_token_id


def _unreadable(place: Path, error: Exception) -> Trouble:
    said = " ".join(str(error).split())
    return Trouble(
        Reason.MODEL_NOT_FOUND, f"The weights in {place.name} cannot be read. {AGAIN} Told: {said}"
    )


def _not_found(reference: BaseModelReference) -> Trouble:
    entry = catalogue.find_entry(reference.name)
    hint = (
        entry.by_hand or f"Get it with: python main.py models get {entry.name}"
        if entry
        else "Give a folder with config.json and weights in safetensors."
    )
    return Trouble(
        Reason.MODEL_NOT_FOUND, f"The base model “{reference.name}” is not on this computer. {hint}"
    )
