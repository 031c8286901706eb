"""Models that see: a vision-language model as it comes, or one composed of tower and decoder."""

from typing import TYPE_CHECKING, Any

from workers.contract.catalogue import refer_to
from workers.contract.events import Reason
from workers.contract.families import COMPOSED, Family, Layout, find_family
from workers.contract.job import BaseModelReference, TrainingJob
from workers.contract.options import (
    QuantisationKind,
    QuantisationOptions,
    TrainingOptions,
    VisionOptions,
)
from workers.models import causal, loading, parts
from workers.models.bare import bare_model, class_for
from workers.models.layouts import tower_config
from workers.models.sight import Sight, load_processor
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase


def load_writer(
    job: TrainingJob, *, device: str
) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
    """The base model of a job that answers in words, with eyes where the task asks for them."""
    if job.options.vision is None:
        return causal.load_language_model(job.base_model, job.options, device=device)
    return (_compose if job.options.vision.tower_model else _load_whole)(job, device)


def empty_writer(job: TrainingJob) -> "PreTrainedModel":
    """The same architecture on the meta device: shapes without weights."""
    import torch

    vision = vision_of(job.options)
    config = loading.load_config(job.base_model)
    if not vision.tower_model:
        _usable_family(config.model_type)
        with torch.device("meta"), loading.sound_config(config.model_type):
            return _whole_class(config)(config)
    tower = _tower_config(_tower_reference(job))
    with torch.device("meta"), loading.sound_config(tower.model_type):
        return _join(
            _tower_class(tower)(tower), causal.language_model_class(config)(config), vision, token=0
        )


def load_tokenizer(job: TrainingJob) -> "PreTrainedTokenizerBase":
    """The base model's tokenizer; for our own captioners it learns a word for the picture."""
    from transformers import AddedToken

    tokenizer: Any = loading.load_tokenizer(job.base_model)
    if job.options.vision is not None:
        composed = bool(job.options.vision.tower_model)
        name = COMPOSED if composed else loading.load_config(job.base_model).model_type
        family = find_family(name)
        if family is not None and family.keeps_tower:
            tokenizer.add_tokens([AddedToken(family.token, special=True, normalized=False)])
    return tokenizer


def sight_of(job: TrainingJob, model: Any, tokenizer: "PreTrainedTokenizerBase") -> Sight:
    """How the loaded model of a job sees."""
    vision = vision_of(job.options)
    reference = _tower_reference(job) if vision.tower_model else job.base_model
    family, config = parts.family_of(model), bare_model(model).config
    token = _image_token(tokenizer, family.name)
    if not family.keeps_tower and token != config.image_token_id:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"The tokenizer writes {family.token} as {token:,}, and config.json expects "
            f"{config.image_token_id:,} for a picture: they belong to different models. Copy the "
            "model's own tokenizer beside its weights.",
        )
    return Sight(
        family=family,
        processor=load_processor(loading.find_weights(reference)),
        config=config,
        token=token,
        tiles=vision.tiles,
    )


def vision_of(options: TrainingOptions) -> VisionOptions:
    """The options of a model that sees; Trouble for another task's."""
    if options.vision is None:
        raise Trouble(Reason.BAD_OPTION, "This task has no pictures: choose the task picture.")
    return options.vision


def _compose(job: TrainingJob, device: str) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
    import torch

    vision, dtype = vision_of(job.options), causal.dtype_on(device, job.options)
    reference = _tower_reference(job)
    config = _tower_config(reference)
    language, _ = causal.load_language_model(job.base_model, job.options, device=device)
    tower = loading.load_weights(
        reference, _tower_class(config), config, _unquantised(job.options), device, dtype=dtype
    )
    tokenizer = load_tokenizer(job)
    loading.give_pad_token(tokenizer, language.config)
    torch.manual_seed(job.options.seed)
    model = _join(tower, language, vision, token=_image_token(tokenizer, COMPOSED))
    torch.manual_seed(job.options.seed)
    made: Any = model
    return made.to(device), tokenizer


def _join(tower: Any, language: Any, vision: VisionOptions, *, token: int) -> "PreTrainedModel":
    from transformers import LlavaConfig

    from workers.models.captioner import Captioner, make_projector

    made: Any = LlavaConfig
    config = made(vision_config=tower.config, text_config=language.config, image_token_id=token)
    projector = make_projector(vision.projector_kind, tower.config.hidden_size, language)
    projector.to(next(tower.parameters()).dtype)
    return Captioner(config, tower, projector, language, sees_whole=vision.sees_whole)


def _load_whole(job: TrainingJob, device: str) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
    config = loading.load_config(job.base_model)
    family = _usable_family(config.model_type)
    tokenizer = load_tokenizer(job)
    causal.eos_of(config, tokenizer)
    loading.give_pad_token(tokenizer, config.get_text_config())
    if family.layout == Layout.CROSSED:
        config.image_token_id = _image_token(tokenizer, family.name)
    model = loading.load_weights(
        job.base_model,
        _whole_class(config),
        config,
        job.options,
        device,
        dtype=causal.dtype_on(device, job.options),
        unquantised=(*family.tower, *family.projector),
    )
    if job.options.quantisation.kind == QuantisationKind.NONE:
        return model.to(device), tokenizer
    return loading.make_trainable(model), tokenizer


def _usable_family(model_type: str) -> Family:
    """The family of a config's model type; Trouble for one whose image tokens are not proven."""
    family = parts.known_family(model_type)
    if not family.proven:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"{family.title} is not supported: where each of its image tokens lies is not proven. "
            "Put a vision model before a language model instead, or choose a model of another "
            "family.",
        )
    return family


def _whole_class(config: "PretrainedConfig") -> Any:
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING as KNOWN,
    )

    family = find_family(config.model_type)
    if family is not None and family.layout == Layout.CROSSED:
        from workers.models import crossed

        return crossed.CLASSES[config.model_type]
    return class_for(config, KNOWN, "has no form that answers about pictures")


def _tower_config(reference: BaseModelReference) -> Any:
    """A vision transformer's architecture, also where it is one half of a model such as CLIP."""
    return tower_config(loading.load_config(reference))


def _tower_class(config: "PretrainedConfig") -> Any:
    from transformers.models.auto.modeling_auto import MODEL_MAPPING as KNOWN

    known = KNOWN if hasattr(config, "patch_size") else {}
    return class_for(config, known, "is no vision transformer")


def _image_token(tokenizer: Any, name: str) -> int:
    """The id of the word that stands for one image token of a family."""
    family = find_family(name)
    assert family is not None
    found = tokenizer.convert_tokens_to_ids(family.token)
    if found not in tokenizer(family.token, add_special_tokens=False)["input_ids"] or (
        found == tokenizer.unk_token_id
    ):
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"The tokenizer does not know {family.token}, which stands for a picture of "
            f"{family.title}. Copy the model's own tokenizer beside its weights.",
        )
    return int(found)


def _tower_reference(job: TrainingJob) -> BaseModelReference:
    return job.tower_model or refer_to(vision_of(job.options).tower_model)


def _unquantised(options: TrainingOptions) -> TrainingOptions:
    """The vision tower is small, and always loaded as it is."""
    return options.model_copy(update={"quantisation": QuantisationOptions()})
