from dataclasses import replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, QSize

from studio.project.records import SampleRow
from studio.ui import fonts
from studio.ui.samples import query_text
from studio.ui.samples.cell_cache import CellCache
from studio.ui.samples.cell_painter import CellState
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


def test_an_edit_of_one_row_reads_that_row_alone_again():
    asked = []

    def fetch(ids):
        asked.append(ids)
        return [SimpleNamespace(id=each, reading=len(asked)) for each in ids]

    pages = RowPages(fetch)
    pages.show_ids(range(PAGE * 2))
    beside = pages.row(4)
    pages.forget_positions([3, PAGE + 1])  # of the second page nothing has been read yet
    assert pages.row(4) is beside
    assert pages.row(3).reading == 2
    assert asked == [list(range(PAGE)), [3]]
    pages.forget_positions([5])
    pages.forget()
    pages.row(5)
    assert asked[2:] == [list(range(PAGE))]


def test_a_row_that_is_gone_is_not_shown_any_more():
    known = set(range(PAGE))
    pages = RowPages(lambda ids: [SimpleNamespace(id=each) for each in ids if each in known])
    pages.show_ids(range(PAGE))
    assert pages.row(7) is not None
    known.remove(7)
    pages.forget_positions([7])
    assert pages.row(7) is None


def test_a_cell_is_painted_anew_only_when_its_row_has_changed(qapp):
    painted = []

    def drawn(row):
        state, size = CellState(False, False, False, False), QSize(40, 30)
        return cells.cell(row, state, None, size, 1.0, lambda *_: painted.append(row.key))

    cells = CellCache()
    row = SampleRow(
        id=1,
        key="scene-1",
        label="safe",
        label_id=2,
        label_colour="safe",
        label_shape="circle",
        split="train",
        reviewed=False,
        scene=None,
        caption="A van waits.",
        caption_id=1,
        caption_origin="import",
        captions=1,
        image_id=None,
        image_file="",
        image_sha256="",
        image_problem=None,
        width=0,
        height=0,
        confidence=None,
        predicted=None,
        suspect=False,
        stale=False,
    )
    drawn(row)
    drawn(replace(row))  # read again, and the same
    assert len(painted) == 1
    drawn(replace(row, label="dangerous"))
    assert len(painted) == 2


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
