"""CSV files as people have them: each broken record is named, and the rest is read."""

import tracemalloc

import pytest

from studio.dataset.csv_file import delimiter_of, read_csv
from studio.dataset.records import BadRow


def _read(path):
    found = list(read_csv(path))
    good = [row for row in found if not isinstance(row, BadRow)]
    bad = [(row.row, row.reason) for row in found if isinstance(row, BadRow)]
    return good, bad


def test_plain_rows_come_with_their_line(text_file):
    good, bad = _read(text_file("a.csv", 'text,label\n"a, b",x\n"two\nlines",y\nc,z\n'))
    assert good == [
        (2, {"text": "a, b", "label": "x"}),
        (3, {"text": "two\nlines", "label": "y"}),
        (5, {"text": "c", "label": "z"}),
    ]
    assert bad == []


def test_a_quote_that_is_not_closed_costs_one_row_only(text_file):
    rows = "".join(f"row {number},safe\n" for number in range(3, 400))
    good, bad = _read(text_file("a.csv", 'text,label\n"open,safe\n' + rows))
    assert bad == [(2, "quote not closed")]
    assert len(good) == 397
    assert good[0] == (3, {"text": "row 3", "label": "safe"})


def test_a_quote_not_closed_before_a_quoted_row_costs_one_row_only(text_file):
    good, bad = _read(text_file("a.csv", 'text,label\n"open,safe\n"fine, too",safe\nlast,safe\n'))
    assert bad == [(2, "quote not closed")]
    assert [values["text"] for _, values in good] == ["fine, too", "last"]


def test_a_quote_open_at_the_very_end_is_named(text_file):
    good, bad = _read(text_file("a.csv", 'text,label\nfine,safe\n"open,safe'))
    assert bad == [(3, "quote not closed")]
    assert len(good) == 1


@pytest.mark.parametrize(
    ("content", "row", "reason"),
    [
        (b"text,label\na,b,c\n", 2, "3 fields, the header has 2"),
        (b"text,label\nonly\n", 2, "1 field, the header has 2"),
        (b"text,label\na\xff,b\n", 2, "not valid UTF-8 at byte 2"),
        (b"text,label\na\0,b\n", 2, "contains a NUL character"),
        (b'text,label\n"a"b,c\n', 2, "text after a closing quote"),
    ],
)
def test_each_broken_record_has_its_reason_and_the_next_is_read(text_file, content, row, reason):
    good, bad = _read(text_file("a.csv", content + b"last,safe\n"))
    assert bad == [(row, reason)]
    assert good == [(3, {"text": "last", "label": "safe"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_usual_encoding_is_understood(text_file, encoding):
    content = "text,label\n霧の中、人が渡る,危険\n".encode(encoding)
    good, bad = _read(text_file("a.csv", content))
    assert good == [(2, {"text": "霧の中、人が渡る", "label": "危険"})]
    assert bad == []


def test_mixed_line_ends_are_line_ends(text_file):
    good, bad = _read(text_file("a.csv", b"text,label\r\na,x\rb,y\nc,z"))
    assert [values["text"] for _, values in good] == ["a", "b", "c"]
    assert bad == []


def test_a_quote_inside_a_plain_field_is_just_a_quote(text_file):
    good, bad = _read(text_file("a.csv", 'text,label\n5" of snow,x\nnext,y\n'))
    assert [values["text"] for _, values in good] == ['5" of snow', "next"]
    assert bad == []


@pytest.mark.parametrize(
    ("name", "line", "mark"), [("a.csv", "a;b;c", ";"), ("a.tsv", "a,b", "\t")]
)
def test_the_separator_is_found(text_file, name, line, mark):
    assert delimiter_of(text_file(name, line)) == mark


def test_a_giant_line_is_passed_over_in_bounded_memory(text_file):
    path = text_file("a.csv", b"text,label\n" + b"x" * (40 * 2**20) + b"\nlast,safe\n")
    tracemalloc.start()
    good, bad = _read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert bad == [(2, "line longer than 4 MB")]
    assert good == [(3, {"text": "last", "label": "safe"})]
    assert peak < 32 * 2**20
