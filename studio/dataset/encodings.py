"""Refuses a table that is written in another encoding, before each of its rows is."""

from itertools import islice
from pathlib import Path

from studio.dataset.text_lines import NOT_UTF8, Line, encoding_of, read_lines
from studio.errors import StudioError

LINES_LOOKED_AT = 2_000


def refuse_other_encoding(path: Path) -> None:
    """StudioError where the header, or every line with other letters than English, is not UTF-8.

    A single broken line among sound ones is no other encoding: it is reported as a row.
    """
    if encoding_of(path) not in ("utf-8", "utf-8-sig"):
        return
    broken: list[Line] = []
    sound = 0
    for line in islice(read_lines(path), LINES_LOOKED_AT):
        if line.problem.startswith(NOT_UTF8):
            broken.append(line)
        elif not line.text.isascii():
            sound += 1
    if broken and (broken[0].number == 1 or (len(broken) > 1 and not sound)):
        first = broken[0]
        place = f"line {first.number:,}{first.problem.removeprefix(NOT_UTF8)}"
        raise StudioError(
            f"{path.name} is not UTF-8: the first other letter is in {place}.",
            "Save it as UTF-8 (in a spreadsheet: CSV UTF-8), then import it again. "
            "Nothing was imported.",
        )
