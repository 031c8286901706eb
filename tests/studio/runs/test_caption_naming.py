"""Which captions name their label, what is boxed, or given words."""

import pytest

from studio.runs.caption_naming import Naming, count_naming, sources_of, words_of
from studio.runs.caption_scores import RankedCaption
from workers.metrics.captions.containment import Correct


def caption(written, label="", boxed=()):
    return RankedCaption(1, "a", written, (), {}, None, "", label, boxed)


CAPTIONS = (
    caption("Two Cars wait", "wait", ("car", "bus")),
    caption("A bus, nothing else", "drive", ("truck",)),
    caption("", "", ()),
)


@pytest.mark.parametrize(
    ("naming", "words", "expected"),
    [
        (Naming.LABEL, (), Correct(1, 2)),
        (Naming.BOXES, (), Correct(1, 2)),
        (Naming.WORDS, ("bus", "cars"), Correct(2, 3)),
        (Naming.WORDS, (), Correct(0, 0)),
    ],
)
def test_captions_without_a_name_to_give_are_not_counted(naming, words, expected):
    assert count_naming(CAPTIONS, naming, words) == expected


def test_only_what_samples_have_is_offered_besides_words():
    assert sources_of(CAPTIONS) == (Naming.LABEL, Naming.BOXES, Naming.WORDS)
    assert sources_of(CAPTIONS[2:]) == (Naming.WORDS,)


def test_names_stand_between_commas():
    assert words_of(" red car, ,bus ") == ("red car", "bus")
