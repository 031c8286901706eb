"""Instruction data sets on the Data page: choose a set, preview questions and answers, import."""

import json

import pytest

from studio.project import queries
from studio.ui.navigation import Destination, PageName

WAIT = 20_000


@pytest.fixture
def sets(tmp_path):
    """Three sets of LLaMA-Factory, one of which has turns."""
    folder = tmp_path / "sets"
    folder.mkdir()
    rows = [
        {"instruction": "Is it <b>safe</b>?", "input": "霧の夜", "output": "危險"},
        {"instruction": "Why?", "input": "", "output": "because"},
        {"instruction": "Why?", "input": "", "output": ""},
    ]
    turns = [{"from": "human", "value": "Is it safe?"}, {"from": "gpt", "value": "no"}]
    (folder / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    (folder / "b.json").write_text(json.dumps([{"conversations": turns}]), encoding="utf-8")
    info = {
        "alpaca": {"file_name": "a.json"},
        "talks": {"file_name": "b.json", "formatting": "sharegpt"},
        "away": {"hf_hub_url": "somebody/something"},
    }
    (folder / "dataset_info.json").write_text(json.dumps(info), encoding="utf-8")
    return folder


def _open(page, qtbot, path):
    page.show_destination(Destination(PageName.DATA, part=f"import:{path}"))
    qtbot.waitUntil(lambda: page.importing.flow.plan is not None, timeout=WAIT)


def test_questions_and_answers_are_previewed_and_imported(data_page, qtbot, sets):
    _open(data_page, qtbot, sets)
    part = data_page.importing
    assert "dataset_info.json → alpaca in a.json" in part.source.reason.text()
    chosen = {name: part.meaning.combos[name].currentData() for name in part.meaning.combos}
    assert (chosen["instruction"], chosen["text"], chosen["answer"]) == (
        "instruction",
        "input",
        "output",
    )
    first, second, third = part.preview.cards
    assert first.instruction.text() == "Is it <b>safe</b>?"
    assert (first.caption.text(), first.answer.text()) == ("霧の夜", "Answer: 危險")
    assert (second.caption.text(), second.instruction.isVisibleTo(second)) == ("Why?", False)
    assert third.caption.text() == "output: answer empty"
    assert not third.answer.isVisibleTo(third)
    assert part.problems.sentence.text() == "2 of 3 rows can be imported. 1 cannot:"
    data_page.import_button.click()
    document = data_page.document
    qtbot.waitUntil(lambda: document.query(queries.count) == 2, timeout=WAIT)
    rows = document.query(queries.sample_rows, [1, 2])
    assert [(row.instruction, row.caption, row.answer) for row in rows] == [
        ("Is it <b>safe</b>?", "霧の夜", "危險"),
        ("", "Why?", "because"),
    ]


def test_another_set_of_the_folder_is_chosen_from_a_list(data_page, qtbot, sets):
    _open(data_page, qtbot, sets)
    meaning = data_page.importing.meaning
    assert [meaning.sets.itemText(at) for at in range(meaning.sets.count())] == ["alpaca", "talks"]
    assert meaning.turns.isHidden()
    meaning.sets.setCurrentText("talks")
    meaning.sets.activated.emit(1)
    qtbot.waitUntil(lambda: data_page.importing.flow.plan is not None, timeout=WAIT)
    assert data_page.import_button.text() == "Import 1 sample"
    assert "Turns in conversations: human → caption, gpt → answer" in meaning.turns.text()
    assert meaning.combos["text"].isHidden()
    assert meaning.sets.currentText() == "talks"


def test_a_plain_table_offers_no_sets_and_takes_an_answer_column(data_page, qtbot, tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text("text,reply\na car,no\n", "utf-8")
    _open(data_page, qtbot, table)
    meaning = data_page.importing.meaning
    assert meaning.sets.isHidden()
    combo = meaning.combos["answer"]
    combo.setCurrentIndex(combo.findData("reply"))
    combo.activated.emit(combo.currentIndex())
    card = data_page.importing.preview.cards[0]
    qtbot.waitUntil(lambda: card.answer.text() == "Answer: no", timeout=WAIT)
    qtbot.waitUntil(lambda: data_page.importing.flow.plan is not None, timeout=WAIT)
    assert data_page.importing.flow.plan.report.answers == 1
