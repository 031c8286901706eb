"""A table in another encoding is refused whole; one broken line among sound ones is a row."""

import pytest

from studio.dataset import sources
from studio.dataset.records import BadRow
from studio.errors import StudioError

ROWS = "text,label\n雨天的道路,dangerous\n晴天,safe\n"


@pytest.mark.parametrize("encoding", ["big5", "gb18030", "shift_jis"])
def test_a_csv_in_another_encoding_is_refused_by_one_sentence(text_file, encoding):
    path = text_file("rows.csv", ROWS.encode(encoding, "replace"))
    with pytest.raises(
        StudioError, match=r"rows\.csv is not UTF-8: .* in line 2 at byte 1\."
    ) as told:
        sources.detect(path)
    assert "Save it as UTF-8" in told.value.advice


def test_a_header_that_is_not_utf8_is_refused(text_file):
    with pytest.raises(StudioError, match="line 1"):
        sources.detect(text_file("rows.csv", "légende,label\nOne car,safe\n".encode("latin-1")))


def test_one_broken_line_among_sound_ones_is_a_row(text_file):
    content = ROWS.encode() + b"caf\xe9,safe\n" + b"\xff,safe\n"
    detection = sources.detect(text_file("rows.csv", content))
    found = list(sources.read(detection, detection.mapping))
    assert [isinstance(row, BadRow) for row in found] == [False, False, True, True]


def test_labels_lose_the_spaces_and_breaks_around_them(text_file):
    path = text_file("rows.csv", 'text,label\nOne,"  dangerous\n"\nTwo,safe \nThree,"\n"\n')
    detection = sources.detect(path)
    rows = list(sources.read(detection, detection.mapping))
    assert [row.label for row in rows] == ["dangerous", "safe", None]
