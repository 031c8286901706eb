"""Templates: how instruction, caption and picture become the prompt of a language model."""

import json
import re
from pathlib import Path
from typing import Literal

from workers.contract.answer_options import PromptOptions
from workers.contract.frozen import Frozen

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "templates"
INSTRUCTION, CAPTION, IMAGE = "{instruction}", "{caption}", "{image}"
_PLACES = re.compile(r"\{(instruction|caption|image|number|answer)\}")


class FewShot(Frozen):
    """How a template shows solved samples: what opens, each one, and what asks at the end.

    `shot` may hold {number}, {instruction}, {caption} and {answer}; an answer of a model that goes
    on by itself ends before the first of `stop`.
    """

    opening: str = ""
    shot: str
    closing: str
    stop: tuple[str, ...] = ()


class Template(Frozen):
    """A prompt by name; an empty `text` is the model's own chat template.

    `bos`: the first token as the tokenizer does it by itself, always, never, or after the picture.
    """

    name: str
    title: str
    seed: str = ""
    about: str
    text: str
    bos: Literal["tokenizer", "always", "never", "after"] = "tokenizer"
    system: str = ""
    few_shot: FewShot | None = None


def shipped_templates() -> list[Template]:
    """Every template of resources/templates, in the order shown."""
    files = sorted(FOLDER.glob("*.json"))
    return [Template.model_validate(json.loads(file.read_text("utf-8"))) for file in files]


def find_template(name: str) -> Template | None:
    """The shipped template of this name."""
    return next((one for one in shipped_templates() if one.name == name), None)


def chosen_template(prompt: PromptOptions) -> Template | None:
    """The template of the options, with the user's own text in place of its own if there is one."""
    found = find_template(prompt.template)
    if not prompt.text:
        return found
    own = Template(name="own", title="Own text", about="Written in the recipe.", text=prompt.text)
    return own.model_copy(update={"bos": found.bos}) if found and found.text else own


def render(text: str, instruction: str, caption: str) -> str:
    """The text with both in their places; other braces, and braces in either, stay as they are."""
    return fill(text, instruction=instruction, caption=caption)


def fill(text: str, **values: str) -> str:
    """Replace each named place once, from left to right; a place without a value stays."""
    return _PLACES.sub(lambda place: values.get(place[1], place[0]), text)


def problem_of(text: str, *, sees: bool | None = None) -> str:
    """Why a text cannot be a template, in a sentence; empty when it can.

    `sees` is whether a picture goes with each prompt, None where that is not known.
    """
    wanted, what = (IMAGE, "picture") if sees else (CAPTION, "caption")
    if wanted not in text and (sees is not None or IMAGE not in text):
        return f"The template has no {wanted}: the model would never see the {what}."
    for place in (CAPTION, IMAGE):
        if text.count(place) > 1:
            return f"The template has {place} {text.count(place)} times; once is enough."
    if sees is False and IMAGE in text:
        return f"The template has {IMAGE}, and no picture goes with this task."
    return ""
