"""Tokens as people read them: sub-words joined to words, in the letters of the caption."""

from dataclasses import dataclass

from studio.attention.maps import Provenance

_JOINED = "##"


@dataclass(frozen=True)
class Word:
    """Tokens that belong together; `pieces` are their letters as the caption has them."""

    tokens: tuple[int, ...]
    pieces: tuple[str, ...]
    special: bool

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def words_of(provenance: Provenance) -> list[Word]:
    """The words in order; a special token is a word of its own, under its own name."""
    groups: list[list[int]] = []
    for index, token in enumerate(provenance.tokens):
        if index and _goes_on(provenance, index, token):
            groups[-1].append(index)
        else:
            groups.append([index])
    return [_word(provenance, group) for group in groups]


def _goes_on(provenance: Provenance, index: int, token: str) -> bool:
    if provenance.special[index] or provenance.special[index - 1]:
        return False
    touches = provenance.spans[index][0] == provenance.spans[index - 1][1]
    return touches and token.startswith(_JOINED)


def _word(provenance: Provenance, group: list[int]) -> Word:
    special = provenance.special[group[0]]
    pieces = tuple(_letters(provenance, index) for index in group)
    return Word(tuple(group), pieces, special)


def _letters(provenance: Provenance, index: int) -> str:
    start, end = provenance.spans[index]
    letters = provenance.text[start:end]
    return letters or provenance.tokens[index]
