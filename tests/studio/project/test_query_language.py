"""The query bar: what each field finds, where errors are, and that no text can harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select

from studio.project import edits, queries, schema
from studio.project.creation import create_schema
from studio.project.query_language import complete, condition, parse, quote_value, word_at
from studio.project.query_syntax import FIELDS, And, Not, Or, QueryError, Term, Word
from tests.studio.project.street_project import LABELLED

EVERY = set(range(1, LABELLED + 1))
DANGEROUS = {n for n in EVERY if n % 2 == 0 and n % 7}
SAFE = {n for n in EVERY if n % 2 and n % 7}
NONE = {n for n in EVERY if n % 7 == 0}
TRAIN = {n for n in EVERY if n % 3 == 0}
FOUND = {
    "": EVERY,
    "   ": EVERY,
    "label:dangerous": DANGEROUS,
    "label:DANGEROUS": DANGEROUS,
    'label:"safe"': SAFE,
    "label:none": NONE,
    "label:unknown": set(),
    "NOT label:safe": EVERY - SAFE,
    "split:train": TRAIN,
    "split:none": {n for n in EVERY if n % 3 == 2},
    "NOT split:train": EVERY - TRAIN,
    "reviewed:yes": {n for n in EVERY if n % 2},
    "reviewed:no": {n for n in EVERY if n % 2 == 0},
    "origin:import": EVERY,
    "origin:human": set(),
    "caption:crossing": EVERY,
    'caption:"crossing 12."': {12},
    '"CROSSING 12."': {12},
    "RED crossing": EVERY,
    "path:cam3/1": {1, *range(10, 20)},
    "path:%": set(),
    "path:_": set(),
    "key:101": set(range(10, 20)),
    "sample:3": {3},
    "sample:3,5,7": {3, 5, 7},
    "sample:1012": {12},
    'sample:"1012"': {12},
    "sample:3,1012,9999": {3, 12},
    'scene:"scene 1"': {5, 7},
    "NOT scene:x": EVERY,
    "source:cam-3": EVERY,
    "source:other": set(),
    "predicted:safe": {n for n in EVERY if n % 5 == 0},
    "wrong:yes": {n for n in DANGEROUS if n % 5 == 0} | {n for n in SAFE if n % 5},
    "wrong:no": {n for n in DANGEROUS if n % 5} | {n for n in SAFE if n % 5 == 0},
    'wrong:"run 7"': {n for n in DANGEROUS if n % 5 == 0} | {n for n in SAFE if n % 5},
    "wrong:7": {n for n in DANGEROUS if n % 5 == 0} | {n for n in SAFE if n % 5},
    "wrong:8": set(),
    "conf:<0.1": {1, 2, 3},
    "conf:<=.1": {1, 2, 3, 4},
    "conf:>0.95": {39, 40},
    "conf:>=0.95": {38, 39, 40},
    "conf:1": {40},
    "suspect:yes": {37, 38, 39, 40},
    "suspect:no": EVERY - {37, 38, 39, 40},
    "has:image": EVERY,
    "has:problem": set(),
    "has:label": EVERY - NONE,
    "has:boxes": EVERY,
    "has:prediction": EVERY,
    "has:caption": EVERY,
    "has:scene": {n for n in EVERY if n % 2},
    "label:dangerous split:train": DANGEROUS & TRAIN,
    "label:dangerous AND split:train": DANGEROUS & TRAIN,
    "label:dangerous OR split:train": DANGEROUS | TRAIN,
    "label:safe OR label:dangerous split:train": SAFE | DANGEROUS & TRAIN,
    "(label:safe OR label:dangerous) split:train": (SAFE | DANGEROUS) & TRAIN,
    "NOT (label:safe OR label:none)": DANGEROUS,
    "NOT NOT label:safe": SAFE,
    "(((label:safe)))": SAFE,
    "雨天的道路": EVERY,
    "雨": EVERY,
    "道路": EVERY,
    '"天的道路 12"': {12},
    "汽车": set(),
    "<b>wet</b>": EVERY,
    "12": {12},
    "%": set(),
    "_": set(),
    "'": set(),
    '"a \\"quoted\\" word"': set(),
    '"; DROP TABLE samples; --"': set(),
    "https://example.org/x": set(),
}


@pytest.mark.parametrize("query", FOUND, ids=lambda query: query or "nothing")
def test_a_query_finds_what_it_says(document, query):
    found = document.query(queries.sample_ids, query)
    assert set(found) == FOUND[query]
    assert document.query(queries.count, query) == len(FOUND[query])
    counts = document.query(queries.counts, query)
    assert counts.total == len(found) == sum(counts.label.values()) == sum(counts.split.values())


@pytest.mark.parametrize("query", FOUND, ids=lambda query: query or "nothing")
def test_an_edit_of_a_query_changes_just_its_samples(document, query):
    before = {row.id: row for row in document.query(queries.sample_rows, EVERY)}
    document.edit("Scene", edits.set_split_query, query, "test")
    for row in document.query(queries.sample_rows, EVERY):
        expected = "test" if row.id in FOUND[query] else before[row.id].split
        assert row.split == expected


WRONG = {
    "label:": (6, 0, "a value of label"),
    "split:everything": (6, 10, "train"),
    "a reviewed:maybe": (11, 5, "yes"),
    "colour:red": (0, 6, "label:"),
    "conf:low": (5, 3, "a number such as 0.6"),
    "conf:<": (6, 0, "a value of conf"),
    "conf:<nan": (6, 3, "a number such as 0.6"),
    "conf:<1e9": (6, 3, "a number such as 0.6"),
    '"open': (0, 5, 'a closing "'),
    'label:"open': (6, 5, 'a closing "'),
    '""': (0, 2, "text between the quotes"),
    "(a": (2, 0, ")"),
    "a)": (1, 1, "AND"),
    "a AND": (5, 0, "a word"),
    "OR a": (0, 2, "a word"),
    "NOT": (3, 0, "a word"),
    "()": (1, 1, "a word"),
    "a\0b": (0, 3, "text"),
    "\ud800": (0, 1, "text"),
    "(" * 1000: (61, 1, "fewer parentheses"),
    "NOT " * 1000 + "a": (244, 3, "fewer parentheses"),
    "a " * 1000: (1998, 1, "at most 200 words"),
}


@pytest.mark.parametrize("query", WRONG, ids=lambda query: repr(query[:20]))
def test_an_error_says_where_and_what_was_expected(query):
    with pytest.raises(QueryError) as caught:
        parse(query)
    position, length, expected = WRONG[query]
    assert (caught.value.position, caught.value.length) == (position, length)
    assert expected in caught.value.expected


def test_a_query_is_a_tree():
    assert parse('a OR NOT label:safe "b c"') == Or(
        (Word("a"), And((Not(Term("label", "=", "safe")), Word("b c"))))
    )


PIECES = [
    '"',
    "'",
    "(",
    ")",
    "\\",
    "%",
    "_",
    "*",
    ";",
    "--",
    ":",
    "AND",
    "OR",
    "NOT",
    "雨",
    "\0",
    " ",
]
FIELD_NAMES = [f"{name}:" for name in FIELDS]


@settings(max_examples=250, deadline=None)
@given(
    st.one_of(
        st.text(max_size=30),
        st.lists(st.sampled_from(PIECES + FIELD_NAMES + ["fog", "yes", "<0.6", "1"])).map("".join),
    )
)
def test_any_text_is_a_query_or_an_error_within_it(text):
    error = _error_of(text)
    if error is None:
        statement = select(schema.samples.c.id).where(condition(text))
        assert _empty_project().execute(statement).all() == []
    else:
        assert 0 <= error.position <= len(text)
        assert error.position + error.length <= max(len(text), 1)
        assert error.expected


def _error_of(text):
    try:
        parse(text)
    except QueryError as error:
        return error
    return None


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="\0", codec="utf-8"), min_size=1))
def test_a_quoted_value_comes_back_as_it_was(value):
    if value.strip():
        assert parse(f"label:{quote_value(value)}").value == value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'"{escaped}"') == Word(value)


_CONNECTIONS = []


def _empty_project():
    if not _CONNECTIONS:
        connection = create_engine("sqlite://").connect()
        create_schema(connection)
        _CONNECTIONS.append(connection)
    return _CONNECTIONS[0]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("la", ["label:"]),
        ("split:", ["split:train", "split:validation", "split:test", "split:none"]),
        ("fog split:tr", ["split:train"]),
        ("label:d", ["label:dangerous"]),
        ("label:v", ['label:"very bad"']),
        ("(label:saf", ["label:safe"]),
        ("N", ["NOT"]),
        ("unknown:x", []),
        ("", []),
        ('label:"very b', ['label:"very bad"']),
    ],
)
def test_fields_and_values_are_completed(typed, expected):
    values = {"label": ["dangerous", "safe", "very bad"]}
    assert complete(typed, len(typed), values) == expected


def test_a_completion_replaces_the_word_at_the_cursor():
    assert word_at("fog label:da and more", 12) == (4, 12)
    assert word_at('fog label:"very b', 17) == (4, 17)
    assert word_at("fog ", 4) == (4, 4)


def test_known_values_come_from_the_project(document):
    values = document.query(queries.search_values)
    assert values["label"] == ["dangerous", "safe", "unsure", "none"]
    assert "run 7" in values["wrong"]
    assert values["source"] == ["cam-3"]
