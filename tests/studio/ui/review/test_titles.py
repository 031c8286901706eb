import pytest

from studio.project.records import ViewRow
from studio.ui.review import titles


@pytest.mark.parametrize(
    ("query", "count", "run_ids", "title"),
    [
        ("", 240, (), "All samples"),
        ("reviewed:no", 31, (), "Samples not reviewed yet"),
        ("sample:62,124,7,8,9,10", 6, (3,), "6 samples from run 3"),
        ("sample:62", 1, (1, 3), "1 sample from runs 1 and 3"),
        ("sample:62,124", 2, (), "2 samples"),
        ("sample:62,124 AND label:safe", 1, (3,), "(2 chosen samples) AND label:safe"),
        ("caption:zebra  conf:<0.6", 4, (), "caption:zebra conf:<0.6"),
    ],
)
def test_a_deck_is_called_in_words_where_its_query_has_some(query, count, run_ids, title):
    assert titles.of_query(query, count, run_ids) == title


def test_a_saved_view_lends_its_deck_its_name():
    views = [ViewRow(id=1, name="Rain and fog", query="caption:rain OR caption:fog", position=0)]
    assert titles.of_query("caption:rain  OR caption:fog", 9, views=views) == "Rain and fog"
