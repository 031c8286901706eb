"""JSON lines and lists as people have them: each broken item is named, and the rest is read."""

import tracemalloc

import pytest

from studio.dataset.json_file import read_json
from studio.dataset.records import BadRow
from studio.errors import StudioError


def _read(path):
    found = list(read_json(path))
    good = [row for row in found if not isinstance(row, BadRow)]
    bad = [(row.row, row.reason) for row in found if isinstance(row, BadRow)]
    return good, bad


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "a",}', "invalid JSON at character"),
        (b'{"text": "a"', "invalid JSON at character"),
        (b"[1, 2]", "not an object"),
        (b'"just text"', "not an object"),
        (b'{"text": "\xff"}', "not valid UTF-8 at byte 11"),
        (b'{"text": "a\0"}', "contains a NUL character"),
        (b'{"a":' + b"[" * 90_000 + b"]" * 90_000 + b"}", "invalid JSON"),
        (b'{"a": ' + b"9" * 9_000 + b"}", "invalid JSON: number too long"),
        (b'{"text": "' + b"x" * (5 * 2**20) + b'"}', "line longer than 4 MB"),
    ],
)
def test_a_bad_line_has_its_reason_and_the_next_is_read(text_file, line, reason):
    path = text_file("a.jsonl", b'{"n": 1}\n' + line + b'\n\n{"n": 2}\n')
    good, bad = _read(path)
    assert [values for _, values in good] == [{"n": 1}, {"n": 2}]
    assert [row for row, _ in bad] == [2]
    assert bad[0][1].startswith(reason)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_lists_are_read_item_by_item(text_file, encoding):
    text = '[\n {"text": "a, \\"b\\" ]", "n": {"m": [1, 2]}},\n {"text": "夜"}, {"c": "\\\\"}\n]\n'
    good, bad = _read(text_file("a.json", text.encode(encoding)))
    assert good == [
        (1, {"text": 'a, "b" ]', "n": {"m": [1, 2]}}),
        (2, {"text": "夜"}),
        (3, {"c": "\\"}),
    ]
    assert bad == []


def test_an_item_across_many_chunks_is_whole(text_file):
    text = "x\\\\\\n" * 200_000
    good, bad = _read(text_file("a.json", f'[{{"text": "{text}"}}, {{"text": "b"}}]'))
    assert [len(values["text"]) for _, values in good] == [600_000, 1]
    assert bad == []


@pytest.mark.parametrize(
    ("text", "bad_rows"),
    [
        ('[{"a": 1}, , {"a": 2}]', [(2, "nothing between two commas")]),
        ('[{"a": 1}, {"a": 2},]', [(3, "nothing between two commas")]),
        ('[{"a": 1}, 7, {"a": 2}]', [(2, "not an object")]),
    ],
)
def test_bad_items_are_named_by_their_number(text_file, text, bad_rows):
    good, bad = _read(text_file("a.json", text))
    assert [values for _, values in good] == [{"a": 1}, {"a": 2}]
    assert bad == bad_rows


def test_an_empty_list_holds_nothing(text_file):
    assert _read(text_file("a.json", " [ ] ")) == ([], [])


def test_a_list_that_is_cut_off_is_refused(text_file):
    path = text_file("a.json", '[{"a": 1}, {"a": ')
    with pytest.raises(StudioError, match="ends inside item 2"):
        list(read_json(path))


def test_a_deep_and_a_giant_item_cost_one_row_each_in_bounded_memory(text_file):
    deep = "[" * 200_000 + "]" * 200_000
    giant = '{"t": "' + "x" * (30 * 2**20) + '"}'
    path = text_file("a.json", f'[{{"a": 1}}, {deep}, {giant}, {{"a": 2}}]')
    del deep, giant
    tracemalloc.start()
    good, bad = _read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [values for _, values in good] == [{"a": 1}, {"a": 2}]
    assert [row for row, _ in bad] == [2, 3]
    assert peak < 48 * 2**20


@pytest.mark.parametrize("marked", [b"", b"\xef\xbb\xbf"])
def test_an_item_of_a_list_with_other_bytes_is_named_and_never_altered(text_file, marked):
    items = ['{"text": "雨天"}'.encode(), b'{"text": "caf\xe9"}', '{"text": "晴天"}'.encode()]
    good, bad = _read(text_file("a.json", marked + b"[\n" + b",\n".join(items) + b"\n]"))
    assert [values["text"] for _, values in good] == ["雨天", "晴天"]
    assert bad == [(2, "not valid UTF-8 at character 14")]
    (row,) = [row for row in read_json(text_file("b.json", b'[{"a": "\xe9"}]')) if row]
    assert row.value == '{"a": "�"}'
