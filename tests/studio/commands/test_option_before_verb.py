import pytest

from studio import cli


@pytest.mark.parametrize("word", ["-x", "--verbose"])
def test_an_unknown_option_instead_of_a_verb_is_named(word, capsys):
    assert cli.main([word]) == 2
    said = capsys.readouterr()
    assert said.err.strip() == f"There is no option “{word}”. See: python main.py --help"
    assert said.out == ""
