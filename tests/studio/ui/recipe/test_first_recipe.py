"""Which recipe a project without one begins with."""

import pytest
from sqlalchemy import update

from studio.document import Document
from studio.project import schema
from studio.runs.answer_problems import answers_to_learn
from studio.runs.samples import load_training_set
from studio.ui.recipe.editing import RecipeEditing
from workers.contract.options import AnswerKind

SAMPLES = (("s1", "A lorry waits.", "Slow down.", None), ("s2", "一辆公交车停在路口", "停车", 1))


def add_samples(connection, rows):
    for number, (key, text, answer, label) in enumerate(rows, start=1):
        values = {"id": number, "key": key, "answer": answer, "label_id": label}
        connection.execute(schema.samples.insert().values(**values, split="train"))
        row = {"sample_id": number, "text": text, "origin": "human", "written_at": 1.0}
        connection.execute(schema.captions.insert().values(**row, position=0, revision=1))


def clear_answers(connection):
    connection.execute(update(schema.samples).values(answer=""))


@pytest.fixture
def document(tmp_path):
    made = Document.create(tmp_path / "street.studio")
    yield made
    made.close()


def test_samples_with_answers_alone_begin_with_a_recipe_that_learns_them(qapp, document):
    document.record(add_samples, SAMPLES[:1], tables=("samples",))
    prompt = RecipeEditing(document).choice.options.prompt
    assert prompt is not None
    assert prompt.answer == AnswerKind.TEXT


def test_samples_with_labels_begin_with_a_classifier(qapp, document):
    document.record(add_samples, SAMPLES, tables=("samples",))
    assert RecipeEditing(document).choice.options.prompt is None


def test_that_no_sample_has_an_answer_is_said_once(qapp, document):
    document.record(add_samples, SAMPLES[:1], tables=("samples",))
    options = RecipeEditing(document).choice.options
    document.edit("Clear the answers", clear_answers)
    found = answers_to_learn(document.query(load_training_set, options))
    assert [problem.message for problem in found] == ["No sample has an answer yet."]
