"""The words of a query as text: their kinds for colouring, and clauses put in and taken out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from studio.project.query_language import FIELDS, quote_value

OPERATORS = ("AND", "OR", "NOT")
_WORD = re.compile(r'(?:\w+:)?"(?:[^"\\]|\\.)*"?|[()]|[^\s()]+')


class Kind(StrEnum):
    FIELD = "field"
    OPERATOR = "operator"
    TEXT = "text"


@dataclass(frozen=True)
class Piece:
    start: int
    end: int
    kind: Kind


def pieces(query: str) -> list[Piece]:
    """The parts of a query that are painted differently, in order."""
    found: list[Piece] = []
    for match in _WORD.finditer(query):
        word = match.group()
        name = word.partition(":")[0]
        if word in OPERATORS or word in "()":
            found.append(Piece(match.start(), match.end(), Kind.OPERATOR))
        elif ":" in word and name.lower() in FIELDS:
            middle = match.start() + len(name) + 1
            found.append(Piece(match.start(), middle, Kind.FIELD))
            found.append(Piece(middle, match.end(), Kind.TEXT))
        else:
            found.append(Piece(match.start(), match.end(), Kind.TEXT))
    return found


def clause(field: str, value: str) -> str:
    return f"{field}:{quote_value(value)}"


def clauses(query: str) -> list[str]:
    """The parts joined by AND on the outermost level; an OR outside parentheses is one part."""
    words = [match.group() for match in _WORD.finditer(query)]
    parts: list[list[str]] = [[]]
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == "AND":
            parts.append([])
        elif depth == 0 and parts[-1] and _ends_part(parts[-1], word):
            parts.append([word])
        else:
            parts[-1].append(word)
    return [_joined(part) for part in parts if part]


def _ends_part(part: list[str], word: str) -> bool:
    """Two words side by side mean AND, unless an operator or an open bracket joins them."""
    if word in ("OR", ")") or part[-1] in ("OR", "NOT", "("):
        return False
    return part.count("(") == part.count(")")


def _joined(words: Sequence[str]) -> str:
    return " ".join(words).replace("( ", "(").replace(" )", ")")


def _is_bare_or(part: str) -> bool:
    depth = 0
    for match in _WORD.finditer(part):
        depth += (match.group() == "(") - (match.group() == ")")
        if depth == 0 and match.group() == "OR":
            return True
    return False


def join(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return " AND ".join(f"({part})" if _is_bare_or(part) else part for part in parts)


def toggled(query: str, part: str, *, exclude: bool = False) -> str:
    """Puts a clause in, or takes it out when it is there; its opposite is replaced."""
    wanted = f"NOT {part}" if exclude else part
    opposite = part if exclude else f"NOT {part}"
    field = part.partition(":")[0]
    kept = [each for each in clauses(query) if each not in (part, opposite)]
    if wanted in clauses(query):
        return join(kept)
    if not exclude:  # two values of one field never hold together
        kept = [each for each in kept if not each.startswith(f"{field}:")]
    return join([*kept, wanted])


def without_each(query: str) -> list[tuple[str, str]]:
    """Every clause with the query that is left when it is taken out."""
    parts = clauses(query)
    return [(part, join([*parts[:at], *parts[at + 1 :]])) for at, part in enumerate(parts)]
