"""The words of a prompt: a template filled for one sample, and where the caption stands in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.options import PromptOptions
from workers.contract.templates import CAPTION, Template, chosen_template, fill, problem_of
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# A character of the private use area: the caption's place while a model's own template is filled.
_PLACE = "\ue0c5"


@dataclass(frozen=True)
class AnswerRow:
    """One sample as a question with its answer; `label` is its index, None without one."""

    id: int
    instruction: str
    caption: str
    answer: str
    label: int | None = None


@dataclass(frozen=True)
class Prompt:
    """What the model reads before it answers; the caption is text[start:end]."""

    text: str
    start: int
    end: int


def word_prompt(
    tokenizer: "PreTrainedTokenizerBase | None",
    prompt: PromptOptions,
    row: AnswerRow,
    shots: Sequence[AnswerRow] = (),
) -> Prompt:
    """The prompt of one sample, after the shots in their order.

    The tokenizer is needed only for its own chat template.
    """
    template = template_of(prompt)
    if not template.text:
        before, after = _word_chat(tokenizer, template, prompt, row, shots)
    else:
        text = _last_question(template, shots)
        before, _, after = text.partition(CAPTION)
        own = instruction_of(prompt, row)
        before, after = (fill(part, instruction=own) for part in (before, after))
        before = _word_shots(template, prompt, shots) + before
    return Prompt(before + row.caption + after, len(before), len(before) + len(row.caption))


def template_of(prompt: PromptOptions) -> Template:
    """The chosen template; Trouble when there is none of that name, or it cannot be one."""
    template = chosen_template(prompt)
    if template is None:
        raise Trouble(Reason.BAD_OPTION, f"There is no template called “{prompt.template}”.")
    problem = problem_of(template.text) if template.text else ""
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


def _last_question(template: Template, shots: Sequence[AnswerRow]) -> str:
    few_shot = template.few_shot
    return few_shot.closing if few_shot and shots else template.text


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
) -> tuple[str, str]:
    if tokenizer is None or not getattr(tokenizer, "chat_template", None):
        raise Trouble(
            Reason.BAD_OPTION,
            "This model has no chat template of its own. Choose another template.",
        )
    turns = [{"role": "system", "content": template.system}] if template.system else []
    for shot in shots:
        turns.append({"role": "user", "content": _user_turn(prompt, shot, shot.caption)})
        turns.append({"role": "assistant", "content": shot.answer})
    turns.append({"role": "user", "content": _user_turn(prompt, row, _PLACE)})
    before, _, after = _apply(tokenizer, turns).rpartition(_PLACE)
    return before, after


def _apply(tokenizer: Any, turns: list[dict[str, str]]) -> str:
    from jinja2 import TemplateError

    try:
        return tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    except (TemplateError, TypeError, ValueError) as error:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED, f"The model's chat template cannot be filled: {error}"
        ) from error


def _user_turn(prompt: PromptOptions, row: AnswerRow, place: str) -> str:
    instruction = instruction_of(prompt, row)
    return f"{instruction}\n{place}" if instruction and row.caption else instruction + place
