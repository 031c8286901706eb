"""Phrases of a caption and the boxes that they name."""

import pytest

from studio.attention.phrases import NamedArea, find_phrases, named_like
from studio.attention.words import Part, Word

AREAS = {name: (place / 10, 0.0, 0.1, 0.1) for place, name in enumerate(
    ["car", "bus", "person", "traffic light", "taxi", "汽车", "horse", "Fire_Hydrant"]
)}  # fmt: skip
BOXES = [NamedArea(name, area) for name, area in AREAS.items()]


def words_of(text, part=Part.ANSWER):
    return [Word((place,), (one,), special=False, part=part) for place, one in enumerate(text)]


def phrases(text, boxes=BOXES):
    words = words_of(text.split())
    return [
        (one.name, " ".join(word.text for word in words[one.first : one.last + 1]))
        for one in find_phrases(words, boxes)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a red car waits", [("car", "a red car")]),
        ("Two big Buses stop", [("bus", "Two big Buses")]),
        ("3 cars , a bus", [("car", "3 cars"), ("bus", "a bus")]),
        ("many people cross", [("person", "many people")]),
        ("a car behind a large double decker bus", [
            ("car", "a car"), ("bus", "a large double decker bus"),
        ]),
        ("the traffic lights are red", [("traffic light", "the traffic lights")]),
        ("a red light", [("traffic light", "a red light")]),
        ("a fire hydrant", [("fire hydrant", "a fire hydrant")]),
        ("a man riding horses", [("horse", "horses")]),
        ("a moving car", [("car", "a moving car")]),
        ("a dog chases cars", [("car", "cars")]),
        ("the road with car and bus", [("car", "car"), ("bus", "bus")]),
        ("a long green and white bus", [("bus", "a long green and white bus")]),
        ("a street . cars", [("car", "cars")]),
        ("the first one two three four five car", [("car", "five car")]),
        ("the very old small dark blue car", [("car", "car")]),
        ("a scar , busy carts", []),
    ],
)  # fmt: skip
def test_a_phrase_goes_from_its_determiner_to_its_noun(text, expected):
    assert phrases(text) == expected


def test_where_each_sign_is_a_word_a_name_is_spelt_by_several():
    words = words_of(list("一辆汽车停在路口"))
    found = find_phrases(words, BOXES)
    assert [(one.name, one.noun, one.last) for one in found] == [("汽车", 2, 3)]
    assert found[0].tokens(words) == (2, 3)


def test_the_noun_alone_leaves_determiner_and_adjectives_out():
    words = words_of(["a", "red", "car"])
    (phrase,) = find_phrases(words, BOXES)
    assert phrase.tokens(words) == (0, 1, 2)
    assert phrase.tokens(words, whole=False) == (2,)


def test_all_boxes_of_a_name_belong_to_its_phrase():
    second = NamedArea("Car", (0.5, 0.5, 0.1, 0.1))
    (phrase,) = find_phrases(words_of(["cars"]), [*BOXES, second])
    assert phrase.areas == (AREAS["car"], second.area)


def test_only_the_answers_own_words_name_boxes():
    prompt, answer = words_of(["car"], Part.TEMPLATE), words_of(["bus"])
    special = [Word((0,), ("car",), special=True, part=Part.ANSWER)]
    assert [one.name for one in find_phrases([*prompt, *special, *answer], BOXES)] == ["bus"]


def test_boxes_are_found_by_any_words_that_hold_their_name():
    assert named_like("a red car", BOXES) == [BOXES[0]]
    assert named_like("turns left", BOXES) == []
