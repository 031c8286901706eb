"""Phrases of a caption that name a sample's boxes: “a red car”, and “car” alone.

Without a tagger: a phrase begins at the determiner or number before the noun, if no more than a few
words that may be adjectives lie between. Where that is not so, the noun alone is the phrase.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.attention.patches import Box
from studio.attention.words import Part, Word

MOST_ADJECTIVES = 4
_ARTICLES = "a an one each every another this"
_NUMBERS = "two three four five six seven eight nine ten many several some few both all these those"
_OTHERS = f"the no its his her their our my your any {_NUMBERS}"
_OF_ONE, _OF_ANY = frozenset(_ARTICLES.split()), frozenset(_OTHERS.split())
# Words that no adjective follows on to the noun: what stands behind them is another phrase.
_JOINTS = (
    "and or but with without of in on at by to from for near under over above behind beside "
    "between before after into onto through along across around past off up down is are was "
    "were be has have while as that which who there here it they he she not"
)
_COLOURS = "red blue green yellow white black grey gray brown orange pink purple silver gold"
_COLOUR_NAMES = frozenset(_COLOURS.split())
_BREAKS = frozenset(_JOINTS.split())
_IRREGULAR = {
    "people": "person",
    "persons": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "policemen": "policeman",
    "feet": "foot",
    "mice": "mouse",
    "geese": "goose",
}
# Endings of a plural and what one has instead; Porter's stem would tell “buses” from “bus” and not
# “crossing” from “cross”.
_PLURALS = (("ies", "y"), ("es", ""), ("s", ""), ("ves", "f"))
_SHORTEST = 3  # letters that take an ending


@dataclass(frozen=True)
class NamedArea:
    """A box of a sample with its name."""

    name: str
    area: Box


@dataclass(frozen=True)
class Phrase:
    """Words `first` to `last` of a caption name boxes; the noun begins at `noun`.

    `name` is that of the boxes, and `areas` are all of them that are called so.
    """

    name: str
    first: int
    noun: int
    last: int
    areas: tuple[Box, ...]

    def tokens(self, words: Sequence[Word], *, whole: bool = True) -> tuple[int, ...]:
        """The tokens of the whole phrase, or of the noun alone."""
        first = self.first if whole else self.noun
        return tuple(token for word in words[first : self.last + 1] for token in word.tokens)


def find_phrases(words: Sequence[Word], boxes: Sequence[NamedArea]) -> list[Phrase]:
    """The phrases of an answer's words that name boxes, in their order; none lies in another."""
    names = _by_name(boxes)
    found: list[Phrase] = []
    free = 0
    while free < len(words):
        matched = _name_at(words, free, names)
        if matched is None:
            free += 1
            continue
        name, last = matched
        low = found[-1].last + 1 if found else 0
        first = _beginning(words, low, free, is_plural=_is_plural(words[last].text, name))
        found.append(Phrase(name, first, free, last, names[name]))
        free = last + 1
    return found


def named_like(text: str, boxes: Sequence[NamedArea]) -> list[NamedArea]:
    """The boxes whose name stands among these words; one word at least."""
    words = [Word((), (word,), special=False, part=Part.ANSWER) for word in text.split()]
    names = {phrase.name for phrase in find_phrases(words, boxes)}
    return [box for box in boxes if _plain(box.name) in names]


def content_words(words: Sequence[Word]) -> list[int]:
    """The places of an answer's words that say something of a picture: no articles, no joints."""
    empty = _OF_ONE | _OF_ANY | _BREAKS
    return [
        place
        for place, word in enumerate(words)
        if _may_name(word) and _plain(word.text) not in empty
    ]


def _by_name(boxes: Sequence[NamedArea]) -> dict[str, tuple[Box, ...]]:
    names: dict[str, tuple[Box, ...]] = {}
    for box in boxes:
        name = _plain(box.name)
        if name:
            names[name] = (*names.get(name, ()), box.area)
    return names


def _name_at(
    words: Sequence[Word], start: int, names: dict[str, tuple[Box, ...]]
) -> tuple[str, int] | None:
    """The longest name that begins at a word, and the place of its last word.

    Where none does, a name's last word stands for it: “light” for “traffic light”.
    """
    if not _may_name(words[start]):
        return None
    best: tuple[str, int] | None = None
    for name in names:
        length = _length_of(words, start, name.replace(" ", ""))
        if length and (best is None or start + length - 1 > best[1]):
            best = name, start + length - 1
    if best is not None:
        return best
    heads = [name for name in names if _is_one(words[start].text, name.split()[-1])]
    return (heads[0], start) if heads else None


def _length_of(words: Sequence[Word], start: int, name: str) -> int:
    """How many words from here on spell a name, spaces aside; 0 if they do not.

    So a name without spaces is found where each sign is a word.
    """
    spelt = ""
    for place in range(start, len(words)):
        if not _may_name(words[place]) or len(spelt) > len(name):
            return 0
        if _is_one(spelt + _plain(words[place].text), name):
            return place - start + 1
        spelt += _plain(words[place].text)
    return 0


def _beginning(words: Sequence[Word], low: int, noun: int, *, is_plural: bool) -> int:
    """The determiner's place, or the noun's where none belongs to it."""
    for place in range(noun - 1, max(low, noun - 1 - MOST_ADJECTIVES) - 1, -1):
        word = _plain(words[place].text)
        if not _may_name(words[place]):
            return noun
        if word in _OF_ONE:
            return noun if is_plural else place
        if word in _OF_ANY or word.isdigit():
            return place
        follows_article = place > low and _is_determiner(words[place - 1])
        # “a green and white bus” is one phrase.
        if word == "and" and place > low and _plain(words[place - 1].text) in _COLOUR_NAMES:
            continue
        # “the man riding horses” is no phrase of horses, “a moving car” is one of a car.
        if word in _BREAKS or (word.endswith("ing") and not follows_article):
            return noun
    return noun


def _is_determiner(word: Word) -> bool:
    plain = _plain(word.text)
    return plain in _OF_ONE or plain in _OF_ANY


def _may_name(word: Word) -> bool:
    return not word.special and word.part == Part.ANSWER and any(map(str.isalnum, word.text))


def _is_plural(word: str, name: str) -> bool:
    return name.split()[-1] in _ones(_plain(word))


def _is_one(word: str, name: str) -> bool:
    """Whether a word is a name, or one of them is the other's plural."""
    word = _plain(word)
    return word == name or name in _ones(word) or word in _ones(name)


def _ones(word: str) -> set[str]:
    """What a word may be the plural of."""
    found = {_IRREGULAR[word]} if word in _IRREGULAR else set()
    for ending, instead in _PLURALS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST and not word.endswith("ss"):
            found.add(stem + instead)
    return found


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())
