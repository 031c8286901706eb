"""Lines of a text file of unknown making: encodings, broken bytes, lines without an end."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LONGEST_LINE = 4 * 2**20
CHUNK = 2**20
NOT_UTF8 = "not valid UTF-8"


@dataclass(frozen=True)
class Line:
    """One line with its number from 1, line break kept; `problem` says why it has no text."""

    number: int
    text: str
    problem: str = ""


def encoding_of(path: Path) -> str:
    """The encoding by the first bytes: UTF-8, with or without mark, or UTF-16."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(head) >= 4 and head[1] == 0 and head[3] == 0 and head[0] and head[2]:
        return "utf-16-le"
    if len(head) >= 4 and head[0] == 0 and head[2] == 0 and head[1] and head[3]:
        return "utf-16-be"
    return "utf-8"


def read_lines(path: Path) -> Iterator[Line]:
    """All lines; a bad one is reported and the rest goes on."""
    encoding = encoding_of(path)
    number = 0
    with path.open("rb") as file:
        pieces = _recoded(file, encoding) if encoding.startswith("utf-16") else _pieces(file)
        for piece in pieces:
            if piece is None:
                number += 1
                yield Line(number, "", f"line longer than {LONGEST_LINE // 2**20} MB")
                continue
            for raw in piece.splitlines(keepends=True):
                number += 1
                yield _decoded(number, raw)


def _decoded(number: int, raw: bytes) -> Line:
    if number == 1:
        raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return Line(number, "", f"{NOT_UTF8} at byte {error.start + 1}")
    if "\0" in text:
        return Line(number, "", "contains a NUL character")
    return Line(number, text)


def _pieces(file: BinaryIO) -> Iterator[bytes | None]:
    """Raw lines by line feed; None for one that is too long, which is passed over."""
    while raw := file.readline(LONGEST_LINE):
        if len(raw) < LONGEST_LINE or raw.endswith(b"\n"):
            yield raw
            continue
        yield None
        while raw and not raw.endswith(b"\n"):
            raw = file.readline(CHUNK)


def _recoded(file: BinaryIO, encoding: str) -> Iterator[bytes | None]:
    """As `_pieces`, from UTF-16; bytes that are no text become a replacement character."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = b""
    too_long = False
    while chunk := file.read(CHUNK):
        *lines, rest = (rest + decoder.decode(chunk).encode()).split(b"\n")
        for line in lines:
            yield None if too_long else line + b"\n"
            too_long = False
        if len(rest) > LONGEST_LINE:
            rest, too_long = b"", True
    if rest or too_long:
        yield None if too_long else rest
