"""Captions that runs suggest: found, accepted, changed, rejected, alone and by query."""

import pytest
from sqlalchemy import delete

from studio.document import Document
from studio.errors import StudioError
from studio.project import edits, queries, schema
from studio.project.undecided import undecided
from tests.studio.project.street_project import check_file, dump, suggest


@pytest.fixture
def document(document):
    document.record(suggest)
    return document


def captions_of(document, sample_id):
    found = document.query(queries.sample_detail, sample_id).captions
    return [(one.text, one.origin, one.run_id) for one in found]


def runs_of(document, sample_id):
    return [one.run_id for one in document.query(queries.sample_detail, sample_id).suggestions]


def verdicts(document):
    def read(connection):
        table = schema.decisions
        rows = connection.execute(table.select().order_by(table.c.sample_id, table.c.run_id))
        return [(row.sample_id, row.run_id, row.verdict) for row in rows]

    return document.query(read)


def test_the_newest_run_comes_first_and_is_named_by_whose_weights_wrote(document):
    suggestions = document.query(queries.sample_detail, 8).suggestions
    assert [(one.run_id, one.trained_id, one.name, one.tuned) for one in suggestions] == [
        (11, 11, "by 11", False),
        (10, 8, "street captions", True),
    ]
    rows = document.query(queries.sample_rows, [1, 8, 9])
    assert [row.suggested for row in rows] == [True, True, False]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("has:suggestion", [1, 2, 3, 4, 5, 6, 7, 8]),
        ('suggested:"run 9"', [1, 2, 3, 4, 5, 6]),
        ("suggested:8", [1, 2, 3, 4, 5, 6, 7, 8]),
        ('suggested:"street captions"', [1, 2, 3, 4, 5, 6, 7, 8]),
        ("suggested:11", [8]),
        ("suggested:7", []),
        ("NOT has:suggestion label:dangerous key:1010", [10]),
    ],
)
def test_samples_are_found_by_who_suggests_for_them(document, query, found):
    assert document.query(queries.sample_ids, query) == found


def test_accepting_writes_it_and_keeps_the_persons_own_as_a_revision(document):
    before = document.query(queries.sample_detail, 5).captions[0]
    document.edit("Accept", edits.accept_suggestion, 5, 9)
    detail = document.query(queries.sample_detail, 5)
    assert captions_of(document, 5)[0] == ("A road, 5 by 9 – 雨", "run", 8)
    newest = detail.captions[0].revisions[0]
    assert (newest.text, newest.origin) == (before.text, before.origin)
    assert detail.suggestions == (), "the other run's is passed over"
    assert verdicts(document) == [(5, 9, "accepted"), (5, 10, "passed")]
    document.undo()
    assert captions_of(document, 5)[0] == (before.text, before.origin, None)
    assert runs_of(document, 5) == [10, 9]
    document.redo()
    document.close()
    again = Document.open(document.path)
    assert runs_of(again, 5) == []
    assert captions_of(again, 5)[0][1:] == ("run", 8)
    again.close()


def test_what_a_person_made_of_a_suggestion_is_the_persons(document):
    document.edit("Edit", edits.accept_suggestion, 8, 11, "An empty road")
    assert captions_of(document, 8)[0] == ("An empty road", "human", None)
    assert verdicts(document) == [(8, 10, "passed"), (8, 11, "edited")]


def test_a_sample_without_a_caption_gets_its_first(document):
    ids = [one.id for one in document.query(queries.sample_detail, 1).captions]
    for number in reversed(ids):
        document.edit("Remove", edits.remove_caption, number)
    document.edit("Accept", edits.accept_suggestion, 1, 9)
    assert captions_of(document, 1) == [("A road, 1 by 9 – 雨", "run", 8)]


@pytest.mark.parametrize("text", [None, "  \n"])
def test_nothing_is_accepted_where_nothing_is_said(document, text):
    with pytest.raises(StudioError, match="This suggestion is empty"):
        document.edit("Accept", edits.accept_suggestion, 7, 10, text)
    assert verdicts(document) == []
    document.edit("Reject", edits.reject_suggestion, 7, 10)
    assert verdicts(document) == [(7, 10, "rejected")]


def test_what_was_decided_on_is_not_decided_again(document):
    document.edit("Reject", edits.reject_suggestion, 8, 10)
    assert runs_of(document, 8) == [11]
    assert document.edit("Reject", edits.reject_suggestion, 8, 10) == 0
    with pytest.raises(StudioError, match="decided on already"):
        document.edit("Accept", edits.accept_suggestion, 8, 10)


def test_a_query_is_accepted_whole_empty_ones_stay_open(document):
    before = dump(document)
    kept = [document.query(queries.sample_detail, one).captions[0].text for one in (3, 5)]
    assert document.query(queries.count_suggestions, "key:100") == (8, 7)
    assert document.edit("Accept all", edits.accept_suggestions, "key:100") == 7
    texts = {one: captions_of(document, one)[0] for one in range(1, 10)}
    assert texts[4] == ("A road, 4 by 9 – 雨", "run", 8)
    assert texts[5] == ("A road, 5 by 10 – 雨", "run", 8)
    assert texts[8] == ("A road, 8 by 11 – 雨", "run", 11)
    assert texts[7][1] == texts[9][1] == "import"
    revisions = [document.query(queries.sample_detail, one).captions[0].revisions for one in (3, 5)]
    assert [found[0].text for found in revisions] == kept
    assert document.query(queries.sample_ids, "has:suggestion") == [7]
    document.undo()
    assert dump(document) == before


def test_one_runs_suggestions_are_accepted_and_anothers_rejected(document):
    done = document.edit("Accept", edits.accept_suggestions, "split:train", run_id=9)
    assert done == len([one for one in (1, 2, 3, 4, 5, 6) if one % 3 == 0])
    assert document.edit("Reject", edits.reject_suggestions, ids=[1, 2, 5, 8], run_id=9) == 3
    assert runs_of(document, 5) == [10]
    assert document.edit("Reject", edits.reject_suggestions, "") == 5
    assert document.query(queries.count_suggestions) == (0, 0)


def test_a_trashed_run_suggests_nothing_and_a_deleted_one_breaks_no_undo(document):
    document.edit("Accept", edits.accept_suggestion, 8, 11)
    document.edit("Reject", edits.reject_suggestion, 1, 9)

    def trash(connection):
        table = schema.runs
        connection.execute(table.update().where(table.c.id == 10).values(trashed_at=1.0))
        connection.execute(delete(table).where(table.c.id.in_([9, 11])))

    document.record(trash)
    assert document.query(queries.sample_ids, "has:suggestion") == []
    assert [row[1:] for row in verdicts(document)] == [
        (None, "rejected"),
        (None, "accepted"),
        (10, "passed"),
    ]
    document.undo()
    document.undo()
    assert verdicts(document) == []
    assert captions_of(document, 8)[0][1] == "import"
    document.redo()
    document.redo()
    assert captions_of(document, 8)[0] == ("A road, 8 by 11 – 雨", "run", None)
    document.close()
    check_file(document.path)


def test_twenty_thousand_suggestions_are_one_step(document):
    def more(connection):
        numbers = range(1000, 21000)
        connection.execute(schema.samples.insert(), [{"id": n, "key": f"x{n}"} for n in numbers])
        rows = [
            {"run_id": 9, "split": "", "step": 4, "sample_id": n, "text": "A road",
             "strict": "", "lenient": ""} for n in numbers
        ]  # fmt: skip
        connection.execute(schema.answers.insert(), rows)

    document.record(more)
    assert document.edit("Accept", edits.accept_suggestions, "key:x") == 20_000
    assert len(document.history()) == 2
    assert document.query(lambda connection: connection.execute(undecided()).all())
    document.undo()
    assert document.query(queries.count_suggestions, "key:x") == (20_000, 20_000)
