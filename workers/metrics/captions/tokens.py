"""Captions into words by the rules of the Penn Treebank, as COCO's caption evaluation does.

Java's tokenizer looks past the end of a caption into the next one, where a capital “A” takes the
full stop from a single letter before it; here each caption is read alone.
"""

import re

TOKENIZER = "treebank"  # written beside every score: another tokenizer gives other numbers

# Left out after splitting; the list of COCO names brackets in upper case, so they stay.
_PUNCTUATION = frozenset(
    ["''", "'", "``", "`", '"', ".", "?", "!", ",", ":", "-", "--", "...", ";"]
)
_BRACKETS = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}
_TYPOGRAPHIC = {
    "’": "'",
    "‘": "`",
    "“": '"',
    "”": '"',
    "–": " -- ",
    "—": " -- ",
    "…": " ... ",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "£": "#",
    "€": "$",
    "¢": " cents",
    "\u00a0": " ",
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&apos;": "'",
    "&nbsp;": " ",
}
_UNTYPOGRAPHIC = re.compile("|".join(_TYPOGRAPHIC))
_NO_WORD = re.compile(
    "[\U00010000-\U0010ffff\u0000-\u0008\u000e-\u001f\u200b-\u200f\ufe00-\ufe0f\ufeff]"
)

# Abbreviations that keep their full stop, in any case and only with a capital.
_SHORT = (
    "mr|mrs|ms|dr|jr|sr|st|mt|ft|ave|rd|blvd|bldg|dept|gov|gen|col|tel|est|ext|sq|al|esq|ltd|corp|"
    "bros|assn|inc|co|etc|vs|cf"
)
_SHORT_NAMES = (
    "Capt|Lt|Rev|Prof|Pres|Sen|Rep|Sgt|Adm|Hon|Univ|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|"
    "Dec|Mon|Tue|Tues|Wed|Thur|Thurs|Fri|Calif|Fla|Ga|Ky|Md|Mass|Mich|Minn|Miss|Mo|Pa|Tenn|Tex|Va|"
    "Vt|Wash|Wis|Ariz|Colo|Conn|Del|Ill|Ind|La|Ore"
)
# After these a full stop behind a single letter ends a sentence.
_STARTS = (
    "An?|The|This|That|These|It|He|She|We|They|There|One|Some|Many|In|At|After|Also|And|But|"
    "However|If|What|When|While|You"
)
# Written as one word, split in two: cannot, gonna.
_JOINED = {"can": "not", "gon": "na", "got": "ta", "wan": "na", "lem": "me", "gim": "me"}
_FIRST_PARTS = "|".join(rf"{first}(?={rest}(?!['\w]))" for first, rest in _JOINED.items())

# With the marks that are written upon letters: accents, and the vowels of South Asia.
_LETTER = r"[\w\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff]"

_TOKEN = re.compile(
    rf"""
      </?[A-Za-z!][^<>]*>                                                    # a tag
    | https?://[^\s"<>|()]*[^\s"<>|().,;:!?-]                                # an address
    | [\w.+-]{{1,64}}@[\w-]+(?:\.[\w-]+)*
    | [A-Za-z][\w-]{{0,63}}(?:\.[\w-]{{1,63}}){{0,4}}\.(?:com|net|org|edu|gov|info)\b
      (?:/[\w./?=&-]*\w)?
    | [@\#][A-Za-z_]\w*
    | (?<!\w)[:;=]-?[()\[\]](?!\w)                                           # a smiley
    | (?i:{_FIRST_PARTS})
    | (?i:'t(?=(?:is|was)\b) | y'(?=[a-z]))
    | (?i:'n' | '(?:[2-9]0s|till?|em|cause|n)(?!\w) | (?:ol|dunkin|somethin)'(?!\w))
    | (?i:[a-hj-xz]'[a-z]{{2,}} | [a-z]*[aeiouy]'[aeiou][a-z]*)              # o'clock
    | (?i:[a-z]+?(?=n't(?!\w)) | n't(?!\w) | '(?:s|m|d|re|ve|ll)(?!\w))      # don't, dog's
    | (?:[A-Za-z]+-)?(?:[A-Za-z]\.){{2,}}(?!\w) | Ph\.D\.                    # U.S.
    | (?:(?i:{_SHORT})|{_SHORT_NAMES})\.(?!\w) | (?:[Nn]os?|Fig)\.(?=\s*\d)
    | [A-Za-z]\.(?=\s)(?!\s+(?:{_STARTS})\b) | [A-Za-z]\.(?=\s*$)      # J. Smith
    | [A-Za-z]+\.(?=[,;:])                                                   # within a sentence
    | [+-]?\d*(?:[.,:]\d+)+(?:-[A-Za-z]\w*)*                                 # 1,000.50, 2.5-inch
    | \d{{1,2}}/\d{{1,2}}(?:/\d{{4}}|/\d{{1,2}})?(?![\d/])(?:-[A-Za-z]\w*)*  # 3/4-inch
    | (?!\d+/\d)\w+(?:-\w+)*(?:/(?!\d+/)\w+(?:-\w+)*){{1,2}}                 # and/or
    | [A-Za-z]+(?:[.!?][A-Za-z]+)+ | [A-Za-z]+&[A-Za-z]+ | [Cc]\+\+ | [Cc]\#(?!\w)
    | (?:US|HK|NZ|[AC])\$
    | {_LETTER}+(?:-{_LETTER}+)*                                             # t-shirt, 5ft
    | [+-]\d+
    | \.\.\. | --+ | [!?]+ | \*+ | `` | '' | << | >> | \S
    """,
    re.VERBOSE,
)
# What needs no rule: words of ASCII, hyphens inside, commas between, one full stop at the end.
_PLAIN = re.compile(r"[A-Za-z0-9 ]*(?:(?:, |(?<=[A-Za-z])-(?=[A-Za-z]))[A-Za-z0-9 ]*)*(?:\. *)?")
_NOT_PLAIN = frozenset(f"{a}{b}" for a, b in _JOINED.items())
_LAST_NOT_PLAIN = frozenset(f"{_SHORT}|{_SHORT_NAMES}".lower().split("|"))


def words_of(caption: str) -> list[str]:
    """The caption's words in lower case, without punctuation."""
    if _PLAIN.fullmatch(caption):
        words = caption.lower().replace(",", "").split()
        if not words:
            return words
        last = words[-1] = words[-1].removesuffix(".")
        if not last:
            words.pop()
        if len(last) != 1 and last not in _LAST_NOT_PLAIN and _NOT_PLAIN.isdisjoint(words):
            return words
    return _by_rules(caption)


def _by_rules(caption: str) -> list[str]:
    plain = _NO_WORD.sub(" ", _UNTYPOGRAPHIC.sub(_plainly, caption))
    found = (_named(token.lower()) for token in _TOKEN.findall(plain))
    return [token for token in found if token not in _PUNCTUATION and token.strip("-.")]


def _plainly(found: re.Match[str]) -> str:
    return _TYPOGRAPHIC[found.group()]


def _named(token: str) -> str:
    """Brackets have names, also in a smiley."""
    if token[-1] not in _BRACKETS or len(token) > 3:
        return token
    return token[:-1] + _BRACKETS[token[-1]]
