"""Caption metrics against published values, and what they do at the edges."""

import json

import numpy as np
import pytest

from workers.metrics.captions.bleu import bleu
from workers.metrics.captions.cider import cider
from workers.metrics.captions.meteor import meteor
from workers.metrics.captions.rouge import rouge_l
from workers.metrics.captions.scoring import score_captions
from workers.metrics.captions.stemming import stem_of

BLEUS = ("Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4")
STREET = {
    "a": [
        "A man riding a bike down the street.",
        "A person on a bicycle in the city.",
        "A cyclist rides along a busy street.",
    ],
    "b": ["A brown dog runs on the green grass.", "The dog is running in a field."],
    "c": ["Two cats sleep on a couch.", "A pair of cats are lying on a sofa."],
}
STREET_SAID = {
    "a": "A man riding a bike on a street.",
    "b": "A dog running in the grass.",
    "c": "A white bird flies over the sea.",
}


def words(*captions):
    return [caption.split() for caption in captions]


def groups(*references):
    return [words(*group) for group in references]


def test_captions_equal_to_their_references_have_the_highest_cider():
    same = words("a b c d e", "f g h i j", "k l m n o")
    assert cider(same, [[one] for one in same]) == pytest.approx([10, 10, 10], abs=1e-12)


def test_three_words_have_no_fours_so_three_quarters_of_cider():
    same = words("a b c", "d e f", "g h i")
    assert cider(same, [[one] for one in same]).mean() == pytest.approx(7.5, abs=1e-12)


def test_one_image_alone_has_no_rare_words_unless_all_weigh_the_same():
    same = words("a b c d e")
    assert cider(same, [same]).tolist() == [0.0]
    assert cider(same, [same], rarity_alone=True) == pytest.approx([10.0])


def test_a_shorter_caption_costs_by_its_pairs_of_words():
    references = groups(["a b c d e"], ["f g h i j"])
    scores = cider(words("a b c d", "f g h i j"), references)
    assert scores == pytest.approx([8.09689839, 10], abs=1e-8)
    assert scores.mean() == pytest.approx(9.048449195598348, abs=1e-12)


def test_whole_captions_score_as_coco_scores_them():
    scores = score_captions(STREET_SAID, STREET)
    assert scores.corpus["CIDEr"] == pytest.approx(1.2622237049949596, abs=1e-12)
    assert scores.samples["CIDEr"] == pytest.approx([2.19627717, 1.59039394, 0], abs=1e-8)
    expected = (0.66667, 0.47140, 0.35422, 0.29337)
    assert [scores.corpus[name] for name in BLEUS] == pytest.approx(expected, abs=5e-6)
    assert scores.corpus["ROUGE_L"] == pytest.approx(0.48769595, abs=1e-8)
    assert scores.samples["ROUGE_L"] == pytest.approx([0.75, 0.55707763, 0.15601023], abs=1e-8)
    assert scores.ids == ("a", "b", "c")


def test_captions_without_capitals_score_as_coco_scores_them():
    references = groups(
        ["the cat sat on the mat", "there is a cat on the mat"], ["a red car is parked outside"]
    )
    said = words("the cat is on the mat", "a car is parked")
    assert cider(said, references).mean() == pytest.approx(3.760320250905025, abs=1e-12)
    assert cider(said, references) == pytest.approx([3.79105825, 3.72958226], abs=1e-8)
    expected = (0.818730753, 0.647263492, 0.485356322, 6.9553e-05)
    assert bleu(said, references).corpus == pytest.approx(expected, abs=1e-9)
    assert rouge_l(said, references) == pytest.approx([0.83333333, 0.7721519], abs=1e-7)
    assert rouge_l(said, references).mean() == pytest.approx(0.8027426160, abs=1e-10)


# As the Treebank tokenizer of sentences gives it, which keeps the last full stop.
HE_STANDS = [
    "The",
    "pedestrian",
    "is",
    "a",
    "male",
    "in",
    "his",
    "30s.",
    "He",
    "is",
    "standing",
    "on",
    "the",
    "sidewalk",
    ".",
]
HE_WALKS = [
    "The",
    "pedestrian",
    "was",
    "a",
    "male",
    "in",
    "his",
    "20s.",
    "He",
    "was",
    "walking",
    "on",
    "the",
    "sidewalk",
    ".",
]


def test_one_segment_alone_scores_as_in_the_traffic_challenge():
    alone = cider([HE_STANDS], [[HE_WALKS]], rarity_alone=True)
    assert alone == pytest.approx([4.053544494720965], abs=1e-12)
    lower = [[word.lower() for word in one] for one in (HE_STANDS, HE_WALKS)]
    assert meteor([lower[0]], [[lower[1]]]) == pytest.approx([0.715702479338843], abs=1e-12)
    assert meteor([lower[1]], [[lower[1]]]) == pytest.approx([0.9998518518518519], abs=1e-12)


def test_meteor_matches_stems_where_words_differ():
    exact = meteor(words("a man rides"), groups(["a man rides"]))
    stem = meteor(words("a man riding"), groups(["a man rides"]))
    none = meteor(words("a man sits"), groups(["a man rides"]))
    assert exact == stem
    assert none < stem


def test_meteor_takes_the_best_reference_and_charges_for_disorder():
    both = meteor(words("a red car"), groups(["something else", "a red car"]))
    assert both == meteor(words("a red car"), groups(["a red car"]))
    assert meteor(words("car red a"), groups(["a red car"])) == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("riding", "ride"),
        ("hopping", "hop"),
        ("ties", "tie"),
        ("ponies", "poni"),
        ("relational", "relat"),
        ("traffic", "traffic"),
        ("crossings", "cross"),
        ("skies", "sky"),
        ("happy", "happi"),
        ("enjoy", "enjoy"),
        ("agreed", "agre"),
        ("controlling", "control"),
        ("adoption", "adopt"),
        ("geology", "geolog"),
        ("is", "is"),
    ],
)
def test_stems_are_porters(word, stem):
    assert stem_of(word) == stem


def test_a_caption_without_a_word_scores_nothing_and_is_counted():
    scores = score_captions(
        {"1": "", "2": "a red car", "3": "..."}, {one: ["a car"] for one in "123"}
    )
    assert scores.empty == ("1", "3")
    for values in scores.samples.values():
        assert values[0] == values[2] == 0
    assert scores.corpus["ROUGE_L"] == pytest.approx(scores.samples["ROUGE_L"][1] / 3)


def test_saying_one_word_often_gains_nothing_and_is_named():
    references = {"1": ["a man on a street"], "2": ["two red cars"]}
    once = score_captions({"1": "a man", "2": "red cars"}, references)
    often = score_captions({"1": "a a a a a a", "2": "red cars"}, references)
    assert often.repeating == ("1",)
    assert once.repeating == ()
    assert all(often.samples[name][0] < once.samples[name][0] for name in ("CIDEr", "METEOR"))
    assert often.samples["Bleu_1"][0] == pytest.approx(2 / 6)  # two of them stand in the reference


def test_only_empty_captions_are_no_trouble():
    scores = score_captions({"1": "", "2": "!"}, {"1": [""], "2": ["a car"]})
    assert set(scores.corpus.values()) == {0.0}


def test_no_caption_at_all_is_no_trouble():
    assert set(score_captions({}, {}).corpus.values()) == {0.0}


def test_the_corpus_bleu_pools_and_is_not_the_mean():
    found = bleu(words("a b", "c d e f g h"), groups(["a b"], ["c x e x g x"]))
    assert found.corpus[0] == pytest.approx((2 + 3) / (2 + 6), rel=1e-6)
    assert found.samples[:, 0] == pytest.approx([1, 0.5], rel=1e-6)


def test_of_two_references_as_near_the_shorter_gives_the_length():
    # Lengths 2 and 4 are as near to 3; against 2 nothing is too short.
    found = bleu(words("a b c"), groups(["a b", "a b c d"]))
    assert found.corpus[0] == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("metric", [cider, bleu, rouge_l, meteor])
def test_an_image_without_a_reference_is_refused(metric):
    with pytest.raises(ValueError, match="without a reference"):
        metric(words("a"), [[]])
    with pytest.raises(ValueError, match="2 predictions for 1 images"):
        metric(words("a", "b"), groups(["a"]))


def test_the_published_fake_captions_score_as_published(shared_data):
    folder = shared_data / "coco_caption"
    if not folder.is_dir():
        pytest.skip("the fake captions of COCO are not among the real files")
    rows = json.loads((folder / "DERIVED_captions_val2014_fakecap1000.json").read_text())
    said = json.loads((folder / "results" / "captions_val2014_fakecap_results.json").read_text())
    references = {}
    for row in rows["annotations"]:
        references.setdefault(str(row["image_id"]), []).append(row["caption"])
    found = score_captions({str(row["image_id"]): row["caption"] for row in said}, references)
    assert [round(found.corpus[name], 3) for name in BLEUS] == [0.579, 0.404, 0.279, 0.191]
    assert round(found.corpus["ROUGE_L"], 3) == 0.396
    assert round(found.corpus["CIDEr"], 3) == 0.600


def test_the_reference_values_of_another_toolkit_are_met(shared_data):
    folder = shared_data / "nlgeval_reference"
    if not folder.is_dir():
        pytest.skip("the reference values are not among the real files")
    expected = json.loads((folder / "expected.json").read_text())
    said, *meant = (
        words(*(folder / name).read_text().split("\n")[:2])
        for name in ("hyp.txt", "ref1.txt", "ref2.txt")
    )
    references = [list(group) for group in zip(*meant, strict=True)]
    corpus = expected["corpus_2_items"]
    assert bleu(said, references).corpus == pytest.approx([corpus[n] for n in BLEUS], abs=1e-6)
    assert rouge_l(said, references).mean() == pytest.approx(corpus["ROUGE_L"], abs=1e-6)
    assert cider(said, references).mean() == pytest.approx(corpus["CIDEr"], abs=1e-6)
    for name in ("single", "french", "japanese"):
        one = expected[name]
        said, references = words(one.get("hyp", "")), [words(*one.get("refs", []))]
        assert rouge_l(said, references) == pytest.approx([one["ROUGE_L"]], abs=1e-6), name
        assert bleu(said, references).corpus[0] == pytest.approx(one["Bleu_1"], abs=1e-6), name


def test_drawn_captions_score_as_pycocoevalcap_scores_them():
    pytest.importorskip("pycocoevalcap", reason="pycocoevalcap is not installed; nor need it be")
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    drawn = np.random.default_rng(0)
    captions = [
        [f"w{number}" for number in drawn.zipf(1.5, drawn.integers(1, 14)) if number < 200] or ["w"]
        for _ in range(1_200)
    ]
    said, references = captions[:200], [captions[200 + 5 * n : 205 + 5 * n] for n in range(200)]
    hypotheses = {index: [" ".join(one)] for index, one in enumerate(said)}
    meant = {index: [" ".join(one) for one in group] for index, group in enumerate(references)}
    assert cider(said, references) == pytest.approx(
        Cider().compute_score(meant, hypotheses)[1], abs=1e-9
    )
    corpus, samples = Bleu(4).compute_score(meant, hypotheses, verbose=0)
    assert bleu(said, references).corpus == pytest.approx(corpus, abs=1e-12)
    assert pytest.approx(np.array(samples), abs=1e-12) == bleu(said, references).samples.T
    assert rouge_l(said, references) == pytest.approx(
        Rouge().compute_score(meant, hypotheses)[1], abs=1e-12
    )
