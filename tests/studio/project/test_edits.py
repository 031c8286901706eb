"""What edits do, and what they refuse."""

import pytest

from studio.errors import StudioError
from studio.project import edits, queries
from studio.project.records import NewBox


def row(document, sample_id):
    return document.query(queries.sample_rows, [sample_id])[0]


def test_edits_tell_how_many_samples_changed(document):
    assert document.edit("Label", edits.set_label, [1, 2, 3], 3) == 3
    assert document.edit("Label", edits.set_label, [2, 3, 4, 999], 3) == 1
    assert document.edit("Unlabel", edits.relabel_query, "label:unsure", None) == 4
    assert document.edit("Review", edits.review_query, "") == 20
    assert document.edit("Delete", edits.delete_samples, [1, 1, 500]) == 1


def test_writing_a_caption_keeps_the_former_text_as_a_revision(document):
    first = row(document, 1)
    document.edit("Write", edits.write_caption, 1, "Second text")
    document.edit("Write", edits.write_caption, 1, "Third text")
    caption = document.query(queries.sample_detail, 1).captions[0]
    assert (caption.text, caption.origin, caption.revision) == ("Third text", "human", 3)
    assert [revision.text for revision in caption.revisions] == [
        "Second text",
        first.caption,
        "older",
    ]
    assert document.edit("Write", edits.write_caption, 1, "Third text") == caption.id
    assert document.history()[0].title == "Write"
    assert len(document.query(queries.sample_detail, 1).captions[0].revisions) == 3


def test_a_promoted_caption_is_the_one_trained_on_and_removal_closes_the_gap(document):
    first, second = document.query(queries.sample_detail, 1).captions
    document.edit("Promote", edits.promote_caption, second.id)
    assert row(document, 1).caption == second.text
    document.edit("Remove", edits.remove_caption, second.id)
    captions = document.query(queries.sample_detail, 1).captions
    assert [(caption.text, caption.position) for caption in captions] == [(first.text, 0)]
    document.edit("Remove", edits.remove_caption, first.id)
    assert row(document, 1).caption == ""
    document.edit("Write", edits.write_caption, 1, "New")
    assert row(document, 1).caption == "New"


@pytest.mark.parametrize(
    ("find", "replace", "match_case", "changed"),
    [
        ("car", "lorry", True, 40),
        ("CAR", "lorry", False, 40),
        ("CAR", "lorry", True, 0),
        ("crossing 1", "bridge 1", True, 11),
        (".", "!", True, 40),
        ("a", r"\g<0>\1", False, 40),
        ("雨天", "晴天", True, 0),  # only in second captions
        ("nowhere", "x", False, 0),
    ],
)
def test_find_and_replace_is_literal_and_acts_on_first_captions(
    document, find, replace, match_case, changed
):
    count = document.edit(
        "Replace", edits.replace_in_captions, "", find, replace, match_case=match_case
    )
    assert count == changed
    if changed:
        assert replace in row(document, 1).caption
    assert "雨天的道路" in document.query(queries.sample_detail, 1).captions[1].text


def test_replaced_text_is_found_and_the_old_one_is_not(document):
    document.edit("Replace", edits.replace_in_captions, "label:safe", "car", "货车")
    safe = document.query(queries.count, "label:safe")
    assert document.query(queries.count, "货车") == safe
    assert document.query(queries.count, "car") == 40 - safe
    document.undo()
    assert document.query(queries.count, "car") == 40


def test_labels_keep_names_and_keys_apart(document):
    with pytest.raises(StudioError, match="already"):
        document.edit("Add", edits.add_label, " Safe ")
    with pytest.raises(StudioError, match="gives the label safe"):
        document.edit("Key", edits.set_label_key, 1, "2")
    with pytest.raises(StudioError, match="needs a name"):
        document.edit("Rename", edits.rename_label, 1, "  ")
    label = document.edit("Add", edits.add_label, "blocked  road")
    found = document.query(queries.label_rows)[-1]
    assert (found.id, found.name, found.key, found.position) == (label, "blocked road", "4", 3)
    document.edit("Rename", edits.rename_label, 1, "DANGEROUS")
    document.edit("Remove", edits.remove_label, 1)
    assert document.query(queries.counts).label[None] == 23


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        (edits.set_split, ([1], "everywhere"), "no split"),
        (edits.write_caption, (1, "x", "guess"), "cannot come from"),
        (edits.write_caption, (1, "\ud800"), "half a character"),
        (edits.write_caption, (1, "x" * 2_000_000), "too long"),
        (edits.replace_in_captions, ("", "", "x"), "nothing to find"),
        (edits.add_boxes, (1, [NewBox("car", 0.9, 0, 0.2, 0.1)]), "outside"),
        (edits.add_boxes, (1, [NewBox("car", float("nan"), 0, 0.2, 0.1)]), "outside"),
        (edits.save_view, ("Bad", "label:"), "Expected"),
        (edits.save_view, (" ", "fog"), "name"),
        (edits.relabel_query, ("(", 1), "Expected"),
        (edits.rename_recipe, (9, "Mine"), "already"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words_and_changes_nothing(
    document, function, arguments, words
):
    steps = document.history()
    with pytest.raises(StudioError, match=words):
        document.edit("Bad", function, *arguments)
    assert document.history() == steps
