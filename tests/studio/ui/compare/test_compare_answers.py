"""Compare over runs that answer in words: by perplexity, and with where each comes from."""

import pytest

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
