"""The script that a text is mostly written in: enough to see that answers mix languages."""

from collections import Counter
from functools import lru_cache

NONE = "no letters"
RANGES = (  # first and last code point of what has letters of its own
    (0x0041, 0x024F, "Latin"),
    (0x0370, 0x03FF, "Greek"),
    (0x0400, 0x052F, "Cyrillic"),
    (0x0590, 0x05FF, "Hebrew"),
    (0x0600, 0x06FF, "Arabic"),
    (0x0900, 0x097F, "Devanagari"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x1100, 0x11FF, "Hangul"),
    (0x3040, 0x30FF, "Japanese"),
    (0x3400, 0x4DBF, "Chinese"),
    (0x4E00, 0x9FFF, "Chinese"),
    (0xAC00, 0xD7AF, "Hangul"),
    (0xF900, 0xFAFF, "Chinese"),
    (0x20000, 0x3FFFF, "Chinese"),
)
LOOKED_AT = 120  # characters


def script_of(text: str) -> str:
    """The script of most letters; a text with kana is Japanese, whatever else it holds."""
    counts = Counter(
        script for letter in text[:LOOKED_AT] if letter.isalpha() and (script := _script(letter))
    )
    if "Japanese" in counts:
        return "Japanese"
    return counts.most_common(1)[0][0] if counts else NONE


@lru_cache(maxsize=20_000)
def _script(letter: str) -> str:
    point = ord(letter)
    return next((name for first, last, name in RANGES if first <= point <= last), "other")
