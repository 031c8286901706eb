"""Attention maps beside SDPA: the output stays SDPA's, the probabilities are computed once more."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, NoReturn, Self

import torch
from torch import nn
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from workers.models.bare import bare_model
from workers.models.probabilities import Scores
from workers.models.rolling import Rollout

NAME = "sdpa_capture"


class CaptureUnsupportedError(ValueError):
    """The model computes attention in a way that cannot be listened to."""


class Capture:
    """While entered, every attention of the model leaves its probabilities in `maps`.

    `maps` holds, by module name in the order called, arrays [batch, head, row, column] on the
    processor. `rows` keeps only those query positions; None keeps all. Capture in evaluation mode
    and without a cache: a row's number is its place in the sequence passed. `is_wanted` says of
    which modules, by name, maps are kept, and a `rollout` gets the same ones.
    """

    def __init__(
        self,
        model: Any,
        rows: Sequence[int] | None = None,
        is_wanted: Callable[[str], bool] = lambda _: True,
        *,
        kept_as: torch.dtype = torch.float32,
        rollout: Rollout | None = None,
    ) -> None:
        self.maps: dict[str, torch.Tensor] = {}
        self._model = bare_model(model)
        self._is_wanted = is_wanted
        self._kept_as = kept_as
        self._rollout = rollout
        self._rows = None if rows is None else torch.tensor(list(rows), dtype=torch.long)
        self._names: dict[int, str] = {}
        self._before = "sdpa"

    def __enter__(self) -> Self:
        # Without the mask function of the same name, padding would be ignored without a word.
        AttentionMaskInterface.register(NAME, sdpa_mask)
        AttentionInterface.register(NAME, self._attend)
        self._names = {id(module): name for name, module in self._model.named_modules()}
        self._before = self._model.config._attn_implementation
        try:
            self._model.set_attn_implementation(NAME)
        except ValueError:  # such as Gemma 2, whose scores have a cap that SDPA knows nothing of
            self._refuse()
        if self._model.config._attn_implementation != NAME:
            self._refuse()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._model.set_attn_implementation(self._before)

    def _refuse(self) -> NoReturn:
        kind = type(self._model).__name__
        raise CaptureUnsupportedError(
            f"Attention of {kind} cannot be captured: it is not computed as scaled dot products."
        )

    def take(self) -> dict[str, torch.Tensor]:
        """The maps since the last call, and start afresh; raises when nothing was captured."""
        if not self.maps:
            kind = type(self._model).__name__
            raise CaptureUnsupportedError(f"{kind} made no attention that could be captured.")
        maps, self.maps = self.maps, {}
        return maps

    def _attend(
        self,
        module: nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: torch.Tensor | None,
        **options: Any,
    ) -> tuple[torch.Tensor, None]:
        name = self._names.get(id(module), f"attention.{len(self.maps)}")
        if self._is_wanted(name):
            causal = _is_causal(module, options)
            scores = Scores(query, key, attention_mask, causal, options.get("scaling"))
            self.maps[name] = scores.rows(self._rows).to("cpu", self._kept_as)
            if self._rollout is not None:
                self._rollout.add(scores)
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)


def _is_causal(module: nn.Module, options: dict[str, Any]) -> bool:
    given = options.get("is_causal")
    return bool(getattr(module, "is_causal", True) if given is None else given)
