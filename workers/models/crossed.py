"""Captioners that read pictures beside their text, by cross-attention: ViT and GPT-2, BLIP.

To the rest of the program a picture is a run of image tokens in the ids, as with every family. Here
the last of them becomes the start token that these models write behind, and the others are dropped:
the decoder reads all of them beside its text.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import pad
from transformers import (
    BlipForConditionalGeneration,
    StoppingCriteriaList,
    VisionEncoderDecoderModel,
)

if TYPE_CHECKING:
    from transformers.modeling_outputs import CausalLMOutputWithCrossAttentions

_NONE = -1  # no id is this one


class _Crossed:
    """What both have in common; `features` [sample, image token, width] are what the tower sees.

    `see` makes them of pictures [sample, 3, height, width].
    """

    config: Any
    language_model: Any
    see: Callable[[torch.Tensor], torch.Tensor]

    def __init__(self, config: Any, *given: Any, **named: Any) -> None:
        if getattr(config, "image_token_id", None) is None:
            config.image_token_id = _NONE
        whole: Any = super()
        whole.__init__(config, *given, **named)

    def project(self, features: torch.Tensor) -> torch.Tensor:
        """What the decoder reads of them."""
        return features

    @property
    def start(self) -> int:
        """The token that the first word is written behind, whatever the tokenizer's first is."""
        named = getattr(self.config, "decoder_start_token_id", None)
        return self.config.get_text_config().bos_token_id if named is None else named

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        *,
        pixel_values: torch.Tensor | None = None,
        features: torch.Tensor | None = None,
        logits_to_keep: int | torch.Tensor = 0,
        **options: Any,
    ) -> "CausalLMOutputWithCrossAttentions":
        """Logits at the places of the ids; without pixels or features the text alone is read."""
        kept = self._kept(input_ids)
        options = {name: value for name, value in options.items() if value is not None}
        options["use_cache"] = False
        return self.language_model(
            **self._beside(input_ids, attention_mask, kept, pixel_values, features),
            logits_to_keep=_moved(logits_to_keep, kept),
            **options,
        )

    def generate(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        *,
        pixel_values: torch.Tensor | None = None,
        features: torch.Tensor | None = None,
        stopping_criteria: Any = (),
        **options: Any,
    ) -> torch.Tensor:
        """The ids with what is written behind them."""
        kept = self._kept(input_ids)
        given = self._beside(input_ids, attention_mask, kept, pixel_values, features)
        length = given["input_ids"].shape[1]
        before = input_ids.shape[1] - length
        shifted = [_Shifted(one, before) for one in stopping_criteria]
        found = self.language_model.generate(
            **given, stopping_criteria=StoppingCriteriaList(shifted), **options
        )
        return torch.cat([input_ids, found[:, length:]], dim=1)

    def _kept(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Of each row all but its image tokens before the last."""
        is_image = input_ids == self.config.image_token_id
        return ~is_image | (is_image.cumsum(1) == is_image.sum(1, keepdim=True))

    def _beside(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None,
        kept: torch.Tensor,
        pixel_values: torch.Tensor | None,
        features: torch.Tensor | None,
    ) -> dict[str, torch.Tensor]:
        """The decoder's arguments: its text, and what it reads beside it."""
        is_image = input_ids == self.config.image_token_id
        given = {"input_ids": _rows(input_ids.masked_fill(is_image, self.start), kept)}
        if attention_mask is not None:
            given["attention_mask"] = _rows(attention_mask, kept)
        if pixel_values is not None:
            features = self.see(pixel_values)
        if features is not None:
            weight = next(self.language_model.parameters())
            given["encoder_hidden_states"] = self.project(features.to(weight.dtype))
        return given


class VitGpt2(_Crossed, VisionEncoderDecoderModel):  # type: ignore[override] - another contract
    """A vision transformer and a decoder of transformers, such as GPT-2."""

    @property
    def language_model(self) -> Any:
        """The decoder."""
        return self.decoder

    def see(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """[sample, token, width], the class token first."""
        tower: Any = self.encoder
        return tower(pixel_values=pixel_values).last_hidden_state

    def project(self, features: torch.Tensor) -> torch.Tensor:
        """To the decoder's width where that is another."""
        return self.enc_to_dec_proj(features) if hasattr(self, "enc_to_dec_proj") else features


class Blip(_Crossed, BlipForConditionalGeneration):  # type: ignore[override] - another contract
    """BLIP for captions."""

    @property
    def language_model(self) -> Any:
        """The decoder."""
        return self.text_decoder

    def see(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """[sample, token, width], the class token first."""
        return self.vision_model(pixel_values=pixel_values).last_hidden_state


CLASSES = {"vision-encoder-decoder": VitGpt2, "blip": Blip}


class _Shifted:
    """A criterion that counts places in the ids as they were given."""

    def __init__(self, criterion: Any, before: int) -> None:
        self._criterion, self._before = criterion, before

    def __call__(self, tokens: torch.Tensor, scores: Any, **named: Any) -> Any:
        return self._criterion(pad(tokens, (self._before, 0)), scores, **named)


def _rows(values: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """What is kept of each row; all rows keep as many."""
    return values[kept].view(len(values), -1)


def _moved(keep: int | torch.Tensor, kept: torch.Tensor) -> int | torch.Tensor:
    """A mask or places whose logits are kept, or how many of the last: among what is left."""
    if isinstance(keep, int):
        return keep
    if keep.dtype == torch.bool:
        return _rows(keep, kept)
    return keep - int((~kept[0]).sum())
