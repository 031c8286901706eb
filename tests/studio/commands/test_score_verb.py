"""The verb that scores caption files: what it answers, and what it says of bad files."""

import json

import pytest

from studio import cli

REFERENCES = {
    "1": ["a man rides a bike", "a person on a bicycle"],
    "2": ["two cats sleep on a couch"],
    "3": ["a red car is parked outside"],
}
PREDICTIONS = {"1": "a man on a bike", "2": "cats sleep on a couch", "3": "a car is parked"}
NAMES = ("CIDEr", "Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4", "ROUGE_L", "METEOR")


def as_coco(references):
    images = [{"id": int(one), "file_name": f"street_{one}.jpg"} for one in references]
    annotations = [
        {"id": number, "image_id": int(one), "caption": caption}
        for number, (one, group) in enumerate(references.items())
        for caption in group
    ]
    return {"images": images, "annotations": annotations}


@pytest.fixture
def ask(tmp_path, capsys):
    """Exit code, lines on stdout and what was said beside them, for two values or texts."""

    def run(references, predictions, *words):
        for name, value in (("R.json", references), ("P.json", predictions)):
            text = value if isinstance(value, str) else json.dumps(value)
            (tmp_path / name).write_text(text, encoding="utf-8")
        paths = ("--references", tmp_path / "R.json", "--predictions", tmp_path / "P.json")
        code = cli.main(["score", *map(str, paths), *map(str, words)])
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err

    return run


def test_files_of_coco_and_objects_by_id_score_the_same(ask):
    results = [{"image_id": int(one), "caption": text} for one, text in PREDICTIONS.items()]
    code, lines, beside = ask(as_coco(REFERENCES), results, "--json")
    again = ask(REFERENCES, PREDICTIONS, "--json")
    assert (code, beside) == (0, "")
    assert again == (code, lines, beside)
    answer = json.loads(lines[-1])
    assert answer["count"] == 3
    assert all(answer[name] > 0 for name in NAMES)
    assert "samples" not in answer


def test_predictions_may_go_by_file_name(ask):
    by_name = {f"street_{one}": text for one, text in PREDICTIONS.items()}
    code, lines, _ = ask(as_coco(REFERENCES), by_name, "--json")
    assert code == 0
    assert lines == ask(REFERENCES, PREDICTIONS, "--json")[1]


def test_each_image_has_its_scores_and_their_mean_is_the_corpus(ask):
    _, lines, _ = ask(REFERENCES, PREDICTIONS, "--json", "--per-sample")
    answer = json.loads(lines[-1])
    assert [row["id"] for row in answer["samples"]] == ["1", "2", "3"]
    for name in ("CIDEr", "ROUGE_L", "METEOR"):
        mean = sum(row[name] for row in answer["samples"]) / 3
        assert mean == pytest.approx(answer[name])


def test_in_words_every_metric_has_a_line_and_meteor_says_which_it_is(ask):
    _, lines, _ = ask(REFERENCES, PREDICTIONS, "--per-sample")
    assert lines[0] == "3 captions beside 4 references"
    assert [line.split()[0] for line in lines[1:8]] == list(NAMES)
    assert lines[7].startswith("METEOR (exact+stem)")
    assert [line.split()[-1] for line in lines[-3:]] == ["1", "2", "3"]


def test_empty_and_looping_captions_are_scored_and_named(ask):
    code, lines, beside = ask(REFERENCES, {"1": " ", "2": "a a a"}, "--json")
    answer = json.loads(lines[-1])
    assert code == 0
    assert (answer["count"], answer["empty"], answer["repeating"]) == (2, ["1"], ["2"])
    assert answer["without_prediction"] == 1
    assert "No word, so scored 0: 1 caption, of images 1." in beside
    assert "Saying the same again and again: 1 caption, of images 2." in beside
    assert "Not scored, without a prediction: 1 image." in beside


def test_one_image_alone_says_why_its_cider_is_nothing(ask):
    code, lines, beside = ask({"1": ["a car"]}, {"1": "a car"}, "--json")
    assert (code, json.loads(lines[-1])["CIDEr"]) == (0, 0)
    assert "CIDEr of one image alone is 0" in beside


def test_names_that_captions_should_contain_are_counted(ask, tmp_path):
    names = tmp_path / "N.json"
    names.write_text(json.dumps({"1": "BIKE", "2": ["dog", "cat"], "3": "lorry"}))
    _, lines, _ = ask(REFERENCES, PREDICTIONS, "--names", names, "--json")
    assert json.loads(lines[-1])["named"] == {"correct": 2, "count": 3}
    _, lines, _ = ask(REFERENCES, PREDICTIONS, "--names", names, "--whole-words")
    assert any(line.split()[:4] == ["Named", "1", "of", "3"] for line in lines)


@pytest.mark.parametrize(
    ("references", "predictions", "sentence"),
    [
        ("{", PREDICTIONS, "R.json is not JSON: line 1, column 2:"),
        (REFERENCES, "", "P.json is not JSON: line 1, column 1:"),
        (REFERENCES, "[" * 200_000, "P.json cannot be read: it is nested too deep."),
        (REFERENCES, '{"1": ' + "9" * 5000 + "}", "a number in it is too long."),
        (REFERENCES, '{"1": "a", "1": "b"}', "P.json: “1” stands there twice."),
        ([1], PREDICTIONS, "R.json holds no references."),
        ("{}", PREDICTIONS, "R.json holds no references: it is empty."),
        ({"1": []}, PREDICTIONS, "R.json: the list of “1” is empty."),
        ({"1": [3]}, PREDICTIONS, "R.json: the caption of “1” is a number, not a text."),
        ({"1": 3}, PREDICTIONS, "R.json: “1” has a number, not a list of texts."),
        (REFERENCES, {}, "P.json holds no predictions: it is empty."),
        (REFERENCES, [], "P.json holds no predictions: it is empty."),
        (REFERENCES, "3", "P.json holds no predictions."),
        (REFERENCES, as_coco(REFERENCES), "P.json holds no predictions."),
        (REFERENCES, {"1": None}, "P.json: the caption of “1” is empty (null), not a text."),
        (REFERENCES, {"1": ["a"]}, "P.json: the caption of “1” is a list, not a text."),
        (REFERENCES, [{"caption": "a"}], "P.json: item 1 has no “image_id”."),
        (REFERENCES, [{"image_id": True, "caption": "a"}], "P.json: item 1 has no “image_id”."),
        (REFERENCES, [{"image_id": 1}], "P.json: item 1 has no “caption”."),
        (REFERENCES, ["a"], "P.json: item 1 has no “image_id”."),
        (
            REFERENCES,
            [{"image_id": 1, "caption": "a"}] * 2,
            "P.json: image “1” has two predictions; one is needed.",
        ),
        (
            REFERENCES,
            {"1": "a", "7": "b", "8": "c"},
            "2 of 3 predictions have no references: 7, 8.",
        ),
    ],
)
def test_a_bad_file_gets_one_plain_sentence(ask, references, predictions, sentence):
    code, lines, beside = ask(references, predictions, "--json")
    assert (code, lines) == (1, [])
    assert sentence in beside
    assert len(beside.strip().splitlines()) == 1


def test_bytes_that_are_no_text_are_told(ask, tmp_path, capsys):
    (tmp_path / "B.json").write_bytes(b"\xff\xfe\x00")
    code, _, beside = ask(REFERENCES, PREDICTIONS, "--names", tmp_path / "B.json")
    assert code == 1
    assert "is not UTF-8 text" in beside


def test_a_file_that_is_not_there_and_a_missing_argument_are_told(ask, tmp_path, capsys):
    code, _, beside = ask(REFERENCES, PREDICTIONS, "--names", tmp_path / "none.json")
    assert (code, "No such file" in beside) == (1, True)
    assert cli.main(["score", "--references", "R.json"]) == 2
    assert "--predictions" in capsys.readouterr().err
