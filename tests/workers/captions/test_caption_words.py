"""Captions become the words that COCO's evaluation makes of them."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.metrics.captions import tokens
from workers.metrics.captions.containment import Correct, containment, contains
from workers.metrics.captions.repetition import repeated_share, repeats_itself
from workers.metrics.captions.tokens import words_of


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("It's a dog's life; don't stop -- really?", "it 's a dog 's life do n't stop really"),
        (
            "A 3/4-inch (long) U.S.A. flag, costs $5.50!",
            "a 3/4-inch -lrb- long -rrb- u.s.a. flag costs $ 5.50",
        ),
        ('well-known "quote" man/woman', "well-known quote man/woman"),
        (
            "The pedestrian is in his 30s, height 170 cm.",
            "the pedestrian is in his 30s height 170 cm",
        ),
        ("cannot gonna I'm", "can not gon na i 'm"),
        ("Mr. Smith went to St. Louis.", "mr. smith went to st. louis"),
        ("a  b\nc", "a b c"),
    ],
)
def test_the_vectors_of_the_specification(caption, words):
    assert words_of(caption) == words.split()


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("don’t the dog’s “quoted” ‘word’ — yes…", "do n't the dog 's quoted word yes"),
        ("wouldn't've o'clock O'Brien y'all", "would n't 've o'clock o'brien y' all"),
        ("wannabe cannot's 'tis the '90s", "wannabe cannot 's 't is the '90s"),
        ("50% of #1 @home A&B #tag", "50 % of # 1 @home a&b #tag"),
        ("1,000 10:30am 1.5m 5-year-old 4x4 -5", "1,000 10:30 am 1.5 m 5-year-old 4x4 -5"),
        ("red/white/blue w/ w/o 12/25", "red/white/blue w / w/o 12/25"),
        ("what?? really?! no!", "what ?? really ?! no"),
        ("a street.The man", "a street.the man"),
        ("a sign on 5th Ave.", "a sign on 5th ave."),
        ("no. 5 and No. the end", "no. 5 and no the end"),
        ("J. Smith eats vitamin C. The end", "j. smith eats vitamin c the end"),
        ("World War I.", "world war i."),
        ("ready to bat., now", "ready to bat. now"),
        ("smile :) [x] {y}", "smile :-rrb- -lsb- x -rsb- -lcb- y -rcb-"),
        ("see http://a.b/c?d=e, foo@bar.com", "see http://a.b/c?d=e foo@bar.com"),
        ("café 交通 テスト 😀 dog", "café 交通 テスト dog"),
        ("half ½ for £5 &amp; 5¢", "half 1/2 for # 5 & 5 cents"),
        ("", ""),
        (" . ", ""),
        ("-- ... ' \" `", ""),
    ],
)
def test_what_the_java_tokenizer_gave(caption, words):
    assert words_of(caption) == words.split()


PIECES = [
    "A",
    "man",
    "dog's",
    "t-shirt",
    "etc.",
    "U.S.",
    ",",
    ".",
    ",",
    "a,",
    "b.",
    "cannot",
    "gonna",
    "5",
    "1.5",
    "st.",
    "Mon.",
    "end.",
    "ill.",
    "x-",
]


@given(st.lists(st.sampled_from(PIECES)).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_the_short_way_gives_what_the_rules_give(caption):
    assert words_of(caption) == tokens._by_rules(caption)


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_any_text_has_words_without_spaces_between_letters(caption):
    found = words_of(caption)
    assert found == words_of(caption)
    assert all(word and word == word.strip() for word in found)


@pytest.mark.parametrize(
    "piece",
    [" ", "a", "a.", "a..", "a-", "a--", "1", "1/", "1.", "a'", "<a", "no. ", "/"],
)
def test_no_long_text_takes_long(piece):
    began = time.perf_counter()
    words_of(piece * (100_000 // len(piece)) + "!!")
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize(
    ("caption", "name", "whole_words", "found"),
    [
        ("A jacket by Saint  Laurent.", "SAINT LAURENT", False, True),
        ("A Levi’s label", "levi's", False, True),
        ("ＮＩＫＥ shoes", "Nike", False, True),
        ("a gaping hole", "GAP", False, True),
        ("a gaping hole", "GAP", True, False),
        ("a GAP, torn", "gap", True, True),
        ("一辆红色汽车", "汽车", True, True),
        ("a red car", "", False, False),
        ("", "car", False, False),
    ],
)
def test_a_name_is_found_whatever_its_typing(caption, name, whole_words, found):
    assert contains(caption, name, whole_words=whole_words) is found


def test_containment_is_always_so_many_of_so_many():
    captions = ["a red car", "a bus", "nothing"]
    found = containment(captions, [["car"], ["lorry", "bus"], ["car"]])
    assert found == Correct(2, 3)
    assert str(Correct(1173, 6110)) == "1,173 of 6,110"
    assert Correct(0, 0).share == 0


def test_loops_are_seen_by_how_much_comes_back():
    coat = ("the coat is black and " * 12).split()
    assert repeated_share(coat, 4) == pytest.approx(0.9123, abs=5e-5)
    assert repeated_share(coat, 10) == pytest.approx(0.9020, abs=5e-5)
    assert repeated_share(("tropical " * 40).split(), 4) == pytest.approx(0.9730, abs=5e-5)
    assert repeats_itself(coat)
    assert repeats_itself(["a", "a", "a"])
    assert not repeats_itself(
        ["a", "man", "on", "a", "bike", "beside", "a", "woman", "on", "a", "bike"]
    )
    assert not repeats_itself([])


def test_real_captions_have_the_words_that_java_gives(shared_data, tmp_path):
    package = pytest.importorskip("pycocoevalcap", reason="pycocoevalcap is not installed")
    jar = Path(package.__path__[0]) / "tokenizer" / "stanford-corenlp-3.4.1.jar"
    rows = shared_data / "coco_caption" / "DERIVED_captions_val2014_fakecap1000.json"
    if not shutil.which("java") or not jar.is_file() or not rows.is_file():
        pytest.skip("no Java with its tokenizer, or no real captions")
    captions = [row["caption"] for row in json.loads(rows.read_text())["annotations"]]
    (tmp_path / "captions.txt").write_text("\n".join(one.replace("\n", " ") for one in captions))
    command = ["java", "-cp", str(jar), "edu.stanford.nlp.process.PTBTokenizer"]
    command += ["-preserveLines", "-lowerCase", str(tmp_path / "captions.txt")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    apart = [
        one
        for one, line in zip(captions, said, strict=False)
        if words_of(one) != [word for word in line.split() if word not in tokens._PUNCTUATION]
    ]
    assert len(said) >= len(captions) > 5_000
    assert apart == []
