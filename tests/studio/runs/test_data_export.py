"""A project's samples as a data set of another program, and back."""

import json

import pytest
from PIL import Image

from studio.dataset.instruction_files import FORMATS
from studio.dataset.records import Format
from studio.document import Document
from studio.errors import StudioError
from studio.project import edits, queries
from studio.runs.data_export import export_data
from studio.runs.importing import import_source
from workers.contract.options import AnswerKind

ROWS = [
    {"id": f"q{n}", "instruction": "Is it safe?", "input": f"car {n}", "output": f"no {n}"}
    for n in range(6)
]


@pytest.fixture
def answers(tmp_path):
    """A project with six imported questions, half of them in train."""
    source = tmp_path / "rows.json"
    source.write_text(json.dumps(ROWS), encoding="utf-8")
    document = Document.create(tmp_path / "answers.studio")
    import_source(document, source)
    document.edit("Split", edits.set_split, [1, 2, 3], "train")
    yield document
    document.close()


def test_an_import_keeps_instruction_and_answer_and_is_one_step(answers):
    row = answers.query(queries.sample_rows, [1])[0]
    assert (row.key, row.instruction, row.caption, row.answer) == (
        "q0",
        "Is it safe?",
        "car 0",
        "no 0",
    )
    assert answers.query(queries.sample_ids, 'answer:"no 4"') == [5]
    answers.undo()
    answers.undo()
    assert answers.query(queries.count) == 0


def test_the_same_rows_do_not_enter_twice_but_another_answer_does(answers, tmp_path):
    more = [ROWS[0], ROWS[1] | {"output": "yes", "id": "other"}]
    source = tmp_path / "more.json"
    source.write_text(json.dumps(more), encoding="utf-8")
    report = import_source(answers, source)
    assert (report.samples, report.duplicates) == (1, 1)


@pytest.mark.parametrize("format", FORMATS)
def test_a_project_comes_back_from_each_format(answers, tmp_path, format):
    written = export_data(answers, tmp_path / "out", format)
    assert (written.counts, written.left_out) == ({"train": 3, "samples": 3}, 0)
    again = Document.create(tmp_path / "again.studio")
    import_source(again, tmp_path / "out/train.json")
    import_source(again, tmp_path / "out/samples.json")
    said = [
        [
            (row.key, row.instruction, row.caption, row.answer)
            for row in one.query(queries.sample_rows, range(1, 7))
        ]
        for one in (answers, again)
    ]
    assert said[0] == said[1]
    again.close()


def test_a_query_chooses_and_samples_without_an_answer_are_counted(answers, tmp_path):
    answers.edit("Forget", edits.write_answer, 2, "")
    written = export_data(answers, tmp_path / "out", Format.ALPACA, query="split:train")
    assert (written.counts, written.left_out) == ({"train": 2}, 1)


def test_labels_are_answers_where_that_is_asked_for(answers, tmp_path):
    answers.edit("Label", edits.set_label, [1, 4], 1)
    answers.edit("Unsure", edits.set_label, [2], 3)
    answers.edit("No instruction", edits.write_instruction, 4, "")
    export_data(
        answers,
        tmp_path / "out",
        Format.ALPACA,
        answer=AnswerKind.LABEL,
        instruction="One word.",
    )
    rows = json.loads((tmp_path / "out/samples.json").read_text("utf-8"))
    expected = {"id": "q3", "instruction": "One word.", "input": "car 3", "output": "dangerous"}
    assert rows == [expected]


@pytest.mark.parametrize("format", FORMATS)
def test_images_are_copied_and_come_back_with_their_answers(tmp_path, format):
    rows = [ROWS[n] | {"image": f"pictures/{n}.png"} for n in range(2)] + [ROWS[2]]
    for n in range(2):
        path = tmp_path / f"pictures/{n}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (40, 30), (90 * n, 80, 40)).save(path)
    source = tmp_path / "rows.json"
    source.write_text(json.dumps(rows), encoding="utf-8")
    document = Document.create(tmp_path / "seen.studio")
    assert import_source(document, source).samples == 3
    export_data(document, tmp_path / "out", format, with_images=True)
    again = Document.create(tmp_path / "again.studio")
    report = import_source(again, tmp_path / "out")
    assert (report.samples, report.problems) == (3, ())
    said = [
        [
            (row.instruction, row.caption, row.answer, row.image_sha256, row.width)
            for row in one.query(queries.sample_rows, range(1, 4))
        ]
        for one in (document, again)
    ]
    assert said[0] == said[1]
    assert said[0][0][4] == 40
    for one in (document, again):
        one.close()


def test_a_folder_with_files_is_left_alone(answers, tmp_path):
    with pytest.raises(StudioError, match="not empty"):
        export_data(answers, tmp_path, Format.ALPACA)
