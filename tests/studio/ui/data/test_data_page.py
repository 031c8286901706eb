"""The Data page: nothing is written before Import is pressed, and every problem has its place."""

import json

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from studio.dataset.records import BadRow
from studio.document import EVERYTHING
from studio.project import queries
from studio.ui.data.problems import save_problems, suggest_labels
from studio.ui.navigation import Destination, PageName

WAIT = 20_000


@pytest.fixture
def table(tmp_path):
    folder = tmp_path / "cam"
    folder.mkdir()
    rows = [
        {"file": "1.png", "words": "霧の夜、人が道路を渡る。", "verdict": "danger "},
        {"file": "2.png", "words": "<img src=x><b>A bus</b> waits.", "verdict": "safe"},
        {"file": "gone.png", "words": "A tram.", "verdict": "safe"},
        {"file": "", "words": "Words alone.", "verdict": "safe"},
        {"file": "", "words": " ", "verdict": "safe"},
    ]
    for number in (1, 2):
        Image.new("RGB", (60, 40), (40 * number, 90, 30)).save(folder / f"{number}.png")
    path = folder / "list.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return path


def _open(page, qtbot, path):
    page.show_destination(Destination(PageName.DATA, part=f"import:{path}"))
    qtbot.waitUntil(lambda: page.importing.flow.detection is not None, timeout=WAIT)


def _choose(page, meaning, column):
    combo = page.importing.meaning.combos[meaning]
    combo.setCurrentIndex(combo.findData(column))
    combo.activated.emit(combo.currentIndex())


def _map_columns(page, qtbot):
    for meaning, column in (("text", "words"), ("label", "verdict"), ("image", "file")):
        _choose(page, meaning, column)
    _wait_for_plan(page, qtbot)


def _wait_for_plan(page, qtbot):
    qtbot.waitUntil(lambda: page.importing.flow.plan is not None, timeout=WAIT)


def test_an_empty_project_offers_to_import(data_page, qtbot):
    qtbot.waitUntil(lambda: data_page.sources.empty.isVisible(), timeout=WAIT)
    data_page.sources.empty.button.click()
    assert data_page.switch.value() == "import"
    assert not data_page.import_button.isEnabled()


def test_mapping_columns_changes_preview_problems_and_the_button(data_page, qtbot, table):
    _open(data_page, qtbot, table)
    assert "JSON lines" in data_page.importing.source.reason.text()
    _map_columns(data_page, qtbot)
    assert data_page.import_button.text() == "Import 2 samples"
    part = data_page.importing
    assert part.problems.sentence.text() == "2 of 5 rows can be imported. 3 cannot:"
    assert set(part.problems.chips) == {"label not known", "image not found", "caption empty"}
    cards = part.preview.cards
    assert cards[0].caption.text() == "霧の夜、人が道路を渡る。"
    assert cards[1].caption.text() == "<img src=x><b>A bus</b> waits."
    assert cards[1].caption.textFormat() == Qt.TextFormat.PlainText
    assert data_page.document.query(queries.count, "") == 0


def test_a_value_is_mapped_where_the_problem_stands(data_page, qtbot, table):
    _open(data_page, qtbot, table)
    _map_columns(data_page, qtbot)
    part = data_page.importing
    button = part.problems.fixes.itemAt(0).widget()
    assert button.text() == "Map “danger” to dangerous"
    button.click()
    qtbot.waitUntil(lambda: data_page.import_button.text() == "Import 3 samples", timeout=WAIT)
    assert part.meaning.mapping.label_values == {"danger": "dangerous"}
    assert part.meaning.values.combos["danger"].currentText() == "dangerous"


def test_import_writes_once_and_tells_what_came(data_page, qtbot, table):
    _open(data_page, qtbot, table)
    _map_columns(data_page, qtbot)
    with qtbot.waitSignal(data_page.said, timeout=WAIT) as said:
        data_page.import_button.click()
    assert said.args[0].startswith("2 samples imported in ")
    assert data_page.document.query(queries.count, "") == 2
    assert data_page.importing.right.see.isVisible()
    assert not data_page.import_button.isEnabled()
    with qtbot.waitSignal(data_page.go) as gone:
        data_page.importing.right.see.click()
    assert gone.args[0].page is PageName.SAMPLES
    qtbot.waitUntil(lambda: len(data_page.sources.cards) == 1, timeout=WAIT)


def test_problems_are_filtered_by_reason_and_saved_without_formulas(
    data_page, qtbot, table, tmp_path
):
    _open(data_page, qtbot, table)
    _map_columns(data_page, qtbot)
    problems = data_page.importing.problems
    problems.chips["image not found"].clicked.emit()
    assert [bad.value for bad in problems.model.shown] == ["gone.png"]
    problems.chips["image not found"].clicked.emit()
    assert problems.model.rowCount() == 3
    save_problems(tmp_path / "list.csv", (BadRow(7, "text", "caption empty", "=1+1"),))
    assert "'=1+1" in (tmp_path / "list.csv").read_text(encoding="utf-8-sig")


def test_cancel_writes_nothing_and_reads_again_when_asked(data_page, qtbot, table):
    _open(data_page, qtbot, table)
    _map_columns(data_page, qtbot)
    part = data_page.importing
    part.progress.cancelled.emit()
    assert not data_page.import_button.isEnabled()
    assert "Nothing was written" in part.problems.sentence.text()
    part.again.click()
    _wait_for_plan(data_page, qtbot)
    assert data_page.import_button.isEnabled()


def test_sidecars_are_asked_their_dialect_once(data_page, qtbot, tmp_path):
    folder = tmp_path / "cars"
    folder.mkdir()
    Image.new("RGB", (30, 20)).save(folder / "a.png")
    (folder / "a.txt").write_text("a car, night\ntwo people\n")
    _open(data_page, qtbot, folder)
    meaning = data_page.importing.meaning
    assert meaning.dialect.isVisible()
    assert not meaning.columns.isVisible()
    meaning.dialect.choose("prose")
    meaning.dialect.choose("captions")
    _wait_for_plan(data_page, qtbot)
    assert data_page.importing.preview.cards[0].caption.text() == "a car, night"
    assert "1 more captions" in data_page.importing.preview.cards[0].place.text()


def test_a_wrong_source_is_explained_in_its_place(data_page, qtbot, tmp_path):
    path = tmp_path / "notes.docx"
    path.write_bytes(b"x")
    data_page.show_destination(Destination(PageName.DATA, part=f"import:{path}"))
    reason = data_page.importing.source.reason
    qtbot.waitUntil(lambda: "not a format" in reason.text(), timeout=WAIT)
    assert not data_page.import_button.isEnabled()


def test_a_moved_folder_is_found_again(data_page, qtbot, table, tmp_path):
    _open(data_page, qtbot, table)
    _map_columns(data_page, qtbot)
    with qtbot.waitSignal(data_page.said, timeout=WAIT):
        data_page.import_button.click()
    moved = table.parent.rename(tmp_path / "moved")
    data_page.show_part("sources")
    data_page.document.changed.emit(EVERYTHING)

    def card():
        return next(iter(data_page.sources.cards.values()))

    qtbot.waitUntil(lambda: bool(data_page.sources.cards), timeout=WAIT)
    qtbot.waitUntil(lambda: card().find_button.isVisible(), timeout=WAIT)
    assert "not where they were" in card().detail.text()
    data_page.relink(card().source.id, moved)
    qtbot.waitUntil(lambda: card().chip.text == "all 1 found", timeout=WAIT)
    row = data_page.document.query(queries.sample_rows, [1])[0]
    assert row.image_path == moved / "2.png"
    assert data_page.document.history()[0].title == "Link images to moved"


def test_only_values_that_are_nearly_a_label_are_offered():
    problems = [
        BadRow(1, "label", "label not known", value)
        for value in ("Danger", "SAFE ", "green", "Danger")
    ]
    assert suggest_labels(problems, ["dangerous", "safe", "unsure"]) == [
        ("Danger", "dangerous"),
        ("SAFE ", "safe"),
    ]


def test_what_the_project_holds_opens_its_samples(data_page, qtbot, table):
    _open(data_page, qtbot, table)
    _map_columns(data_page, qtbot)
    holdings = data_page.sources.holdings
    assert holdings.isHidden()
    data_page.import_button.click()
    qtbot.waitUntil(
        lambda: holdings.title.text() == "2 samples in this project" and not holdings.isHidden(),
        timeout=WAIT,
    )
    named = {button.text(): button for button in holdings.findChildren(QPushButton)}
    assert {"safe", "no split", "by import"} <= set(named)
    for words, count in (("by import", 2), ("no split", 2), ("safe", 2)):
        with qtbot.waitSignal(data_page.go) as gone:
            named[words].click()
        assert gone.args[0].page is PageName.SAMPLES
        assert data_page.document.query(queries.count, gone.args[0].query) == count


def test_a_missing_picture_says_so_in_the_preview(data_page, qtbot, table):
    _open(data_page, qtbot, table)
    _map_columns(data_page, qtbot)
    pictures = [card.picture for card in data_page.importing.preview.cards]
    qtbot.waitUntil(lambda: pictures[2].words != "", timeout=WAIT)
    assert pictures[0].words == ""
    qtbot.waitUntil(lambda: pictures[0].image is not None, timeout=WAIT)
