"""Reads the text of the query bar into a tree: words, fields, AND, OR, NOT and parentheses."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from studio.errors import StudioError

YES_NO = ("yes", "no")
HAS = (
    "image",
    "caption",
    "label",
    "problem",
    "boxes",
    "prediction",
    "scene",
    "answer",
    "suggestion",
)
FIELDS: dict[str, tuple[str, ...]] = {  # the values that are possible; none listed: any
    "label": (),
    "split": ("train", "validation", "test", "none"),
    "reviewed": YES_NO,
    "origin": ("human", "import", "run"),
    "caption": (),
    "answer": (),
    "path": (),
    "key": (),
    "sample": (),
    "scene": (),
    "source": (),
    "predicted": (),
    "wrong": (),
    "conf": (),
    "suspect": YES_NO,
    "suggested": (),
    "has": HAS,
}
OPERATORS = ("<=", ">=", "<", ">", "=")
WORD = re.compile(r'[^\s()"]+')
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
FIELD = re.compile(r"([A-Za-z]+):")
DEEPEST = 60
MOST_TERMS = 200
LONGEST = 1_000_000  # characters: a list of samples may be long


class QueryError(StudioError):
    """A query that cannot be read: where, how long the wrong part is, what was expected."""

    def __init__(self, position: int, length: int, expected: tuple[str, ...]) -> None:
        super().__init__(f"Expected {_listed(expected)} at character {position + 1}.")
        self.position = position
        self.length = length
        self.expected = expected


@dataclass(frozen=True)
class Word:
    """A part of a caption."""

    text: str


@dataclass(frozen=True)
class Term:
    """A field with its value; `operator` is one of <, <=, >, >=, = and only `conf` uses others."""

    field: str
    operator: str
    value: str
    quoted: bool = False


@dataclass(frozen=True)
class Not:
    part: "Node"


@dataclass(frozen=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Or:
    parts: tuple["Node", ...]


Node: TypeAlias = Word | Term | Not | And | Or


@dataclass(frozen=True)
class Token:
    """A piece of the text: ( ) AND OR NOT, or a word or a field with its value."""

    kind: str
    position: int
    length: int
    node: Word | Term | None = None


def parse(text: str) -> Node | None:
    """The tree of a query, None for an empty one; QueryError where it cannot be read."""
    if len(text) > LONGEST:
        raise QueryError(LONGEST, len(text) - LONGEST, ("a shorter query",))
    tokens = tokenize(text)
    terms = sum(1 for token in tokens if token.node is not None)
    if terms > MOST_TERMS:
        raise QueryError(tokens[-1].position, tokens[-1].length, (f"at most {MOST_TERMS} words",))
    if not tokens:
        return None
    reader = _Reader(tokens, len(text))
    tree = reader.read_or(0)
    if (left := reader.peek()) is not None:
        raise QueryError(left.position, left.length, ("AND", "OR", "a word"))
    return tree


def tokenize(text: str) -> list[Token]:
    """The pieces of a query, in order, each with its place in the text."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token = _token_at(text, position)
        tokens.append(token)
        position += token.length
    return tokens


def _token_at(text: str, position: int) -> Token:
    if text[position] in "()":
        return Token(text[position], position, 1)
    if text[position] == '"':
        value, end = _quoted_at(text, position)
        return Token("word", position, end - position, Word(value))
    match = WORD.match(text, position)
    word = match.group() if match else text[position]
    if word in ("AND", "OR", "NOT"):
        return Token(word, position, len(word))
    field = FIELD.match(word)
    if field is None or word[field.end() :].startswith("//"):
        _check_characters(word, position)
        return Token("word", position, len(word), Word(word))
    return _term_at(text, position, field.group(1).lower(), position + field.end())


def _term_at(text: str, start: int, field: str, position: int) -> Token:
    if field not in FIELDS:
        raise QueryError(start, len(field), tuple(f"{name}:" for name in FIELDS))
    operator = "="
    if field == "conf":
        found = next((each for each in OPERATORS if text.startswith(each, position)), None)
        operator, position = found or "=", position + len(found or "")
    quoted = text.startswith('"', position)
    if quoted:
        value, end = _quoted_at(text, position)
    else:
        match = WORD.match(text, position)
        value, end = (match.group(), match.end()) if match else ("", position)
        _check_characters(value, position)
    value = _check_value(field, value, position, end - position)
    return Token("word", start, end - start, Term(field, operator, value, quoted))


def _check_value(field: str, value: str, position: int, length: int) -> str:
    allowed = FIELDS[field]
    if allowed and value.lower() not in allowed:
        raise QueryError(position, length, allowed)
    if not value.strip():
        raise QueryError(position, length, (f"a value of {field}",))
    if field == "conf":
        try:
            return str(_number(value))
        except ValueError:
            raise QueryError(position, length, ("a number such as 0.6",)) from None
    return value.lower() if allowed else value


def _number(value: str) -> float:
    if not re.fullmatch(r"[0-9]*\.?[0-9]+|[0-9]+\.", value, re.ASCII):
        raise ValueError(value)
    return float(value)


def _quoted_at(text: str, position: int) -> tuple[str, int]:
    match = QUOTED.match(text, position)
    if match is None:
        raise QueryError(position, len(text) - position, ('a closing "',))
    value = re.sub(r"\\(.)", r"\1", match.group(1), flags=re.DOTALL)
    _check_characters(value, position)
    if not value:
        raise QueryError(position, match.end() - position, ("text between the quotes",))
    return value, match.end()


def _check_characters(value: str, position: int) -> None:
    """NUL and lone surrogates are no text that a caption could hold or a database compare."""
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise QueryError(position, len(value), ("text",))


class _Reader:
    """Recursive descent over the tokens; `depth` bounds the nesting."""

    def __init__(self, tokens: list[Token], end: int) -> None:
        self._tokens = tokens
        self._next = 0
        self._end = end

    def peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def read_or(self, depth: int) -> Node:
        parts = [self._read_and(depth)]
        while self._take("OR"):
            parts.append(self._read_and(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _read_and(self, depth: int) -> Node:
        parts = [self._read_not(depth)]
        while (token := self.peek()) is not None and token.kind not in ("OR", ")"):
            self._take("AND")
            parts.append(self._read_not(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _read_not(self, depth: int) -> Node:
        token = self.peek()
        if token is None:
            raise QueryError(self._end, 0, ("a word", "a field", "("))
        if depth > DEEPEST:
            raise QueryError(token.position, token.length, ("fewer parentheses",))
        self._next += 1
        match token.kind:
            case "NOT":
                return Not(self._read_not(depth + 1))
            case "(":
                inner = self.read_or(depth + 1)
                if not self._take(")"):
                    left = self.peek()
                    raise QueryError(left.position if left else self._end, 0, (")",))
                return inner
            case _:
                if token.node is None:
                    raise QueryError(token.position, token.length, ("a word", "a field", "("))
                return token.node

    def _take(self, kind: str) -> bool:
        token = self.peek()
        if token is None or token.kind != kind:
            return False
        self._next += 1
        return True


def _listed(words: tuple[str, ...]) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} or {words[-1]}"
