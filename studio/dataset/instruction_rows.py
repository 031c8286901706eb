"""Reads one row of an instruction data set: alpaca columns, or turns as ShareGPT and OpenAI do."""

import re
from dataclasses import dataclass
from typing import Any, cast

from studio.dataset.records import Conversation, Mapping
from studio.dataset.row_values import BadField, check_length, shorten, text_of, value_at

IMAGE_MARK = "<image>"
MARK_AND_SPACE = re.compile(r"<image>[ \n]?")
OTHER_MEDIA = {"<video>": "a video", "<audio>": "sound"}
ADDRESSES = ("http://", "https://", "data:")


@dataclass(frozen=True)
class Spoken:
    """What a row says: an own instruction or none, what is seen, the right answer."""

    instruction: str
    caption: str
    answer: str
    image: str = ""


@dataclass(frozen=True)
class _Turn:
    role: str
    text: str
    images: tuple[str, ...] = ()


def is_instruction(mapping: Mapping) -> bool:
    """Whether rows are read here, and not as a table of captions."""
    return bool(mapping.conversation or mapping.instruction or mapping.answer)


def spoken_in(values: dict[str, Any], mapping: Mapping) -> Spoken:
    """The row's parts; BadField says what does not fit."""
    if mapping.good and value_at(values, mapping.good) is False:
        raise BadField(mapping.good, "marked as a bad answer")
    _refuse_media(values, mapping)
    if mapping.conversation:
        return _of_turns(values, mapping, mapping.conversation)
    return _of_columns(values, mapping)


def _of_columns(values: dict[str, Any], mapping: Mapping) -> Spoken:
    """Alpaca: without an input, what is asked is what is seen."""
    instruction = _text(values, mapping.instruction, "instruction")
    caption = _text(values, mapping.text, "caption")
    system = _text(values, mapping.system, "system prompt")
    if mapping.history and (earlier := value_at(values, mapping.history)):
        turns = len(cast("list[Any]", earlier)) if isinstance(earlier, list) else 1
        raise _too_many_turns(mapping.history, turns + 1)
    if not caption.strip():
        instruction, caption = "", instruction
    if not caption.strip():
        raise BadField(mapping.text or mapping.instruction, "caption empty")
    answer = _answer(values, mapping) if mapping.answer else ""
    image = _image(values, mapping, caption.count(IMAGE_MARK) + instruction.count(IMAGE_MARK))
    own = "\n".join(part for part in (system, _unmarked(instruction)) if part.strip())
    return _checked(Spoken(own, _unmarked(caption), answer, image), mapping)


def _of_turns(values: dict[str, Any], mapping: Mapping, conversation: Conversation) -> Spoken:
    """One question and its answer; a system prompt becomes the sample's own instruction."""
    column = conversation.messages
    turns = _turns(values, conversation)
    system = _text(values, mapping.system, "system prompt")
    if turns and turns[0].role == "system":
        system, turns = turns[0].text, turns[1:]
    answered = mapping.answer and value_at(values, mapping.answer) is not None
    if answered:  # a preference set: the turns end with the question
        turns.append(_Turn("assistant", _answer(values, mapping)))
    _check_order(column, turns)
    asked, said = turns
    if not asked.text.replace(IMAGE_MARK, "").strip():
        raise BadField(column, "caption empty")
    if not said.text.strip():
        raise BadField(column, "answer empty")
    image = _image(values, mapping, asked.text.count(IMAGE_MARK), asked.images)
    spoken = Spoken(system if system.strip() else "", _unmarked(asked.text), said.text, image)
    return _checked(spoken, mapping)


def _turns(values: dict[str, Any], conversation: Conversation) -> list[_Turn]:
    column = conversation.messages
    held = value_at(values, column)
    if held is None:
        raise BadField(column, "column missing")
    if not isinstance(held, list) or not held:
        raise BadField(column, "no turns", held)
    return [_turn(turn, conversation) for turn in cast("list[Any]", held)]


def _turn(turn: Any, conversation: Conversation) -> _Turn:
    column = conversation.messages
    if not isinstance(turn, dict):
        raise BadField(column, "a turn is not an object", turn)
    fields = cast("dict[str, Any]", turn)
    if conversation.role not in fields or conversation.content not in fields:
        expected = f"{conversation.role} and {conversation.content}"
        raise BadField(column, f"a turn without {expected}", turn)
    if fields.get("tool_calls"):
        raise BadField(column, "a tool call", turn)
    said = text_of(fields[conversation.role])
    roles = {
        conversation.user: "user",
        conversation.assistant: "assistant",
        conversation.system: "system",
    }
    if said in (conversation.observation, conversation.function):
        raise BadField(column, "a tool call", said)
    if said not in roles:
        raise BadField(column, "a role that is not known", said)
    text, images = _content(fields[conversation.content], column)
    return _Turn(roles[said], text, images)


def _content(value: Any, column: str) -> tuple[str, tuple[str, ...]]:
    """The text of a turn, and the images among its parts."""
    if value is None:
        return "", ()
    if isinstance(value, str):
        return value, ()
    if not isinstance(value, list):
        raise BadField(column, "the content of a turn is not text", value)
    texts: list[str] = []
    images: list[str] = []
    for part in cast("list[Any]", value):
        held = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
        kind = held.get("type")
        if kind == "text":
            texts.append(text_of(held.get("text", held.get("value"))))
        elif kind in ("image", "image_url"):
            images.append(_image_of_part(held))
            texts.append(IMAGE_MARK)
        else:
            raise BadField(column, "a part that is neither text nor image", part)
    return "".join(texts), tuple(images)


def _image_of_part(part: dict[str, Any]) -> str:
    held = part.get("image_url", part.get("image", part.get("value")))
    if isinstance(held, dict):
        held = cast("dict[str, Any]", held).get("url")
    return text_of(held)


def _check_order(column: str, turns: list[_Turn]) -> None:
    """Exactly a question and its answer."""
    roles = [turn.role for turn in turns]
    if not roles:
        raise BadField(column, "a system prompt alone")
    if "system" in roles:
        raise BadField(column, "wrong order of roles", ", ".join(roles))
    if any(role != ("user", "assistant")[place % 2] for place, role in enumerate(roles)):
        raise BadField(column, "wrong order of roles", ", ".join(roles))
    if len(roles) == 1:
        raise BadField(column, "answer missing", turns[0].text)
    if len(roles) > 2:
        raise _too_many_turns(column, (len(roles) + 1) // 2)


def _too_many_turns(column: str, count: int) -> BadField:
    return BadField(column, "more than one turn", f"{count} questions and answers")


def _answer(values: dict[str, Any], mapping: Mapping) -> str:
    """The answer's text; of a preference set, the chosen one, which may be a turn."""
    value = value_at(values, mapping.answer)
    if value is None:
        raise BadField(mapping.answer, "column missing")
    if isinstance(value, dict) and mapping.conversation:
        value = cast("dict[str, Any]", value).get(mapping.conversation.content)
    if isinstance(value, dict | list | bool):
        raise BadField(mapping.answer, "answer is not text", value)
    text = text_of(value)
    if not text.strip():
        raise BadField(mapping.answer, "answer empty")
    return text


def _text(values: dict[str, Any], column: str, noun: str) -> str:
    value = value_at(values, column) if column else None
    if isinstance(value, dict | list | bool):
        raise BadField(column, f"{noun} is not text", value)
    return text_of(value)


def _refuse_media(values: dict[str, Any], mapping: Mapping) -> None:
    for column in (*mapping.other_media, *mapping.tools):
        if value_at(values, column):
            kind = "tools" if column in mapping.tools else "video and sound"
            raise BadField(column, f"{kind} cannot be imported", value_at(values, column))


def _image(
    values: dict[str, Any], mapping: Mapping, marks: int, found: tuple[str, ...] = ()
) -> str:
    """The one image of a row; in a list, as many as there are marks in the text."""
    column = mapping.image or "images"
    held = value_at(values, mapping.image) if mapping.image else None
    images = list(found)
    if isinstance(held, list):
        images += [text_of(item) for item in cast("list[Any]", held)]
        listed = True
    else:
        images += [text_of(held)] if held else []
        listed = bool(found)
    images = [image.strip() for image in images]
    if not mapping.image and not found:
        return ""
    if len(images) != marks and (listed or marks > len(images)):
        noun = "image" if len(images) == 1 else "images"
        found_here = f"{len(images)} {noun} for {marks} {IMAGE_MARK}"
        raise BadField(column, f"images unlike {IMAGE_MARK} marks", found_here)
    if len(images) > 1:
        raise BadField(column, "more than one image", shorten(images))
    image = images[0] if images else ""
    if image.startswith(ADDRESSES):
        raise BadField(column, "the image is an address, not a file", image)
    return image


def _unmarked(text: str) -> str:
    """The text without the mark that stands for its image, and the space or break behind it."""
    return MARK_AND_SPACE.sub("", text)


def _checked(spoken: Spoken, mapping: Mapping) -> Spoken:
    column = mapping.conversation.messages if mapping.conversation else mapping.text
    for mark, noun in OTHER_MEDIA.items():
        if mark in spoken.caption:
            raise BadField(column, f"needs {noun}", spoken.caption)
    check_length(mapping.instruction or column, spoken.instruction, "instruction")
    check_length(column or mapping.instruction, spoken.caption, "caption")
    check_length(mapping.answer or column, spoken.answer, "answer")
    return spoken
