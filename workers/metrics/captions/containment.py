"""How many captions name what they should: a brand, a class, a keyword; always as correct of N."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_APOSTROPHES = re.compile("[’ʼ‘`´]")
# Scripts from here on are written without spaces: a name stands there between other letters.
_FIRST_WITHOUT_SPACES = "\u2e80"


@dataclass(frozen=True)
class Correct:
    """So many of so many; a share alone hides how few they were."""

    correct: int
    count: int

    @property
    def share(self) -> float:
        return self.correct / self.count if self.count else 0.0

    def __str__(self) -> str:
        return f"{self.correct:,} of {self.count:,}"


def containment(
    captions: Iterable[str], names: Iterable[Sequence[str]], *, whole_words: bool = False
) -> Correct:
    """Captions that contain one of their names; as many captions as lists of names."""
    found = [
        any(contains(caption, name, whole_words=whole_words) for name in wanted)
        for caption, wanted in zip(captions, names, strict=True)
    ]
    return Correct(sum(found), len(found))


def contains(caption: str, name: str, *, whole_words: bool = False) -> bool:
    """Whether the name stands in the caption, whatever the case, apostrophes and spaces.

    With `whole_words` a short name such as “GAP” is not found in “gaping”. An empty name never is.
    """
    text, sought = plain(caption), plain(name)
    if not sought:
        return False
    if not whole_words:
        return sought in text
    before = r"(?<!\w)" if _has_edge(sought[0]) else ""
    after = r"(?!\w)" if _has_edge(sought[-1]) else ""
    return re.search(before + re.escape(sought) + after, text) is not None


def plain(text: str) -> str:
    """Without what typing alone decides: width, kind of apostrophe, case, number of spaces."""
    # Before normalising: an accent that stands alone would become a space and a mark.
    same = unicodedata.normalize("NFKC", _APOSTROPHES.sub("'", text))
    return " ".join(same.casefold().split())


def _has_edge(letter: str) -> bool:
    return letter.isalnum() and letter < _FIRST_WITHOUT_SPACES
