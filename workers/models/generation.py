"""One answer written token by token: watched, cut at its stop strings, ended when it is asked."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workers.contract.options import GenerationOptions

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedTokenizerBase

# A text that is not there whole yet ends with this sign: a character of several tokens.
BROKEN = "\ufffd"
# People read no faster, and every piece crosses to another process.
SECONDS_BETWEEN = 0.05


@dataclass(frozen=True)
class Written:
    """An answer so far; `stopped` when it was ended from outside."""

    text: str
    tokens: int
    seconds: float
    stopped: bool = False


def write_answer(
    model: "nn.Module",
    tokenizer: "PreTrainedTokenizerBase",
    prompt: "torch.Tensor",
    options: GenerationOptions,
    *,
    end: int,
    tell: Callable[[Written], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Written:
    """The answer to a prompt's tokens; `tell` hears what there is of it, except with beams."""
    import torch
    from transformers import StoppingCriteriaList

    watch = _Watch(tokenizer, len(prompt), options, tell, is_stopped)
    device = next(model.parameters()).device
    tokens = prompt.to(device)[None]
    if options.sample:
        torch.manual_seed(options.seed)
    with torch.inference_mode():
        found = model.generate(  # type: ignore[operator] - every model that writes has it
            input_ids=tokens,
            attention_mask=torch.ones_like(tokens),
            generation_config=settings(options, tokenizer, end),
            stopping_criteria=StoppingCriteriaList([watch]),
        )
    return watch.written(found[0, len(prompt) :])


def settings(options: GenerationOptions, tokenizer: "PreTrainedTokenizerBase", end: int) -> Any:
    """The options as transformers takes them; nothing is left to what a model folder says."""
    from transformers import GenerationConfig

    pad: Any = tokenizer.pad_token_id
    drawn: dict[str, Any] = {}
    if options.sample:
        drawn = {
            "temperature": options.temperature,
            "top_p": options.top_p,
            "top_k": options.top_k,
        }
    return GenerationConfig(
        max_new_tokens=options.max_new_tokens,
        num_beams=options.beams,
        do_sample=options.sample,
        repetition_penalty=options.repetition_penalty,
        eos_token_id=end,
        pad_token_id=end if pad is None else pad,
        **drawn,
    )


def words_of(tokenizer: "PreTrainedTokenizerBase", tokens: "torch.Tensor") -> str:
    """What was written, without the beginning of a letter whose other bytes never came."""
    return str(tokenizer.decode(tokens, skip_special_tokens=True)).rstrip(BROKEN)


def cut_at_stops(text: str, stops: tuple[str, ...]) -> tuple[str, bool]:
    """The text before the first stop string in it, and whether there was one."""
    places = [place for stop in stops if stop and (place := text.find(stop)) >= 0]
    return (text[: min(places)], True) if places else (text, False)


class _Watch:
    """Looks at each new token: tells the text, and ends at a stop string or when it is asked."""

    def __init__(
        self,
        tokenizer: "PreTrainedTokenizerBase",
        start: int,
        options: GenerationOptions,
        tell: Callable[[Written], None],
        is_stopped: Callable[[], bool],
    ) -> None:
        self._tokenizer, self._start, self._options = tokenizer, start, options
        self._tell, self._is_stopped = tell, is_stopped
        self._began = self._told = time.monotonic()
        self._stopped = False

    def __call__(self, tokens: "torch.Tensor", scores: Any, **_: Any) -> "torch.Tensor":
        import torch

        del scores  # what is chosen is seen in the tokens
        self._stopped = self._is_stopped()
        ended = self._stopped
        now = time.monotonic()
        soon = now - self._told < SECONDS_BETWEEN
        if self._options.beams == 1 and not ended and (self._options.stop or not soon):
            text, ended = self._text(tokens[0, self._start :])
            if not soon:
                self._told = now
                self._tell(Written(text, self._count(tokens[0]), now - self._began))
        return torch.full((len(tokens),), ended, dtype=torch.bool, device=tokens.device)

    def written(self, tokens: "torch.Tensor") -> Written:
        """The whole answer, from its tokens alone."""
        text, _ = self._text(tokens)
        return Written(text, len(tokens), time.monotonic() - self._began, self._stopped)

    def _count(self, tokens: "torch.Tensor") -> int:
        return len(tokens) - self._start

    def _text(self, tokens: "torch.Tensor") -> tuple[str, bool]:
        text = words_of(self._tokenizer, tokens)
        return cut_at_stops(text, tuple(self._options.stop))
