"""CLIPScore: how near a caption lies to its picture for a CLIP model.

Hessel et al. (2021): 2.5 · max(cos, 0), the text after “A photo depicts”; seed S4 leaves that out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workers.contract.catalogue import refer_to
from workers.contract.events import Reason
from workers.models import features, loading
from workers.models.sight import load_processor
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

SCALE = 2.5
PREFIX = "A photo depicts "
TEXTS_AT_ONCE = 64


@dataclass(frozen=True)
class ClipScorer:
    """A CLIP model with what prepares pictures and words for it; picture features are kept.

    `prefix` stands before each caption.
    """

    model: Any
    tokenizer: Any
    processor: Any
    store: features.FeatureStore
    prefix: str
    device: str

    def score(
        self, pictures: "Sequence[tuple[str, Callable[[], Image]]]", captions: Sequence[str]
    ) -> list[float]:
        """2.5 · max(cos, 0) of each (sha256, how to open it) with its caption."""
        import torch
        from torch.nn.functional import cosine_similarity

        if not captions:
            return []
        with torch.inference_mode():
            seen = torch.stack([self._see(sha256, take) for sha256, take in pictures])
            near = cosine_similarity(seen.float(), self._read(captions).float())
            return score_of(near).tolist()

    def _see(self, sha256: str, take: "Callable[[], Image]") -> "torch.Tensor":
        def look() -> "torch.Tensor":
            pixels = self.processor(images=[take()], return_tensors="pt")["pixel_values"]
            found = self.model.get_image_features(pixel_values=pixels.to(self.device))
            return found.pooler_output[0].cpu()

        return self.store.of(sha256, look)

    def _read(self, captions: Sequence[str]) -> "torch.Tensor":
        import torch

        parts = []
        for start in range(0, len(captions), TEXTS_AT_ONCE):
            texts = [self.prefix + one for one in captions[start : start + TEXTS_AT_ONCE]]
            made = self.tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
            ids = {name: made[name].to(self.device) for name in ("input_ids", "attention_mask")}
            parts.append(self.model.get_text_features(**ids).pooler_output.cpu())
        return torch.cat(parts)


def score_of(cosines: "torch.Tensor") -> "torch.Tensor":
    """The score of cosines between pictures and texts: 0 to 2.5."""
    return SCALE * cosines.clamp(min=0)


def load_scorer(name: str, *, prefix: bool, device: str) -> ClipScorer:
    """The scorer of a CLIP model's short name or folder; Trouble for what is no CLIP."""
    reference = refer_to(name)
    config: Any = loading.load_config(reference)
    if config.model_type != "clip":
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"CLIPScore needs a CLIP model; {reference.title} is of type “{config.model_type}”.",
        )
    model, tokenizer = loading.load_encoder(reference, device=device)
    most = config.text_config.max_position_embeddings
    tokenizer.model_max_length = min(tokenizer.model_max_length, most)
    processor = load_processor(loading.find_weights(reference))
    whole: Any = model
    digest = f"clip/{processor.to_json_string()}"
    store = features.open_store(whole.vision_model, digest, whole.dtype)
    return ClipScorer(model, tokenizer, processor, store, PREFIX if prefix else "", device)
