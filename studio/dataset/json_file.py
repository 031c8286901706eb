"""JSON lines and JSON arrays, item by item, with bounds on size and depth."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from studio.dataset.records import BadRow
from studio.dataset.text_lines import NOT_UTF8, encoding_of, read_lines
from studio.errors import StudioError

LARGEST_ITEM = 4 * 2**20
DEEPEST = 100
CHUNK = 2**18
_MARKS = re.compile(r'\\.|[\[\]{}",]', re.DOTALL)

JsonRow = tuple[int, dict[str, Any]]


def read_json(path: Path) -> Iterator[JsonRow | BadRow]:
    """Objects with their row: the line in JSON lines, the item's number in an array."""
    if first_character(path) == "[":
        for number, text in _array_items(path):
            yield _parsed(number, text) if text is not None else BadRow(number, "", _TOO_BIG)
        return
    for line in read_lines(path):
        if line.problem:
            yield BadRow(line.number, "", line.problem)
        elif line.text.strip():
            yield _parsed(line.number, line.text)


def first_character(path: Path) -> str:
    """The first character that is no space: `[` tells an array from JSON lines."""
    with path.open(encoding=encoding_of(path), errors="replace") as file:
        return file.read(4096).lstrip()[:1]


# Bytes that are no UTF-8 come as these, and are told; no file holds them otherwise.
_ERRORS = "surrogateescape"
_BROKEN = re.compile("[\udc80-\udcff]")
_TOO_BIG = f"larger than {LARGEST_ITEM // 2**20} MB or nested deeper than {DEEPEST}"


def _parsed(number: int, text: str) -> JsonRow | BadRow:
    start = text[:80].rstrip("\r\n")
    if not text.strip():
        return BadRow(number, "", "nothing between two commas")
    if broken := _BROKEN.search(text.lstrip()):
        shown = _BROKEN.sub("�", start.lstrip())
        return BadRow(number, "", f"{NOT_UTF8} at character {broken.start() + 1}", shown)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"at character {error.pos + 1}" if "\n" not in text.rstrip() else ""
        return BadRow(number, "", f"invalid JSON {place}: {error.msg}".replace(" :", ":"), start)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else "number too long"
        return BadRow(number, "", f"invalid JSON: {reason}", start)
    if not isinstance(value, dict):
        return BadRow(number, "", "not an object", start)
    return number, cast("dict[str, Any]", value)


def _array_items(path: Path) -> Iterator[tuple[int, str | None]]:
    """Texts of the array's items; None for one that is too big. StudioError when it never ends."""
    scanner = _ArrayScanner()
    number = 0
    with path.open(encoding=encoding_of(path), errors=_ERRORS) as file:
        while not scanner.closed and (chunk := file.read(CHUNK)):
            while chunk.endswith("\\") and (more := file.read(1)):
                chunk += more  # keep an escape whole
            for item in scanner.feed(chunk):
                number += 1
                yield number, item
    if not scanner.closed:
        raise StudioError(
            f"{path.name} ends inside item {number + 1:,}: the list is not closed.",
            "The file may be cut off. Nothing was imported.",
        )


class _ArrayScanner:
    """Finds where the items of a JSON array begin and end, without parsing them."""

    def __init__(self) -> None:
        self.closed = False
        self._depth = 0
        self._inside = False
        self._parts: list[str] = []
        self._size = 0
        self._too_big = False
        self._any = False

    def feed(self, chunk: str) -> Iterator[str | None]:
        """The items that end in this part of the file."""
        begin = 0
        for mark in _MARKS.finditer(chunk):
            character = mark.group()
            if character == '"':
                self._inside = not self._inside
            elif self._inside or character[0] == "\\":
                continue
            elif character in "[{":
                self._depth += 1
                begin = mark.end() if self._depth == 1 else begin
                self._too_big = self._too_big or self._depth > DEEPEST
            elif character == "," and self._depth > 1:
                continue
            else:
                self._depth -= character != ","
                if self._depth > (character == ","):
                    continue
                self._keep(chunk[begin : mark.start()])
                begin = mark.end()
                self.closed = character != ","
                if not self.closed or self._any or self._too_big or "".join(self._parts).strip():
                    yield self._taken()
                if self.closed:
                    return
        self._keep(chunk[begin:])

    def _keep(self, text: str) -> None:
        self._size += len(text)
        self._too_big = self._too_big or self._size > LARGEST_ITEM
        if not self._too_big:
            self._parts.append(text)

    def _taken(self) -> str | None:
        item = None if self._too_big else "".join(self._parts)
        self._parts, self._size, self._too_big, self._any = [], 0, False, True
        return item
