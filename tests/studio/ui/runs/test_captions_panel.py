"""Best and worst captions: the pair by a metric, the ranking, and what the captions name."""

import pytest

from studio.runs.caption_scores import CaptionRanking, RankedCaption
from studio.ui.runs.captions_panel import CaptionsPanel
from studio.ui.widgets.image_loader import ImageLoader


def caption(number, written, label="", **scores):
    references = (f"said of {number}",)
    return RankedCaption(number, f"s{number}", written, references, scores, None, "", label)


RANKING = CaptionRanking(
    "r 8",
    "validation",
    (
        caption(1, "a red car", "car", CIDEr=0.2, METEOR=0.9),
        caption(2, "", "bus", CIDEr=0.0, METEOR=0.0),
        caption(3, "<b>a bus</b>", "bus", CIDEr=1.5, METEOR=0.5),
        caption(4, "unscored", "tram"),
    ),
)


@pytest.fixture
def panel(qtbot):
    loader = ImageLoader()
    made = CaptionsPanel(loader)
    qtbot.addWidget(made)
    made.resize(1100, 400)
    made.show()
    made.show_ranking(RANKING)
    yield made
    loader.close()


def shown(panel):
    model = panel.table.model()
    return [
        tuple(model.index(row, column).data() for column in range(model.columnCount()))
        for row in range(model.rowCount())
    ]


def choose(combo, text):
    combo.setCurrentIndex(combo.findText(text))
    combo.activated.emit(combo.currentIndex())


def test_the_ranking_goes_by_the_metric_that_is_chosen(panel):
    assert [row[2:] for row in shown(panel)] == [("s3", "1.500"), ("s1", "0.200"), ("s2", "0.000")]
    assert panel.best.title.text() == "Best · CIDEr 1.500 · s3"
    assert panel.worst.written.text() == "Nothing was written."
    choose(panel.metrics, "METEOR")
    assert [row[2] for row in shown(panel)] == ["s1", "s3", "s2"]
    assert panel.best.title.text() == "Best · METEOR 0.900 · s1"


def test_a_caption_is_shown_as_it_was_written(panel):
    assert panel.best.written.text() == "<b>a bus</b>"
    assert panel.best.references[0].text() == "said of 3"


def test_naming_is_counted_over_all_captions_scored_or_not(panel):
    assert panel.naming.count.text() == "2 of 4"
    choose(panel.naming.sources, "given words")
    assert panel.naming.count.text() == ""
    panel.naming.words.setText("RED CAR")
    panel.naming.words.textEdited.emit("RED CAR")
    assert panel.naming.count.text() == "1 of 4"


def test_a_double_click_opens_the_sample(panel, qtbot):
    with qtbot.waitSignal(panel.sample_wanted) as wanted:
        panel.table.doubleClicked.emit(panel.table.model().index(1, 0))
    assert wanted.args == [1]
