"""The words of a prompt: a template filled for one sample, and where the caption stands in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.options import AnswerKind, PromptOptions
from workers.contract.templates import Template, chosen_template, fill, problem_of
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Characters that no text holds: the places of both while the rest of the prompt is worded.
_CAPTION, _INSTRUCTION, _IMAGE = "\ufdd0", "\ufdd1", "\ufdd2"
_PLACES = re.compile(f"({_CAPTION}|{_INSTRUCTION}|{_IMAGE})")

Span = tuple[int, int]


@dataclass(frozen=True)
class Picture:
    """A picture file, what it held when it was imported, and its upright size in pixels."""

    path: Path
    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class ImageWords:
    """What stands for each row's picture: words in the prompt, whose one `token` comes so often.

    With `begins` no word may stand before it.
    """

    words: str
    token: int
    counts: Sequence[int]
    begins: bool = False


@dataclass(frozen=True)
class AnswerRow:
    """One sample as a question with its answer; `label` is its index, None without one."""

    id: int
    instruction: str
    caption: str
    answer: str
    label: int | None = None
    picture: Picture | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """What the model reads before it answers: text[start:end] is the caption.

    `instructions` are the places of the instruction.
    """

    text: str
    start: int
    end: int
    instructions: tuple[Span, ...]


def word_prompt(
    tokenizer: "PreTrainedTokenizerBase | None",
    prompt: PromptOptions,
    row: AnswerRow,
    shots: Sequence[AnswerRow] = (),
    image: str = "",
) -> Prompt:
    """The prompt of one sample, after the shots in their order.

    The tokenizer is needed only for its own chat template. `image` are the words that stand for
    the sample's picture.
    """
    template = template_of(prompt, sees=bool(image))
    if template.text:
        question = template.few_shot.closing if template.few_shot and shots else template.text
        open_places = fill(question, instruction=_INSTRUCTION, caption=_CAPTION, image=_IMAGE)
        open_places = _word_shots(template, prompt, shots) + open_places
    else:
        open_places = _word_chat(tokenizer, template, prompt, row, shots, sees=bool(image))
    caption = "" if prompt.answer == AnswerKind.CAPTION else row.caption
    return _fill_places(
        open_places,
        {_CAPTION: caption, _INSTRUCTION: instruction_of(prompt, row), _IMAGE: image},
    )


def _fill_places(open_places: str, values: dict[str, str]) -> Prompt:
    text, spans = "", {place: list[Span]() for place in values}
    for part in _PLACES.split(open_places):
        value = values.get(part, part)
        if part in values:
            spans[part].append((len(text), len(text) + len(value)))
        text += value
    start, end = spans[_CAPTION][-1] if spans[_CAPTION] else (len(text), len(text))
    return Prompt(text, start, end, tuple(spans[_INSTRUCTION]))


def template_of(prompt: PromptOptions, *, sees: bool | None = None) -> Template:
    """The chosen template; Trouble when there is none of that name, or it cannot be one.

    `sees` is whether a picture goes with each prompt, None where that is not asked.
    """
    template = chosen_template(prompt)
    if template is None:
        raise Trouble(Reason.BAD_OPTION, f"There is no template called “{prompt.template}”.")
    problem = problem_of(template.text, sees=sees) if template.text else ""
    if problem:
        raise Trouble(Reason.BAD_OPTION, problem)
    return template


def instruction_of(prompt: PromptOptions, row: AnswerRow) -> str:
    """A sample's own instruction, else the recipe's."""
    return row.instruction or prompt.instruction


def stops_after(prompt: PromptOptions, shots: int) -> tuple[str, ...]:
    """Strings that end an answer given after so many shots, besides those of the options."""
    few_shot = template_of(prompt).few_shot
    if few_shot is None or not shots:
        return ()
    return tuple(fill(stop, number=str(shots + 1)) for stop in few_shot.stop)


def _word_shots(template: Template, prompt: PromptOptions, shots: Sequence[AnswerRow]) -> str:
    few_shot = template.few_shot
    words = few_shot.opening if few_shot and shots else ""
    for number, shot in enumerate(shots, start=1):
        words += fill(
            few_shot.shot if few_shot else f"{template.text}{{answer}}\n\n",
            number=str(number),
            instruction=instruction_of(prompt, shot),
            caption=shot.caption,
            answer=shot.answer,
        )
    return words


def _word_chat(
    tokenizer: "PreTrainedTokenizerBase | None",
    template: Template,
    prompt: PromptOptions,
    row: AnswerRow,
    shots: Sequence[AnswerRow],
    *,
    sees: bool,
) -> str:
    if tokenizer is None:
        raise Trouble(
            Reason.MODEL_NOT_FOUND,
            "The model's own chat template comes with its files, which are not on this computer.",
        )
    if not getattr(tokenizer, "chat_template", None):
        raise Trouble(
            Reason.BAD_OPTION,
            "This model has no chat template of its own. Choose another template.",
        )
    turns = [{"role": "system", "content": template.system}] if template.system else []
    for shot in shots:
        words = _user_turn(instruction_of(prompt, shot), shot.caption)
        turns.append({"role": "user", "content": words})
        turns.append({"role": "assistant", "content": shot.answer})
    instruction = _INSTRUCTION if instruction_of(prompt, row) else ""
    words = _user_turn(instruction, _CAPTION if row.caption else "")
    if sees:
        words = _user_turn(_IMAGE, words)
    turns.append({"role": "user", "content": words})
    return _apply(tokenizer, turns)


def _apply(tokenizer: Any, turns: list[dict[str, str]]) -> str:
    from jinja2 import TemplateError

    try:
        return tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    except (TemplateError, TypeError, ValueError) as error:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"The model's chat template cannot be filled: {error} Choose another template.",
        ) from error


def _user_turn(instruction: str, caption: str) -> str:
    return "\n".join(part for part in (instruction, caption) if part)
