"""Words without their endings, by Porter's algorithm of 1980 with its later corrections."""

import re
from functools import lru_cache

_REMEMBERED = 100_000  # words
_IRREGULAR = {
    form: stem
    for stem, forms in {
        "sky": "sky skies",
        "die": "dying",
        "lie": "lying",
        "tie": "tying",
        "news": "news",
        "inning": "inning innings",
        "outing": "outing outings",
        "canning": "canning cannings",
        "howe": "howe",
        "proceed": "proceed",
        "exceed": "exceed",
        "succeed": "succeed",
    }.items()
    for form in forms.split()
}
# The endings of each step, longest first where one ends like another, and what takes their place.
_SECOND = {
    "ational": "ate",
    "tional": "tion",
    "enci": "ence",
    "anci": "ance",
    "izer": "ize",
    "bli": "ble",
    "alli": "al",
    "entli": "ent",
    "eli": "e",
    "ousli": "ous",
    "ization": "ize",
    "ation": "ate",
    "ator": "ate",
    "alism": "al",
    "iveness": "ive",
    "fulness": "ful",
    "ousness": "ous",
    "aliti": "al",
    "iviti": "ive",
    "biliti": "ble",
    "fulli": "ful",
}
_THIRD = {
    "icate": "ic",
    "ative": "",
    "alize": "al",
    "iciti": "ic",
    "ical": "ic",
    "ful": "",
    "ness": "",
}
_FOURTH = (
    *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou"),
    *("ism", "ate", "iti", "ous", "ive", "ize"),
)


@lru_cache(_REMEMBERED)
def stem_of(word: str) -> str:
    """The stem of a word in lower case; words of one or two letters stay."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 2:
        return word
    word = _without_plural(word)
    word = _without_past(word)
    if word.endswith("y") and len(word) > 2 and not _is_vowel(word, len(word) - 2):
        word = f"{word[:-1]}i"
    word = _second(word)
    word = _replaced(word, _THIRD, 0)
    word = _without_fourth(word)
    return _tidied(word)


def _is_vowel(word: str, index: int) -> bool:
    """`y` is one after a consonant."""
    letter = word[index]
    return letter in "aeiou" or (letter == "y" and index > 0 and not _is_vowel(word, index - 1))


def _measure(stem: str) -> int:
    """How often vowels are followed by consonants."""
    kinds = "".join("v" if _is_vowel(stem, index) else "c" for index in range(len(stem)))
    return len(re.findall("v+c+", kinds))


def _has_vowel(stem: str) -> bool:
    return any(_is_vowel(stem, index) for index in range(len(stem)))


def _ends_double(word: str) -> bool:
    return len(word) > 1 and word[-1] == word[-2] and not _is_vowel(word, len(word) - 1)


def _ends_short(word: str) -> bool:
    """Consonant, vowel, consonant at the end, as in `hop`; or a word such as `at`."""
    kinds = [_is_vowel(word, index) for index in range(len(word))]
    if len(word) == 2:
        return kinds == [True, False]
    return kinds[-3:] == [False, True, False] and word[-1] not in "wxy"


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) == 4:
        return word[:-1]
    if word.endswith(("sses", "ies")):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _without_past(word: str) -> str:
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    for ending in ("ed", "ing"):
        if word.endswith(ending) and _has_vowel(word.removesuffix(ending)):
            return _mended(word.removesuffix(ending))
    return word


def _mended(stem: str) -> str:
    """What a stem needs when its past ending is gone: `hopp` becomes `hop`, `fil` `file`."""
    if stem.endswith(("at", "bl", "iz")):
        return f"{stem}e"
    if _ends_double(stem):
        return stem if stem[-1] in "lsz" else stem[:-1]
    return f"{stem}e" if _measure(stem) == 1 and _ends_short(stem) else stem


def _second(word: str) -> str:
    if word.endswith("alli") and _measure(word[:-4]):
        return _second(f"{word[:-4]}al")
    if word.endswith("logi"):
        return word[:-1] if _measure(word[:-3]) else word
    return _replaced(word, _SECOND, 0)


def _replaced(word: str, endings: dict[str, str], least: int) -> str:
    for ending, instead in endings.items():
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            return stem + instead if _measure(stem) > least else word
    return word


def _without_fourth(word: str) -> str:
    for ending in _FOURTH:
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            goes = _measure(stem) > 1 and (ending != "ion" or stem[-1:] in ("s", "t"))
            return stem if goes else word
    return word


def _tidied(word: str) -> str:
    """Without a last `e`, and with one `l` for two, where the stem is long enough."""
    if word.endswith("e"):
        stem = word[:-1]
        if _measure(stem) > 1 or (_measure(stem) == 1 and not _ends_short(stem)):
            word = stem
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word
