"""The pointing game over phrases: one sample, many samples, and the best layer and head."""

from dataclasses import replace

import numpy as np
import pytest

from studio.attention import maps, patches, pointing, words
from studio.attention.look import Look, Side
from studio.attention.patches import Pointing
from studio.attention.phrases import NamedArea
from studio.attention.pointing import PhrasePointing
from studio.attention.reduce import Over, Reduction
from tests.studio.attention import picture_files
from tests.studio.attention.picture_files import COLUMNS, GEOMETRY, IMAGE, ROWS

MAP = maps.read_map(picture_files.map_file())
WORDS = words.words_of(MAP.provenance)
LAST = Look(reduction=Reduction(Over.LAYER, 5))
# “a red taxicab” reads patches 7 to 10, the base model patch 0.
READ = NamedArea("Taxicab", (1 / COLUMNS, 1 / ROWS, 4 / COLUMNS, 1 / ROWS))


def measure(**changes):
    return pointing.measure_sample(MAP, WORDS, [READ], LAST, **changes)


def test_a_phrase_is_measured_in_the_boxes_that_it_names():
    (found,) = measure()
    assert (found.name, found.text, found.sample_id) == ("taxicab", "a red taxicab", 3)
    assert found.at.share > 0.5
    assert found.at.chance == pytest.approx(4 / IMAGE)
    assert found.at.hit
    assert found.at.hit_chance == pytest.approx(4 / IMAGE)
    (of_base,) = pointing.measure_sample(MAP, WORDS, [READ], replace(LAST, side=Side.BASE))
    assert of_base.at.share < 0.2
    assert not of_base.at.hit


def test_the_noun_alone_is_another_row():
    narrow = NamedArea("taxicab", (3 / COLUMNS, 1 / ROWS, 2 / COLUMNS, 1 / ROWS))
    whole, noun = (
        pointing.measure_sample(MAP, WORDS, [narrow], LAST, whole=whole)[0]
        for whole in (True, False)
    )
    assert noun.text == "taxicab"
    assert noun.at.share > whole.at.share


def test_every_head_agrees_with_a_look_through_it():
    (found,) = measure()
    for layer, head in ((0, 1), (3, 2), (5, 0)):
        look = Look(reduction=pointing.of_head(layer, head))
        (alone,) = pointing.measure_sample(MAP, WORDS, [READ], look)
        assert found.by_head(layer, head).share == pytest.approx(alone.at.share, abs=1e-6)
        assert found.by_head(layer, head).hit == alone.at.hit


def test_nothing_is_measured_without_a_proven_geometry():
    unproven = maps.read_map(picture_files.map_file(geometry=None))
    assert pointing.measure_sample(unproven, WORDS, [READ], LAST) == []


def test_hits_follow_the_middle_of_the_brightest_patch():
    rows = np.zeros((2, IMAGE), np.float32)
    rows[0, 7], rows[1, 0] = 1, 1
    assert patches.hits(rows, GEOMETRY, [READ.area]).tolist() == [True, False]
    sliver = (0.0, 0.0, 0.01, 1.0)  # no patch has its middle there
    assert patches.hit_chance(GEOMETRY, [sliver]) == 0.0
    assert patches.chance(GEOMETRY, [sliver]) == pytest.approx(0.01)


def phrase(sample_id, name="car", share=0.4, hot=(1, 0)):
    shares = np.full((2, 2), 0.1, np.float32)
    shares[hot] = 0.9
    at = Pointing(share, 0.1, share > 0.3, 0.05)
    return PhrasePointing(sample_id, name, f"a {name}", at, shares, shares > 0.5)


def test_phrases_are_tallied_by_name_and_in_all():
    measured = [phrase(1), phrase(2, share=0.2), phrase(3, "bus", 0.6)]
    every, car, bus = pointing.tallies(measured)
    assert (every.name, car.name, bus.name) == (pointing.ALL, "car", "bus")
    assert (car.words, car.hits) == (2, 1)
    assert car.share == pytest.approx(0.3)
    assert car.ratio == pytest.approx(3.0)
    assert every.words == 3
    assert every.hit_chance == pytest.approx(0.05)
    assert pointing.tallies(measured, (1, 0))[0].share == pytest.approx(0.9)
    assert pointing.tallies([])[0].ratio == 0.0


def test_the_best_head_is_chosen_on_one_half_and_reported_on_the_other():
    first = [one for one in range(40) if pointing.is_in_first_half(one)]
    second = [one for one in range(40) if not pointing.is_in_first_half(one)]
    assert 10 < len(first) < 30
    measured = [phrase(one, hot=(1, 0)) for one in first]
    measured += [phrase(one, hot=(0, 1)) for one in second]
    best = pointing.choose_best(measured)
    assert (best.layer, best.head) == (1, 0)
    assert best.chosen_on.share == pytest.approx(0.9)
    assert best.reported.share == pytest.approx(0.1)
    assert best.reported.words == len(second)
    assert pointing.mean_shares(measured).shape == (2, 2)
    assert pointing.choose_best([phrase(one) for one in first]) is None
