"""Every edit can be taken back and done again, exactly, also after the project was reopened."""

import sqlite3
import time
from itertools import pairwise

import pytest
from sqlalchemy import delete, insert, update

from studio.document import Document
from studio.errors import StudioError
from studio.project import edits, history, schema
from studio.project.records import NewBox
from tests.studio.project.street_project import check_file, dump, fill_project, suggest

BOX = NewBox("bus", 0.1, 0.2, 1 / 3, 0.1)
EVERY_EDIT = {
    "set_label": (edits.set_label, [1, 2, 3], 3),
    "unset_label": (edits.set_label, [1, 2, 3], None),
    "set_split": (edits.set_split, [1, 2, 3, 4], "test"),
    "set_reviewed": (edits.set_reviewed, [1, 2, 3], True),
    "set_scene": (edits.set_scene, [1, 2], "bridge"),
    "relabel_query": (edits.relabel_query, "caption:car", 3),
    "relabel_wrong": (edits.relabel_query, "wrong:yes", 3),
    "set_split_query": (edits.set_split_query, "label:safe", None),
    "review_query": (edits.review_query, "split:train", True),
    "replace_in_captions": (edits.replace_in_captions, "label:safe", "car", "lorry"),
    "split_samples": (edits.split_samples, 0.2),
    "write_caption": (edits.write_caption, 1, "A bus –\n雨 with \0 inside"),
    "write_answer": (edits.write_answer, 1, "dangerous – 危險\nbecause"),
    "write_instruction": (edits.write_instruction, 1, "翻譯成文言文："),
    "add_caption": (edits.add_caption, 1, "One more"),
    "remove_caption": (edits.remove_caption, 4),
    "promote_caption": (edits.promote_caption, 5),
    "accept_suggestion": (edits.accept_suggestion, 5, 9),
    "accept_suggestion_edited": (edits.accept_suggestion, 5, 10, "A wet road"),
    "reject_suggestion": (edits.reject_suggestion, 5, 10),
    "accept_suggestions": (edits.accept_suggestions, "key:100"),
    "reject_suggestions": (edits.reject_suggestions, "suggested:8"),
    "add_boxes": (edits.add_boxes, 1, [BOX, BOX]),
    "remove_boxes": (edits.remove_boxes, [1, 2]),
    "delete_samples": (edits.delete_samples, [1, 2, 39]),
    "relink_source": (edits.relink_source, 1, "../elsewhere"),
    "add_label": (edits.add_label, "blocked"),
    "rename_label": (edits.rename_label, 1, "perilous"),
    "recolour_label": (edits.recolour_label, 1, "plot-4"),
    "set_label_key": (edits.set_label_key, 1, "d"),
    "remove_label": (edits.remove_label, 1),
    "save_view": (edits.save_view, "Rain", "caption:雨天的"),
    "save_view_again": (edits.save_view, "Fog", "caption:mist"),
    "rename_view": (edits.rename_view, 1, "Mist"),
    "remove_view": (edits.remove_view, 1),
    "save_recipe": (edits.save_recipe, "Other", "bert-lora", {"epochs": 3}),
    "rename_recipe": (edits.rename_recipe, 1, "Ours"),
    "remove_recipe": (edits.remove_recipe, 1),
}


@pytest.fixture
def document(document):
    document.record(suggest)
    return document


def swap_label_names(connection):
    for name, label_id in (("?", 1), ("dangerous", 2), ("safe", 1)):
        here = schema.labels.c.id == label_id
        connection.execute(update(schema.labels).where(here).values(name=name))


def replace_an_image(connection):
    """REPLACE deletes the old row behind the scenes, and empties what pointed at it."""
    values = {"id": 1, "source_id": 1, "path": "cam3/1.jpg", "sha256": "new"}
    connection.execute(insert(schema.images).prefix_with("OR REPLACE").values(values))


def delete_everything(connection):
    connection.execute(delete(schema.sources))
    connection.execute(delete(schema.samples))


def write_extreme_numbers(connection):
    values = {"x": 5e-324, "y": 0.1 + 0.2, "width": 1.7976931348623157e308, "height": -0.0}
    connection.execute(update(schema.boxes).values(values))
    connection.execute(update(schema.images).values(bytes=2**63 - 1))


RAW_EDITS = (swap_label_names, replace_an_image, delete_everything, write_extreme_numbers)
EVERY_EDIT |= {function.__name__: (function,) for function in RAW_EDITS}


@pytest.mark.parametrize("reopens", [False, True], ids=["at once", "after a restart"])
@pytest.mark.parametrize("edit", EVERY_EDIT.values(), ids=EVERY_EDIT)
def test_an_edit_undone_is_before_and_redone_is_after(document, path, edit, reopens):
    function, *arguments = edit
    before = dump(document)
    document.edit("Try", function, *arguments)
    after = dump(document)
    assert after != before

    for walk, expected in (("undo", before), ("redo", after), ("undo", before), ("redo", after)):
        if reopens:
            document.close()
            document = Document.open(path)
        step = getattr(document, walk)()
        assert step.title == "Try"
        assert dump(document) == expected
    document.close()
    check_file(path)


def test_no_edit_is_left_out():
    tested = {edit[0].__name__ for edit in EVERY_EDIT.values()}
    assert set(edits.__all__) <= tested


def test_all_edits_together_are_undone_to_the_first_and_redone_to_the_last(document, path):
    states = [dump(document)]
    for function, *arguments in EVERY_EDIT.values():
        try:
            document.edit(function.__name__, function, *arguments)
        except StudioError:
            continue  # an earlier edit took away what this one needs
        states.append(dump(document))
    distinct = [state for state, next_one in pairwise(states) if state != next_one]
    for state in reversed(distinct):
        assert document.undo() is not None
        assert dump(document) == state
    document.close()
    document = Document.open(path)
    while document.redo():
        pass
    assert dump(document) == states[-1]
    document.close()


def test_an_edit_that_changes_nothing_is_no_step_and_keeps_redo(document):
    document.edit("Label", edits.set_label, [1], 3)
    document.undo()
    document.edit("Nothing", edits.set_label, [], 3)
    assert document.history()[0].undone
    assert document.redo().title == "Label"


def test_an_edit_after_undo_drops_what_could_be_redone(document):
    document.edit("First", edits.set_label, [1], 3)
    document.undo()
    document.edit("Second", edits.set_label, [2], 3)
    assert [step.title for step in document.history()] == ["Second", "Fill"]
    assert document.redo() is None


def test_an_edit_that_fails_leaves_nothing(document):
    before, steps = dump(document), document.history()

    def fail_half_way(connection):
        edits.relabel_query(connection, "", 3)
        raise StudioError("No.")

    with pytest.raises(StudioError, match="No"):
        document.edit("Fail", fail_half_way)
    assert dump(document) == before
    assert document.history() == steps
    document.edit("Go on", edits.set_label, [1], 3)
    assert document.history()[0].changes == 1


def test_numbers_that_are_not_finite_are_refused(document):
    before = dump(document)
    for value in (float("inf"), float("-inf")):
        with pytest.raises(Exception, match="not finite"):
            document.edit("Bad", lambda c, v=value: c.execute(update(schema.boxes).values(x=v)))
    assert dump(document) == before


def test_a_change_by_another_program_refuses_the_undo_and_changes_nothing(document, path):
    document.edit("Label", edits.set_label, [1, 2], 3)
    document.close()
    raw = sqlite3.connect(path)
    raw.execute("DELETE FROM samples WHERE id = 2")
    raw.commit()
    raw.close()
    document = Document.open(path)
    before = dump(document)
    with pytest.raises(StudioError, match="another program"):
        document.undo()
    assert dump(document) == before
    assert not document.history()[0].undone
    document.close()


HOSTILE_ROWS = {
    "unknown table": ("runs", "D", 1, "{}"),
    "table that is SQL": ("samples; DROP TABLE samples", "I", 1, None),
    "unknown operation": ("samples", "X", 1, None),
    "unknown column": ("samples", "U", 1, '{"nothing": 1}'),
    "column that is SQL": ("samples", "U", 1, '{"key = 1; --": 1}'),
    "no JSON": ("samples", "U", 1, "{"),
    "no row": ("samples", "U", 1, None),
    "an array": ("samples", "U", 1, "[1]"),
    "empty": ("samples", "U", 1, "{}"),
    "half a row": ("samples", "D", 1, '{"key": "5"}'),
    "text for a number": ("samples", "U", 1, '{"reviewed": "yes"}'),
    "number for a text": ("samples", "U", 1, '{"key": 5}'),
    "true for a number": ("samples", "U", 1, '{"reviewed": true}'),
    "nothing where something must be": ("samples", "U", 1, '{"key": null}'),
    "not a number": ("boxes", "U", 1, '{"x": NaN}'),
    "infinite": ("boxes", "U", 1, '{"x": 1e999}'),
    "nan as text": ("boxes", "U", 1, '{"x": "nan"}'),
    "huge integer": ("samples", "U", 1, '{"reviewed": 100000000000000000000}'),
    "deep": ("samples", "U", 1, "[" * 100_000),
    "missing row": ("samples", "U", 999_999, '{"reviewed": 1}'),
    "row that is there": ("samples", "I", 999_999, None),
    "against a rule": ("samples", "U", 1, '{"split": "everywhere"}'),
    "dangling": ("captions", "U", 4, '{"sample_id": 123456}'),
}


@pytest.mark.parametrize("row", HOSTILE_ROWS.values(), ids=HOSTILE_ROWS)
def test_a_hostile_history_row_is_refused_and_nothing_changes(document, path, row):
    document.edit("Label", edits.set_label, [1, 2], 3)
    document.close()
    raw = sqlite3.connect(path)
    raw.execute(
        "UPDATE history_changes SET table_name = ?, operation = ?, row_id = ?, old = ?"
        " WHERE id = (SELECT max(id) FROM history_changes)",
        row,
    )
    raw.commit()
    raw.close()
    document = Document.open(path)
    before = dump(document)
    with pytest.raises(StudioError, match="cannot be undone"):
        document.undo()
    assert dump(document) == before
    document.close()


def test_the_oldest_steps_are_forgotten_at_the_cap_and_the_newest_stays(document):
    for number in range(20):
        document.edit(f"Write {number}", edits.write_caption, 1, f"text {number} " * 50)
    forgotten = document.record(history.forget_oldest, 4000)
    titles = [step.title for step in document.history()]
    assert forgotten > 10
    assert titles[0] == "Write 19"
    document.record(history.forget_oldest, 1)
    assert [step.title for step in document.history()] == ["Write 19"]
    assert document.undo().title == "Write 19"
    assert document.undo() is None


def test_a_caption_comes_back_without_the_run_that_is_gone(document):
    document.edit("Suggest", edits.write_caption, 1, "From a model", "run", run_id=7)
    document.edit("Delete", edits.delete_samples, [1])
    document.record(lambda connection: connection.execute(delete(schema.runs)))
    assert document.undo().title == "Delete"
    assert dump(document)[0]["captions"][0].text == "From a model"


def test_ten_thousand_samples_are_relabelled_and_undone_without_a_wait(path):
    document = Document.create(path)
    document.edit("Fill", fill_project, 10_000)
    assert document.edit("Relabel 10,000 samples", edits.relabel_query, "", 3) == 10_000
    before = time.perf_counter()
    assert document.undo().changes == 10_000
    assert time.perf_counter() - before < 10  # a bound for a busy machine; bench_edits measures
    document.close()
