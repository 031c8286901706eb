"""CSV and TSV, record by record; a broken record is reported and the next one read."""

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from studio.dataset.records import BadRow
from studio.dataset.text_lines import Line, read_lines

MOST_LINES = 200  # of one record; more means that a quote was never closed
LARGEST_RECORD = 4 * 2**20
DELIMITERS = ",;\t|"
csv.field_size_limit(LARGEST_RECORD)

Record = tuple[int, list[str]]


def read_csv(path: Path) -> Iterator[tuple[int, dict[str, str]] | BadRow]:
    """Rows by column name, with the line where each begins."""
    delimiter = delimiter_of(path)
    header: list[str] | None = None
    for record in _records(path, delimiter):
        if isinstance(record, BadRow):
            yield record
            continue
        number, fields = record
        if header is None:
            header = [name.strip() for name in fields]
        elif fields and fields != [""]:
            if len(fields) == len(header):
                yield number, dict(zip(header, fields, strict=True))
            else:
                noun = "field" if len(fields) == 1 else "fields"
                yield BadRow(number, "", f"{len(fields)} {noun}, the header has {len(header)}")


def delimiter_of(path: Path) -> str:
    """Tab for .tsv; else what separates most of the first line."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    first = next(read_lines(path), None)
    return max(DELIMITERS, key=first.text.count) if first else ","


def _records(path: Path, delimiter: str) -> Iterator[Record | BadRow]:
    """Complete records. After a quote that is not closed, reading goes on with the next line."""
    lines = read_lines(path)
    again: deque[Line] = deque()
    while True:
        first = again.popleft() if again else next(lines, None)
        if first is None:
            return
        if first.problem:
            yield BadRow(first.number, "", first.problem)
            continue
        taken = [first]
        size = len(first.text)
        is_open = _ends_inside_quotes(first.text, delimiter, False)
        while is_open and len(taken) < MOST_LINES and size < LARGEST_RECORD:
            following = again.popleft() if again else next(lines, None)
            if following is None:
                break
            taken.append(following)
            size += len(following.text)
            if following.problem:
                break
            is_open = _ends_inside_quotes(following.text, delimiter, True)
        fields = None if is_open else _fields(taken, delimiter)
        if fields is None:
            yield BadRow(
                first.number,
                "",
                _why(first, delimiter),
                _start(first),
                "Close the quote in the file.",
            )
            again.extendleft(reversed(taken[1:]))
        else:
            yield first.number, fields


def _ends_inside_quotes(text: str, delimiter: str, inside: bool) -> bool:
    """Whether a quoted field is still open at the end of this line."""
    if '"' not in text:
        return inside
    position = 0
    while position < len(text):
        if inside:
            end = text.find('"', position)
            if end < 0:
                return True
            if text.startswith('""', end):
                position = end + 2
                continue
            inside = False
            position = end + 1
        elif text.startswith('"', position):
            inside = True
            position += 1
            continue
        following = text.find(delimiter, position)
        if following < 0:
            return False
        position = following + 1
    return inside


def _fields(lines: list[Line], delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader([line.text for line in lines], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None if rows else []


def _why(first: Line, delimiter: str) -> str:
    if _ends_inside_quotes(first.text, delimiter, False):
        return "quote not closed"
    return "text after a closing quote"


def _start(line: Line) -> str:
    return line.text[:80].rstrip("\r\n")
