"""The composed captioner: any vision transformer, a projector, and any decoder that writes.

The picture's tokens stand before the text, as in the published captioner (seed S4).
"""

from typing import Any

import torch
from torch import nn
from transformers import GenerationMixin, LlavaConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from workers.models.layouts import leading_tokens
from workers.models.sight import FEATURES


class Captioner(PreTrainedModel, GenerationMixin):
    """`vision_tower`, `projector` and `language_model` as one model that writes.

    `features` [sample, image token, width] are what the tower sees, class token left out; the
    projector turns them into embeddings that stand wherever the ids are `image_token_id`. That id
    is no word of the vocabulary and gets no embedding of its own.
    """

    config_class = LlavaConfig
    main_input_name = "input_ids"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_attention_backend = True

    def __init__(
        self,
        config: LlavaConfig,
        tower: PreTrainedModel,
        projector: nn.Module,
        language: PreTrainedModel,
        *,
        sees_whole: bool,
    ) -> None:
        super().__init__(config)
        self.vision_tower = tower
        self.projector = projector
        self.language_model = language
        self.sees_whole = sees_whole
        self.generation_config = language.generation_config
        # A wrapper of modules that are there already settles on none, which reads masks otherwise.
        self.set_attn_implementation("sdpa")

    def get_input_embeddings(self) -> nn.Module:
        """The decoder's."""
        return self.language_model.get_input_embeddings()

    def get_output_embeddings(self) -> nn.Module:
        """The decoder's."""
        found: Any = self.language_model.get_output_embeddings()
        return found

    def see(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """What the tower makes of pictures [sample, 3, height, width]: [sample, token, width]."""
        seen = self.vision_tower(pixel_values=pixel_values).last_hidden_state
        return seen[:, leading_tokens(self.vision_tower.config) :]

    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        *,
        past_key_values: Any = None,
        pixel_values: torch.Tensor | None = None,
        features: torch.Tensor | None = None,
        logits_to_keep: int | torch.Tensor = 0,
        **options: Any,
    ) -> CausalLMOutputWithPast:
        """Logits of text that stands after pictures; either pixels or features for a first pass."""
        assert input_ids is not None
        options.pop("inputs_embeds", None)  # which peft names and leaves empty
        is_image = input_ids == self.config.image_token_id
        embeddings = self.get_input_embeddings()(input_ids.masked_fill(is_image, 0))
        if pixel_values is not None:
            features = self.see(pixel_values)
        if features is not None:
            weight = next(self.projector.parameters())
            projected = self.projector(features.to(weight.dtype)).to(embeddings.dtype)
            embeddings = embeddings.masked_scatter(is_image[..., None], projected)
        if features is not None and self.sees_whole:
            attention_mask = whole_image_mask(is_image, attention_mask)
        return self.language_model(
            inputs_embeds=embeddings,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            logits_to_keep=logits_to_keep,
            **options,
        )

    def prepare_inputs_for_generation(self, *given: Any, **model_kwargs: Any) -> dict[str, Any]:
        """The picture is read with the prompt, once; the last argument's name is looked for."""
        whole: Any = super()
        made = whole.prepare_inputs_for_generation(*given, **model_kwargs)
        if not model_kwargs.get("is_first_iteration"):
            made.pop(FEATURES, None)
            made.pop("pixel_values", None)
        return made


def whole_image_mask(is_image: torch.Tensor, padding: torch.Tensor | None) -> torch.Tensor:
    """Who attends whom, [sample, 1, row, column]: causal, and image tokens each other fully."""
    length = is_image.shape[1]
    places = torch.arange(length, device=is_image.device)
    mask = (places[None] <= places[:, None])[None] | (is_image[:, None, :] & is_image[:, :, None])
    if padding is not None:
        # A padded row sees itself: a row that saw nothing would give no number.
        own = torch.eye(length, dtype=torch.bool, device=is_image.device)
        mask = mask & padding[:, None, :].bool() | own
    return mask[:, None]


def make_projector(kind: str, seen: int, language: Any) -> nn.Module:
    """One linear layer, or two with a ReLU between, from the tower's width to the decoder's.

    Drawn so that what it gives is as large as the decoder's own embeddings: larger ones drown the
    words, and the first steps would only undo that.
    """
    embeddings = language.get_input_embeddings().weight
    written = embeddings.shape[1]
    first, last = nn.Linear(seen, written), nn.Linear(written, written)
    layers = [first] if kind == "linear" else [first, nn.ReLU(), last]
    if embeddings.device.type != "meta":
        scale = float(embeddings.detach().float().std())
        nn.init.normal_(layers[-1].weight, std=scale / layers[-1].in_features ** 0.5)
        nn.init.zeros_(layers[-1].bias)
    return layers[0] if len(layers) == 1 else nn.Sequential(*layers)
