"""Tokens as people read them: sub-words joined to words, in the letters of the text."""

from dataclasses import dataclass
from enum import StrEnum

from studio.attention.maps import Provenance

PICTURE = "picture"
_JOINED = "##"
_LINE_END = "↵"
_WIDE = 0x2E80  # from here on scripts are written without spaces between words


class Part(StrEnum):
    """What a word belongs to; a classifier reads nothing but the caption."""

    CAPTION = "caption"
    TEMPLATE = "template"
    ANSWER = "answer"


@dataclass(frozen=True)
class Word:
    """Tokens that belong together; `pieces` are their letters as the text has them."""

    tokens: tuple[int, ...]
    pieces: tuple[str, ...]
    special: bool
    part: Part = Part.CAPTION

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def words_of(provenance: Provenance) -> list[Word]:
    """The words in order; a special token is a word of its own, under its own name.

    The image tokens of a picture are one word.
    """
    goes_on = _continues if provenance.is_of_answer else _goes_on
    image = set(provenance.image)
    groups: list[list[int]] = []
    for index, token in enumerate(provenance.tokens):
        in_picture = index in image and index - 1 in image
        if in_picture or (index and goes_on(provenance, index, token)):
            groups[-1].append(index)
        else:
            groups.append([index])
    return [_word(provenance, group) for group in groups]


def _goes_on(provenance: Provenance, index: int, token: str) -> bool:
    if provenance.special[index] or provenance.special[index - 1]:
        return False
    touches = provenance.spans[index][0] == provenance.spans[index - 1][1]
    return touches and token.startswith(_JOINED)


def _continues(provenance: Provenance, index: int, token: str) -> bool:
    """A letter of several tokens stays whole, and letters go on until something else comes.

    Where the answer begins, a word begins.
    """
    if provenance.special[index] or provenance.special[index - 1] or index == provenance.rows[0]:
        return False
    start, end = provenance.spans[index]
    before, last = provenance.spans[index - 1]
    piece = provenance.text[before:last]
    if not piece.strip(" "):  # a letter that goes on, or the space before a word
        return True
    first = provenance.text[start:end][:1] or " "
    return all(one.isalnum() and ord(one) < _WIDE for one in (piece[-1], first))


def _word(provenance: Provenance, group: list[int]) -> Word:
    special = provenance.special[group[0]]
    if group[0] in provenance.image:
        return Word(tuple(group), (PICTURE,), special=True, part=Part.TEMPLATE)
    pieces = tuple(_letters(provenance, index) for index in group)
    return Word(tuple(group), pieces, special, _part_of(provenance, group[0]))


def _part_of(provenance: Provenance, index: int) -> Part:
    if not provenance.is_of_answer:
        return Part.CAPTION
    if index >= provenance.rows[0]:
        return Part.ANSWER
    (start, end), (first, last) = provenance.spans[index], provenance.caption
    return Part.CAPTION if first < last and start < last and end > first else Part.TEMPLATE


def _letters(provenance: Provenance, index: int) -> str:
    start, end = provenance.spans[index]
    letters = provenance.text[start:end]
    if not provenance.is_of_answer:
        return letters or provenance.tokens[index]
    # Bytes of a letter that goes on show nothing; a line's end shows a mark.
    return letters.strip() or _LINE_END * letters.count("\n")
