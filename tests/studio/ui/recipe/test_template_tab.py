"""The Template tab: tokens by role, the samples one walks through, what it says without them."""

import pytest

from studio.runs.inspector import Inspector, TemplateAnswer, TemplateSample
from studio.runs.inspector_answers import InspectorProblem, RoleToken, read_template
from studio.ui.recipe.template_samples import TemplatePreview, TemplateSet, load_template_set
from studio.ui.recipe.template_tab import TemplateTab
from workers.contract.options import TrainingOptions, with_values

TOKENS = (
    RoleToken("Say", "masked"),
    RoleToken(" <b>fog</b>\n", "prompt"),
    RoleToken("safe", "answer"),
    RoleToken(" and more", "cut"),
)
ANSWER = TemplateAnswer(
    chosen=2,
    text="Say <b>fog</b>\nsafe and more",
    tokens=TOKENS,
    cut=(2, 3),
    count=3,
    window=3,
    has_tokenizer=True,
)


@pytest.fixture
def tab(qtbot):
    preview = TemplatePreview(Inspector())
    samples = tuple(TemplateSample(number, "fog") for number in (1, 2, 3))
    preview.samples = TemplateSet(samples, ("safe",), 3, ("a1", "a2", "a3"))
    made = TemplateTab(preview)
    qtbot.addWidget(made)
    made.resize(484, 400)
    made.show()
    return made


def show(tab, answer):
    tab.preview.answer = answer
    tab.show_answer(answer)


def test_tokens_are_shown_as_plain_text_and_counted_by_role(tab):
    show(tab, ANSWER)
    assert tab.text.toPlainText() == "Say <b>fog</b>↵\nsafe and more"
    assert tab.which.text() == "Sample 2 of 3 · a2"
    assert tab.cut.text() == "2 of 3 cut"
    assert tab.legend.counts["prompt"].text() == "prompt 1"
    assert tab.legend.sum.text() == "3 of 3 tokens"
    cut = tab.text.document().lastBlock().begin()
    fragments = []
    while not cut.atEnd():
        fragments.append((cut.fragment().text(), cut.fragment().charFormat().fontStrikeOut()))
        cut += 1
    assert fragments == [("safe", False), (" and more", True)]


def test_without_the_tokenizer_the_text_is_shown_plainly(tab):
    show(tab, ANSWER)
    show(tab, TemplateAnswer(chosen=1, text="Say fog"))
    assert tab.text.toPlainText() == "Say fog"
    assert (
        tab.text.document().firstBlock().begin().fragment().charFormat().background().style()
        == (tab.text.document().firstBlock().charFormat().background().style())
    )
    assert not tab.remark.isHidden()
    assert tab.legend.isHidden()


def test_a_wrong_template_says_why_in_place_of_a_sample(tab):
    problem = InspectorProblem("prompt.text", "The template has no {caption}.", "error")
    show(tab, TemplateAnswer(problems=(problem,)))
    assert tab.body.isHidden()
    assert tab.empty.sentence.text() == "The template has no {caption}."


def test_one_walks_through_all_samples_or_those_that_are_cut(tab):
    preview = tab.preview
    preview.answer = ANSWER
    preview.step(1)
    assert preview.chosen == 3
    preview.step(-1)
    assert preview.chosen == 1
    preview.choose_cut()
    assert preview.chosen == 3


def test_the_answer_of_the_inspector_becomes_a_record():
    read = read_template(
        {
            "chosen": 5,
            "text": "a b",
            "tokens": [{"text": "a", "role": "prompt"}],
            "cut": [5],
            "count": 9,
            "longest": 12,
            "window": 8,
            "tokenizer": True,
            "problems": [{"option": "prompt.cut", "message": "m", "severity": "warning"}],
        }
    )
    assert (read.tokens, read.cut, read.window) == ((RoleToken("a", "prompt"),), (5,), 8)
    assert read.problems[0].option == "prompt.cut"
    assert read_template({"error": "no"}).error == "no"


def test_a_classifier_has_no_samples_for_a_template(labelled_project):
    assert labelled_project.query(load_template_set, TrainingOptions()) == TemplateSet()
    options = with_values(TrainingOptions(), {"task": "answer"})
    found = labelled_project.query(load_template_set, options)
    assert found.total == 24
    assert found.labels == ("dangerous", "safe")
    assert found.samples[0].caption == "A lorry waits."
    assert found.key_of(found.samples[0].id) == "s1"
