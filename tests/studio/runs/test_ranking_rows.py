"""An instant ranking told in several events is ranked as one."""

import pytest

from studio.project import queries
from studio.runs import ranking_rows
from workers.contract.events import SamplesRanked


@pytest.fixture
def run_id(controller, document, options):
    return controller.train(options, recipe="", start=False)


def ranked(ids, confidences):
    return SamplesRanked(
        sample_ids=ids,
        confidences=confidences,
        predicted=("safe",) * len(ids),
        neighbour_ids=tuple((1 + key % 20,) for key in ids),
        similarities=((0.5,),) * len(ids),
    )


def write(document, run_id, *events):
    for event in events:
        document.record(ranking_rows.write, run_id, event, run_id=run_id)
    found = document.query(queries.suspects, run_id)
    return [(row.rank, row.sample_id, row.flagged) for row in found]


def test_several_events_are_ranked_together_and_none_is_lost(document, run_id):
    first = ranked(tuple(range(1, 11)), tuple(0.5 + n / 100 for n in range(10)))
    second = ranked(tuple(range(11, 21)), tuple(0.1 + n / 100 for n in range(10)))
    rows = write(document, run_id, first, second)
    assert [key for _, key, _ in rows] == [*range(11, 21), *range(1, 11)]
    assert [rank for rank, _, _ in rows] == list(range(1, 21))
    assert [key for _, key, flagged in rows if flagged] == [11, 12]
    assert len(document.query(queries.neighbours, 3, run_id)) == 1
    assert len(document.query(queries.neighbours, 13, run_id)) == 1


def test_an_event_told_again_replaces_what_it_said(document, run_id):
    once = ranked((1, 2), (0.9, 0.1))
    again = ranked((1, 2), (0.1, 0.9))
    assert [key for _, key, _ in write(document, run_id, once)] == [2, 1]
    assert [key for _, key, _ in write(document, run_id, again)] == [1, 2]
