"""How a run is called: by its number, and by its name where it has one."""

from types import SimpleNamespace

import pytest

from studio.runs import naming


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("labels fixed", "Run 3 · labels fixed"),
        ("Run 3", "Run 3"),
        ("", "Run 3"),
        ("Run 3 · fog", "Run 3 · fog"),
        ("Run 30", "Run 3 · Run 30"),
        ("雾天", "Run 3 · 雾天"),
    ],
)
def test_a_run_is_called_by_number_and_name(name, called):
    row = SimpleNamespace(id=3, name=name)
    assert naming.numbered(row) == called
    assert naming.in_words(row) == "run 3"
