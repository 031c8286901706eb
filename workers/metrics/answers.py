"""Written answers read as labels: strictly, leniently, or not at all."""

import re
import string
from collections.abc import Sequence

# Around a label that an answer may be wrapped in; the full-width marks are those of Chinese.
WRAPPING = string.punctuation + string.whitespace + "“”‘’「」『』《》。，！？：；、…"
# Scripts from here on are written without spaces: a label stands there between other letters.
FIRST_WITHOUT_SPACES = "\u2e80"


def read_strictly(text: str, labels: Sequence[str]) -> str:
    """The label that the answer is, apart from quotes, punctuation and case; empty if none."""
    said = text.strip(WRAPPING).casefold()
    return next((label for label in labels if label.strip(WRAPPING).casefold() == said), "")


def read_leniently(text: str, labels: Sequence[str]) -> str:
    """The first label in the answer as a word of its own; “unsafe” is not “safe”."""
    longest_first = sorted(labels, key=len, reverse=True)
    pattern = "|".join(f"({_as_word(label)})" for label in longest_first)
    found = re.search(pattern, text, re.IGNORECASE) if pattern else None
    return longest_first[found.lastindex - 1] if found and found.lastindex else ""


def shares(strict: Sequence[str], lenient: Sequence[str], given: Sequence[str]) -> dict[str, float]:
    """How often each reading is the given label, and how often no label was found."""
    count = max(1, len(given))
    return {
        "text/strict": sum(a == b for a, b in zip(strict, given, strict=True)) / count,
        "text/lenient": sum(a == b for a, b in zip(lenient, given, strict=True)) / count,
        "text/unparsed": sum(not said for said in lenient) / count,
    }


def _as_word(label: str) -> str:
    before = r"(?<!\w)" if _needs_edge(label[:1]) else ""
    after = r"(?!\w)" if _needs_edge(label[-1:]) else ""
    return before + re.escape(label) + after


def _needs_edge(letter: str) -> bool:
    return letter.isalnum() and letter < FIRST_WITHOUT_SPACES
