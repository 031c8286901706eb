"""What is said before a language model is trained, and which samples it gets."""

import pytest

from studio.project import edits, queries
from studio.runs.problems import FixAction, Severity, problems_of
from studio.runs.samples import load_training_set
from workers.contract.options import AnswerKind, with_values


@pytest.fixture
def answering(options):
    """Options of a language model that learns answer texts."""
    return with_values(options, {"task": "answer", "prompt.answer": "text"})


@pytest.fixture
def answered(document):
    """Twenty samples with answers; the first two have no label."""

    def write(connection):
        for key in range(1, 21):
            edits.write_answer(connection, key, f"Answer number {key}.")
        edits.write_instruction(connection, 3, "Say why.")
        edits.set_label(connection, [1, 2], None)

    document.edit("Answer", write)
    return document


def told(document, options):
    return [(one.option, one.message) for one in problems_of(document, options)]


def test_answers_are_learnt_with_or_without_a_label(answered, answering):
    assert problems_of(answered, answering) == []
    chosen = answered.query(load_training_set, answering)
    assert (len(chosen.samples), chosen.labels, chosen.answer) == (20, (), AnswerKind.TEXT)
    third = chosen.samples[2]
    assert (third.instruction, third.answer) == ("Say why.", "Answer number 3.")
    assert chosen.samples[0].label is None
    assert len(answered.query(load_training_set, AnswerKind.LABEL).samples) == 18


def test_labels_as_answers_are_chosen_as_for_a_classifier(document, options):
    by_label = with_values(options, {"task": "answer"})
    chosen = document.query(load_training_set, by_label)
    assert chosen.samples == document.query(load_training_set).samples
    assert problems_of(document, by_label) == []
    document.edit("One label", edits.relabel_query, "", 2)
    assert "All 16 train samples are labelled safe." in told(document, by_label)[0][1]


def test_one_label_does_not_matter_to_answer_texts(answered, answering):
    answered.edit("One label", edits.relabel_query, "", 2)
    assert problems_of(answered, answering) == []


def test_a_project_without_answers_says_so(document, answering):
    first = problems_of(document, answering)[0]
    assert (first.message, first.severity) == ("No sample has an answer yet.", Severity.ERROR)


def test_samples_that_lack_a_part_are_counted_and_shown(answered, answering):
    answered.edit("Empty", edits.write_answer, 2, "")
    answered.edit("Empty", edits.write_caption, 3, " ")
    found = problems_of(answered, answering)
    assert [one.message for one in found] == [
        "1 sample in a split lacks an answer and will be left out.",
        "1 sample in a split lacks a caption and will be left out.",
    ]
    ids = answered.query(queries.sample_ids, found[0].fixes[0].query)
    assert ids == [2]
    assert len(answered.query(load_training_set, answering).samples) == 18


def test_answers_without_a_split_can_be_split(answered, answering):
    answered.edit("Unsplit", edits.set_split_query, "", None)
    (problem,) = problems_of(answered, answering)
    assert problem.message == "No sample with an answer is in train or validation."
    assert problem.fixes[0].action == FixAction.SPLIT
    answered.edit("Split", edits.split_samples)
    assert problems_of(answered, answering) == []
    assert answered.query(queries.counts).split["validation"] == 2


def test_answers_in_several_scripts_are_named_and_shown(answered, answering):
    answered.edit("Translate", edits.write_answer, 7, "危險")
    (problem,) = problems_of(answered, answering)
    expected = "The answers are written in several scripts: Latin 19, Chinese 1."
    assert (problem.message, problem.severity) == (expected, Severity.WARNING)
    assert answered.query(queries.sample_ids, problem.fixes[0].query) == [7]


@pytest.mark.parametrize(
    ("changes", "option", "severity", "words"),
    [
        ({"prompt.text": "Answer:"}, "prompt.text", "error", "has no {caption}"),
        ({"prompt.text": "{caption}{caption}"}, "prompt.text", "error", "2 times"),
        ({"prompt.template": "gone"}, "prompt.template", "error", "no template “gone”"),
        ({"generation.temperature": 1.2}, "generation.temperature", "warning", "has no effect"),
        ({"generation.top_k": 10}, "generation.top_k", "warning", "has no effect"),
        ({"task": "classification", "packed": True}, "packed", "error", "one label a row"),
    ],
)
def test_options_that_cannot_be_or_do_nothing(
    answered, answering, changes, option, severity, words
):
    (problem,) = problems_of(answered, with_values(answering, changes))
    assert (problem.option, problem.severity) == (option, severity)
    assert words in problem.message


def test_sampling_options_that_have_an_effect_are_not_named(answered, answering):
    values = {"generation.sample": True, "generation.temperature": 1.2, "generation.top_p": 0.9}
    assert problems_of(answered, with_values(answering, values)) == []
    assert problems_of(answered, with_values(answering, {"packed": True})) == []
