"""Instruction data sets on the command line: choose a set, import it, write it again."""

import json

import pytest

from studio import cli


@pytest.fixture
def sets(tmp_path):
    """A folder with two data sets of LLaMA-Factory."""
    folder = tmp_path / "data"
    folder.mkdir()
    row = {"instruction": "Is it safe?", "input": "a car", "output": "no"}
    rows = [row | {"input": f"car {n}"} for n in range(3)] + [row | {"output": ""}]
    (folder / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    info = {"first": {"file_name": "a.json"}, "second": {"file_name": "a.json", "num_samples": 1}}
    (folder / "dataset_info.json").write_text(json.dumps(info), encoding="utf-8")
    return folder


@pytest.fixture
def ask(capsys):
    """The exit code, the JSON answer and what was said beside it."""

    def run(*words):
        code = cli.main([*map(str, words), "--json"])
        said = capsys.readouterr()
        lines = said.out.strip().splitlines()
        return code, json.loads(lines[-1]) if lines else {}, said.err

    return run


def test_one_of_several_sets_must_be_named(ask, sets, tmp_path):
    code, _, said = ask("import", tmp_path / "p.studio", sets)
    assert code == 2
    assert "Say --data-set with one of: first, second." in said
    code, report, _ = ask("import", tmp_path / "p.studio", sets, "--data-set", "first")
    assert (code, report["samples"], report["answers"], report["scripts"]) == (
        0,
        3,
        3,
        {"Latin": 3},
    )
    assert [problem["reason"] for problem in report["problems"]] == ["answer empty"]
    code, _, said = ask("import", tmp_path / "p.studio", sets, "--data-set", "third")
    assert code == 1
    assert "There is no data set “third”." in said


def test_samples_are_written_and_come_back(ask, sets, tmp_path):
    ask("import", tmp_path / "p.studio", sets, "--data-set", "first")
    out = tmp_path / "out"
    code, written, _ = ask("export-data", tmp_path / "p.studio", out, "--format", "sharegpt")
    assert (code, written["counts"], written["left_out"]) == (0, {"samples": 3}, 0)
    code, report, _ = ask("import", tmp_path / "again.studio", out)
    assert (code, report["samples"], report["format"]) == (0, 3, "sharegpt")
    code, _, said = ask("export-data", tmp_path / "p.studio", out)
    assert code == 1
    assert "not empty" in said
    code, _, said = ask("export-data", tmp_path / "p.studio", tmp_path / "no", "--query", "label:(")
    assert code == 1
    assert "Expected" in said
    assert not (tmp_path / "no").exists()


def test_columns_of_any_table_can_be_instruction_and_answer(ask, tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text("scene,question,reply\na car,Is it safe?,no\n,Why?,because\n", "utf-8")
    columns = ("--text", "scene", "--instruction", "question", "--answer", "reply")
    code, report, _ = ask("import", tmp_path / "p.studio", table, *columns)
    assert (code, report["samples"], report["answers"]) == (0, 2, 2)


def test_a_table_in_another_encoding_is_refused_by_one_sentence(ask, tmp_path):
    table = tmp_path / "rows.csv"
    table.write_bytes("text,label\n雨,safe\n霧,safe\n".encode("big5"))
    code, _, said = ask("import", tmp_path / "p.studio", table)
    assert code == 1
    assert said.startswith(
        "rows.csv is not UTF-8: the first other letter is in line 2 at byte 1. Save it as UTF-8"
    )
    assert not (tmp_path / "p.studio").exists()


def test_labels_that_are_added_lose_the_spaces_around_them(ask, tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text('text,label\na,"  foggy\n"\nb,foggy \n', "utf-8")
    code, report, _ = ask("import", tmp_path / "p.studio", table, "--add-labels")
    assert (code, report["labels"]) == (0, {"foggy": 2})
