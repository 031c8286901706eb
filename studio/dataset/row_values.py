"""Values of a table's row: found by name or path, as text, as one line for a report."""

import json
from typing import Any, cast

LONGEST_CAPTION = 100_000
LONGEST_VALUE = 200


class BadField(Exception):
    """A field that cannot be read: column, reason, value."""

    def __init__(self, column: str, reason: str, value: object = "") -> None:
        super().__init__(reason)
        self.column, self.reason, self.value = column, reason, shorten(value)


def value_at(values: dict[str, Any], name: str) -> Any:
    """The value of a column, or of a dotted path into it; None when there is none."""
    if name in values:
        return values[name]
    value: Any = values
    for step in name.split("."):
        if isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(step)
        elif isinstance(value, list) and step.isdigit():
            items = cast("list[Any]", value)
            value = items[int(step)] if int(step) < len(items) else None
        else:
            return None
    return value


def shorten(value: object) -> str:
    """A value as one short line for a report."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def text_of(value: Any) -> str:
    """A value as text: nothing for none, JSON for what is no text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def check_length(column: str, text: str, noun: str) -> None:
    """Refuse a text that no model could read."""
    if len(text) > LONGEST_CAPTION:
        raise BadField(column, f"{noun} longer than {LONGEST_CAPTION:,} characters", text[:80])
