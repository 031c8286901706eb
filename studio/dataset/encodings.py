"""Refuses a table that is written in another encoding, before each of its rows is."""

from itertools import islice
from pathlib import Path

from studio.dataset.text_lines import encoding_of, read_lines
from studio.errors import StudioError

LINES_LOOKED_AT = 2_000


def refuse_other_encoding(path: Path) -> None:
    """StudioError where the header, or every line with other letters than English, is not UTF-8.

    A single broken line among sound ones is no other encoding: it is reported as a row.
    """
    if encoding_of(path) not in ("utf-8", "utf-8-sig"):
        return
    broken: list[int] = []
    sound = 0
    for line in islice(read_lines(path), LINES_LOOKED_AT):
        if line.problem.startswith("not valid UTF-8"):
            broken.append(line.number)
        elif not line.text.isascii():
            sound += 1
    if broken and (broken[0] == 1 or (len(broken) > 1 and not sound)):
        raise StudioError(
            f"{path.name} is not UTF-8: line {broken[0]:,} holds other bytes.",
            "Save it as UTF-8, then import it again. Nothing was imported.",
        )
