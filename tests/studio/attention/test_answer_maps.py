"""Maps of a language model: rows of the answer's words over prompt and answer."""

import numpy as np
import pytest

from studio.attention import look, maps, words
from studio.attention.look import Look, Side
from studio.attention.reduce import Over, Reduction
from studio.attention.words import Part
from studio.errors import StudioError
from tests.studio.attention import answer_files, map_files

MAP = maps.read_map(answer_files.map_file())
WORDS = words.words_of(MAP.provenance)
TEXTS = [word.text for word in WORDS]


def test_words_are_joined_from_tokens_without_marks_and_know_their_part():
    assert TEXTS == [
        "<s>", "Is", "it", "safe", "?", "↵", "A", "cyclist", ",", "左", "turn", ".", "↵",
        "dangerous", "<end>",
    ]  # fmt: skip
    parts = {part: [word.text for word in WORDS if word.part == part] for part in Part}
    assert parts[Part.CAPTION] == ["A", "cyclist", ",", "左", "turn", "."]
    assert parts[Part.ANSWER] == ["dangerous", "<end>"]
    assert WORDS[9].tokens == (10, 11, 12)  # the space, the torn letter and its end


def test_only_the_answers_words_have_rows():
    assert [TEXTS[index] for index in look.readers(MAP, WORDS)] == ["dangerous", "<end>"]
    assert MAP.rows_of((16, 17)) == (0, 1)
    assert MAP.rows_of((3,)) == ()
    assert (MAP.layers, MAP.heads, MAP.tokens) == (3, 2, 19)


@pytest.mark.parametrize("side", list(Side))
def test_an_answers_word_reads_by_the_rows_of_its_tokens(side):
    wanted = Look(word=13, reduction=Reduction(Over.LAYER, 1, 0), side=side, special=True)
    found = look.read_words(MAP, WORDS, wanted)
    rows = {part: getattr(MAP, part)[1, 0, [0, 1]].astype(np.float32).mean(0) for part in
            ("base", "tuned")}  # fmt: skip
    values = rows["tuned"] - rows["base"] if side == Side.DIFFERENCE else rows[side.value]
    assert found.shares == pytest.approx(
        [values[list(word.tokens)].sum() for word in WORDS], abs=1e-6
    )
    assert look.read_layers(MAP, WORDS, wanted).shape == (3, len(WORDS))
    assert look.read_heads(MAP, WORDS, wanted).shape == (3, 2)


def test_how_likely_an_answer_is_multiplies_its_tokens():
    assert look.likeliness(MAP, WORDS[13]) == (pytest.approx(0.1), pytest.approx(0.72))


def test_a_look_is_fitted_to_what_the_map_has():
    wanted = Look(reduction=Reduction(Over.ROLLOUT, 11, 7))
    old = map_files.old_file(answer_files.arrays(), answer_files.provenance())
    assert look.fitting(wanted, MAP).reduction == Reduction(Over.ROLLOUT, 2, None)
    assert look.fitting(wanted, maps.read_map(old)).reduction == Reduction(Over.MEAN, 2, None)


def test_the_caption_decides_whether_it_is_stale():
    assert not maps.is_stale(MAP.provenance, answer_files.CAPTION)
    assert maps.is_stale(MAP.provenance, answer_files.CAPTION + " ")


def test_arrays_that_do_not_fit_the_rows_are_refused():
    with pytest.raises(StudioError, match="does not fit its own words"):
        maps.read_map(answer_files.map_file(rows=[16, 17]))
    with pytest.raises(StudioError, match="a row is of no token"):
        maps.read_map(answer_files.map_file(rows=[16, 17, 99]))


@pytest.mark.parametrize("side", list(Side))
def test_a_rollout_is_the_captured_one(side):
    wanted = look.fitting(Look(13, Reduction(Over.ROLLOUT, 1, 1), side, special=True), MAP)
    assert wanted.reduction == Reduction(Over.ROLLOUT, 1, None)
    shares = look.read_words(MAP, WORDS, wanted).shares
    # Its two tokens: the first was decided at the line's end, the second at the first.
    expected = np.zeros(len(WORDS))
    expected[[12, 13]] = 0.5
    base = np.eye(len(WORDS))[0]
    expected = {Side.BASE: base, Side.TUNED: expected, Side.DIFFERENCE: expected - base}[side]
    assert shares == pytest.approx(expected)
