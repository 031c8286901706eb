"""Compare over runs that answer in words: by perplexity, and with where each comes from."""

import pytest

from studio.ui.compare.curves import values_of
from tests.studio.ui.runs import filled_answers


@pytest.fixture
def document(tmp_path):
    made = filled_answers.make_document(tmp_path / "junction.studio")
    yield made
    made.close()


def test_runs_of_words_are_compared_by_perplexity_and_lineage(open_page, qtbot, document, tmp_path):
    options = filled_answers.make_options(tmp_path)
    first = filled_answers.add_run(document, options, name="first")
    second = filled_answers.add_run(document, options, name="second", start_from=first, rising=True)
    page = open_page()
    page.show_runs(first, second)
    qtbot.waitUntil(lambda: page.compared() is not None, timeout=20_000)
    found = page.compared().comparison.perplexity
    assert page.cards.first.figure.text() == f"{found.interval.first:.2f}"
    assert page.cards.second.figure.text() == f"{found.interval.second:.2f}"
    assert page.cards.gain.text().startswith("+")
    rows = {row.name: (row.first, row.second) for row in page.differences.option_table.rows()}
    assert rows["Goes on from"] == ("–", "first")
    assert rows["Epochs in all"] == ("3", "6")
    assert [key for key, _, _ in page.curves.switch.parts] == ["perplexity", "median"]
    assert sorted(page.curves.plot.curve_keys()) == ["A", "B"]


def test_answers_are_likelier_or_less_likely_not_right_or_wrong(
    open_page, qtbot, document, tmp_path
):
    options = filled_answers.make_options(tmp_path)
    first = filled_answers.add_run(document, options, name="first", rising=True)
    second = filled_answers.add_run(document, options, name="second")
    page = open_page()
    page.show_runs(first, second)
    qtbot.waitUntil(lambda: page.compared() is not None, timeout=20_000)
    changed = page.changed
    assert "likelier" in changed.won.chip.text
    assert "likelier than A" in changed.won.meaning.text()
    assert changed.both.isHidden()
    assert changed.missed.isHidden()
    for picture in changed.won.thumbnails():
        before, _, after = picture.note.partition(" → ")
        assert float(after) < float(before)


def test_a_run_that_went_on_begins_where_its_parent_ended(open_page, qtbot, document, tmp_path):
    options = filled_answers.make_options(tmp_path)
    first = filled_answers.add_run(document, options, name="first")
    second = filled_answers.add_run(document, options, name="second", start_from=first, rising=True)
    page = open_page()
    page.show_runs(first, second)
    qtbot.waitUntil(lambda: page.compared() is not None, timeout=20_000)
    found = page.compared()
    (epochs_a, values_a), (epochs_b, values_b) = (
        values_of(run, "perplexity") for run in (found.first, found.second)
    )
    assert list(epochs_a) == [1, 2, 3]
    assert list(epochs_b) == [3, 4, 5, 6]
    assert values_b[0] == values_a[-1]
    assert found.comparison.sentence == "The second run is worse after 6 epochs in all, not 3."
