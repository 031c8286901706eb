"""Recognises alpaca, ShareGPT and OpenAI messages by the columns and the first row of a file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from studio.dataset.records import Column, Conversation, Format, Mapping

OPENAI = Conversation("messages", "role", "content", "user", "assistant", "tool", "function")
ANSWERS = ("output", "response")


@dataclass(frozen=True)
class Recognised:
    """An instruction format, and what its columns mean."""

    format: Format
    mapping: Mapping


def recognise(
    first: dict[str, Any], columns: Sequence[Column], mapping: Mapping
) -> Recognised | None:
    """The instruction format of a table, or None for any other table.

    `mapping` is what the columns' names suggest; key, split, scene and label stay as they are.
    """
    names = {column.name for column in columns}
    common = _common(mapping, names, columns)
    turns = _conversation(first)
    if turns is not None:
        format = Format.MESSAGES if turns.role == "role" else Format.SHAREGPT
        chosen = "chosen" if "chosen" in names else ""
        own = replace(common, text="", conversation=turns, answer=chosen)
        return Recognised(format, _with_verdict(own, columns))
    answer = next((name for name in ANSWERS if name in names), "")
    if "instruction" not in names or not answer:
        return None
    return Recognised(
        Format.ALPACA,
        replace(
            common,
            instruction="instruction",
            text="input" if "input" in names else "",
            answer=answer,
            history="history" if "history" in names else "",
        ),
    )


def _common(mapping: Mapping, names: set[str], columns: Sequence[Column]) -> Mapping:
    return replace(
        mapping,
        image="images" if "images" in names else mapping.image,
        system="system" if "system" in names else "",
        tools=("tools",) if "tools" in names else (),
        other_media=tuple(name for name in ("videos", "audios") if name in names),
    )


def _with_verdict(mapping: Mapping, columns: Sequence[Column]) -> Mapping:
    """A label of true and false says which answers are good ones (KTO)."""
    named = next((column for column in columns if column.name == mapping.label), None)
    if named is not None and named.examples and set(named.examples) <= {"true", "false"}:
        return replace(mapping, label="", good=named.name)
    return mapping


def _conversation(first: dict[str, Any]) -> Conversation | None:
    """How turns are written in the first row; None where there are none."""
    for known in (Conversation(), OPENAI):
        for name in dict.fromkeys((known.messages, "conversations", "messages")):
            held = first.get(name)
            turn = cast("list[Any]", held)[0] if isinstance(held, list) and held else None
            if isinstance(turn, dict) and {known.role, known.content} <= turn.keys():
                return replace(known, messages=name)
    return None
