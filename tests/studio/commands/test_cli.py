"""The command line: JSON answers, exit codes and plain sentences, through a real process."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from studio import cli

REPOSITORY = Path(__file__).resolve().parents[3]


def ask(*words):
    return subprocess.run(
        [sys.executable, "main.py", *map(str, words)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )


def answer(*words):
    done = ask(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "rows.csv"
    rows = [f"a person walks {n},yes" if n % 2 else f"an empty road {n},no" for n in range(20)]
    path.write_text("\n".join(["words,answer", *rows, "odd,perhaps"]) + "\n")
    return path


@pytest.fixture(scope="module")
def project(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("project") / "p.studio"
    mapped = ("--map-label", "yes=dangerous", "--map-label", "no=safe")
    columns = ("--text", "words", "--label", "answer")
    report = answer("import", path, table, *columns, *mapped)
    assert report["samples"] == 20
    assert [problem["row"] for problem in report["problems"]] == [22]
    return path


def test_a_sound_project_has_no_problems_and_no_runs(project):
    assert answer("check", project) == {"problems": [], "repaired": []}
    assert answer("runs", project) == {"runs": []}


def test_recipes_and_models_are_listed():
    assert [row["id"] for row in answer("recipes")["recipes"]] == [
        "bert-lora",
        "example",
        "qwen-verdict",
        "qlora-instruct",
        "captioner",
        "captions",
        "example-captions",
        "internvl-freeze",
        "llava-zero-shot",
    ]
    assert [row["name"] for row in answer("models")["models"]] == [
        "minilm",
        "example-captioner",
        "smollm2",
        "dinov2-small",
        "bert-base",
        "qwen1.5-1.8b-chat",
        "taiwan-llm-7b",
        "gpt2",
        "vit-gigantic",
        "internvl2.5-4b",
        "llava-1.5-7b",
    ]


def test_parameters_of_the_seed_s_recipe_are_the_published_ones():
    found = answer("parameters", "bert-lora")
    assert (found["trainable"], found["total"]) == (75266, 109559044)
    assert found["modules"]
    more = answer("parameters", "bert-lora", "--set", "adapter.rank=4")
    assert more["trainable"] == 2 * (75266 - 1538) + 1538


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("trian", "p.studio"), "There is no verb “trian”. Did you mean train?"),
        (("train",), "The following arguments are required: FILE, RECIPE."),
        (("train", "none.studio", "example"), "There is no project none.studio."),
        (("parameters", "nope"), "There is no recipe “nope”. There are: bert-lora, example, "),
        (
            ("parameters", "example", "--set", "rank=4"),
            "There is no option “rank”. Did you mean adapter.rank?",
        ),
        (("parameters", "example", "--set", "adapter.rank"), "“adapter.rank” sets nothing"),
        (
            ("parameters", "example", "--set", "adapter.rank=many"),
            "adapter.rank is a whole number, not “many”.",
        ),
        (
            ("parameters", "example", "--set", "adapter.rank=0"),
            "adapter.rank: should be greater than or equal to 1, not “0”.",
        ),
        (("new", "p.txt"), "A project's name ends in .studio, such as p.studio."),
        (("resume", "p", "9" * 30), "Argument RUN: a run has a number, not “999"),
        (("evaluate", "p", "x"), "Argument RUN: a run has a number, not “x”."),
    ],
)
def test_a_wrong_argument_gets_one_plain_sentence_and_exit_code_2(words, sentence):
    done = ask(*words)
    assert done.returncode == 2
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_check_names_what_is_wrong_and_repairs_what_can_be(project, tmp_path):
    path = shutil.copy(project, tmp_path / "copy.studio")
    raw = sqlite3.connect(path, isolation_level=None)
    words = raw.execute("SELECT text FROM captions WHERE id = 2").fetchone()[0]
    raw.execute(
        "INSERT INTO captions_fts(captions_fts, rowid, text) VALUES ('delete', 2, ?)", (words,)
    )
    raw.execute("INSERT INTO blobs (sha256, size, content) VALUES ('wrong', 3, x'616263')")
    raw.close()
    found = ask("check", path)
    assert found.returncode == 1
    assert "The search index does not match the captions." in found.stdout
    mended = ask("check", path, "--repair", "--json")
    report = json.loads(mended.stdout)
    assert [one["name"] for one in report["repaired"]] == ["search index"]
    assert [one["name"] for one in report["problems"]] == ["changed files"]
    assert report["problems"][0]["message"].startswith("1 stored file is damaged")
    assert mended.returncode == 1


def test_captions_are_imported_without_images_that_are_not_there(tmp_path):
    table = tmp_path / "metadata.jsonl"
    table.write_text('{"file_name": "gone.jpg", "text": "a red car"}\n')
    refused = ask("import", tmp_path / "p.studio", table)
    assert refused.returncode == 1
    assert "add: --image ''" in refused.stderr
    assert answer("import", tmp_path / "p.studio", table, "--image", "")["samples"] == 1


def test_columns_inside_exploded_ones_are_known_by_their_own_names(tmp_path):
    people = {"1": {"Intent": ["away"], "Text": "One walks."}, "2": {"Intent": ["towards"]}}
    people["2"]["Text"] = "One runs."
    table = tmp_path / "rows.jsonl"
    table.write_text(json.dumps({"id": "f1", "Pedestrians": people, "Cyclists": {}}) + "\n")
    words = ("--explode", "Pedestrians,Cyclists", "--text", "Text", "--label", "Intent")
    mapped = ("--map-label", "towards=dangerous", "--map-label", "away=safe")
    found = answer("import", tmp_path / "p.studio", table, *words, *mapped)
    assert (found["samples"], found["labels"]) == (2, {"safe": 1, "dangerous": 1})
    wrong = ask("import", tmp_path / "p.studio", table, "--explode", "Dogs")
    assert (wrong.returncode, wrong.stderr[:31]) == (2, "There is no column “Dogs”. Ther")


def test_what_cannot_be_done_gets_exit_code_1(project, tmp_path):
    done = ask("resume", project, 7)
    assert (done.returncode, done.stderr) == (2, "There is no run 7 in this project.\n")
    ask("new", tmp_path / "empty.studio")
    again = ask("new", tmp_path / "empty.studio")
    assert again.returncode == 1
    assert "exists already" in again.stderr
    nothing = ask("train", tmp_path / "empty.studio", "example")
    assert nothing.returncode == 1
    assert nothing.stderr == "No sample has a label yet.\n"


@pytest.mark.parametrize("place", ["no/such/folder/p.studio", "x" * 300 + ".studio"])
def test_a_project_that_cannot_be_made_gets_a_sentence_and_leaves_nothing(tmp_path, place):
    done = ask("new", tmp_path / place)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_every_verb_has_a_command():
    actions = cli.build_parser()._subparsers._group_actions[0].choices
    for verb, parser in actions.items():
        assert callable(cli._command(parser.get_default("command"))), verb
