"""One sample token by token, as training would read it: what is read, learnt, and cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from workers.contract.options import PromptOptions, TrainingOptions
from workers.data.prompts import AnswerRow, Encoded, encode_all, label_room, token_places
from workers.data.wording import ImageWords, Prompt, Span, word_prompt

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class Role(StrEnum):
    """What a token is to the training.

    Prompt: the sample's own words, its instruction and caption, read and not learnt. Masked: the
    words of the template around them, not learnt either. Answer: learnt. Cut: not in the input.
    """

    PROMPT = "prompt"
    MASKED = "masked"
    ANSWER = "answer"
    CUT = "cut"


@dataclass(frozen=True)
class PreviewToken:
    """A token as the text that it stands for; of a character in several, the first has it."""

    text: str
    role: Role


@dataclass(frozen=True)
class Preview:
    """A prompt with its answer, as text and as tokens."""

    text: str
    tokens: tuple[PreviewToken, ...]
    is_cut: bool


def preview(
    tokenizer: "PreTrainedTokenizerBase",
    eos: int,
    row: AnswerRow,
    labels: Sequence[str],
    options: TrainingOptions,
    window: int,
    *,
    image: ImageWords | None = None,
) -> Preview:
    """The tokens of one row in their order, those that would be cut in their places.

    A picture is shown as one token, however many it has: its count in `image` is 1.
    """
    assert options.prompt is not None
    room = label_room(tokenizer, labels)
    encoded = encode_all(tokenizer, eos, [row], options, window, reserve=room, image=image)[0]
    words = word_prompt(tokenizer, options.prompt, row, image=image.words if image else "")
    tokens = _read_prompt(tokenizer, options.prompt, words, encoded)
    tokens += _read_answer(tokenizer, eos, row.answer, encoded)
    return Preview(words.text + row.answer, tuple(tokens), encoded.is_cut)


def _read_prompt(
    tokenizer: "PreTrainedTokenizerBase", prompt: PromptOptions, words: Prompt, encoded: Encoded
) -> list[PreviewToken]:
    places = token_places(tokenizer, prompt, words.text)
    names: Any = iter(tokenizer.convert_ids_to_tokens(encoded.ids[: encoded.prompt]))
    targets = iter(encoded.targets)
    own = [*words.instructions, (words.start, words.end)]
    found, shown = [], 0
    for place, keep in zip(places, encoded.kept, strict=True):
        is_learnt = keep and next(targets) >= 0
        name = next(names) if keep else ""
        text = words.text[max(place[0], shown) : place[1]] if place[1] else name
        shown = max(shown, place[1])
        role = Role.PROMPT if _is_within(place, own) else Role.MASKED
        role = Role.ANSWER if is_learnt else role
        found.append(PreviewToken(text, role if keep else Role.CUT))
    return found


def _read_answer(
    tokenizer: "PreTrainedTokenizerBase", eos: int, answer: str, encoded: Encoded
) -> list[PreviewToken]:
    made: Any = tokenizer(
        answer, add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    left = len(encoded.ids) - encoded.prompt
    found, shown = [], 0
    for index, (start, end) in enumerate(made["offset_mapping"]):
        role = Role.ANSWER if index < left else Role.CUT
        found.append(PreviewToken(answer[max(start, shown) : end], role))
        shown = max(shown, end)
    end_name: Any = tokenizer.convert_ids_to_tokens(eos)
    return [*found, PreviewToken(end_name, Role.ANSWER if len(found) < left else Role.CUT)]


def _is_within(place: Span, spans: Sequence[Span]) -> bool:
    return any(place[0] < end and place[1] > start for start, end in spans)
