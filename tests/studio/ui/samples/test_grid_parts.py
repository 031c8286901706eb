import pytest
from PySide6.QtCore import QPoint

from studio.ui import fonts
from studio.ui.samples import query_text
from studio.ui.samples.grid_geometry import GridGeometry
from studio.ui.samples.replace_strip import Replacement, change_of
from studio.ui.samples.row_pages import KEPT_PAGES, PAGE, RowPages
from studio.ui.samples.selection import Selection
from studio.ui.samples.text_lines import lines_of
from studio.ui.widgets.caption_editor import count_words


@pytest.mark.parametrize(("width", "columns"), [(674, 4), (768, 4), (1248, 7), (100, 1)])
def test_columns_follow_the_width(width, columns):
    assert GridGeometry(width, 600, 1000, 180).columns == columns


def test_every_cell_is_found_where_it_is_painted():
    geometry = GridGeometry(760, 600, 103, 180)
    for position in (0, 1, 50, 102):
        assert geometry.position_at(geometry.rect(position, 40).center(), 40) == position
    assert geometry.position_at(QPoint(2, 2), 0) is None


def test_visible_cells_do_not_grow_with_the_project():
    few = GridGeometry(760, 600, 200, 180).visible(0)
    many = GridGeometry(760, 600, 1_000_000, 180).visible(0)
    assert len(few) == len(many) < 40


def test_a_whole_selection_holds_what_was_never_loaded():
    chosen = Selection.whole().toggled(7)
    assert chosen.count(1_000_000) == 999_999
    assert chosen.holds(999_999)
    assert not chosen.holds(7)
    assert chosen.inverted().ids(range(100)) == [7]


def test_pages_are_read_once_and_dropped_when_far():
    asked = []

    class Row:
        def __init__(self, number):
            self.id = number

    def fetch(ids):
        asked.append(len(ids))
        return [Row(each) for each in ids]

    pages = RowPages(fetch)
    pages.show_ids(range(PAGE * (KEPT_PAGES + 5)))
    pages.row(0)
    pages.row(PAGE - 1)
    assert asked == [PAGE]
    for page in range(KEPT_PAGES + 5):
        pages.row(page * PAGE)
    assert len(pages._pages) == KEPT_PAGES


def test_captions_break_between_chinese_signs_and_end_in_an_ellipsis(qapp):
    lines = lines_of(
        "一排楼房旁的空旷街道，人行道上没有行人，路面干燥" * 3, fonts.role_font("small"), 120, 2
    )
    assert len(lines) == 2
    assert lines[1].endswith("…")


def test_a_caption_is_never_cut_inside_a_grapheme(qapp):
    family = "👩‍👩‍👧‍👦"
    lines = lines_of(family * 40, fonts.role_font("small"), 100, 2)
    assert all("\ufffd" not in line for line in lines)
    assert lines[0].startswith(family)


@pytest.mark.parametrize(
    ("query", "part", "exclude", "after"),
    [
        ("", "label:safe", False, "label:safe"),
        ("label:safe", "label:safe", False, ""),
        ("label:safe", "label:dangerous", False, "label:dangerous"),
        ("label:safe", "label:safe", True, "NOT label:safe"),
        ("fog OR rain", "split:test", False, "(fog OR rain) AND split:test"),
        ("(a OR b) reviewed:no", "split:test", False, "(a OR b) AND reviewed:no AND split:test"),
    ],
)
def test_clauses_are_put_in_and_taken_out(query, part, exclude, after):
    assert query_text.toggled(query, part, exclude=exclude) == after


def test_the_change_of_a_replacement_is_cut_around_the_hit():
    change = change_of("7", "x" * 80 + " Kerb stone", Replacement("kerb", "curb", False))
    assert change is not None
    assert (change.found, change.put) == ("Kerb", "curb")
    assert change.before.startswith("…")
    assert change_of("7", "Kerb", Replacement("kerb", "curb", True)) is None


def test_words_are_counted_in_both_scripts():
    assert count_words("A red bus – waits.") == 4
    assert count_words("空旷街道 with one bus") == 7
