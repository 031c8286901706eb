"""What stands in the way of a training, and what a prepared run freezes."""

import pytest
from sqlalchemy import update

from studio.document import Document
from studio.errors import StudioError
from studio.project import edits, schema
from studio.runs.problems import FixAction, Severity, problems_of
from studio.runs.run_record import load_record
from workers.contract.folder import load_job
from workers.contract.options import TrainingOptions, with_values
from workers.contract.snapshot import read_snapshot


@pytest.fixture
def fresh(tmp_path):
    opened = Document.create(tmp_path / "fresh.studio")
    yield opened
    opened.close()


def messages(document, options):
    return [one.message for one in problems_of(document, options)]


def test_nothing_speaks_against_a_good_project(document, options):
    assert problems_of(document, options) == []


def test_one_label_only_is_refused_in_plain_words(document, controller, options):
    document.edit("All safe", edits.relabel_query, "", 2)
    sentence = "All 16 train samples are labelled safe. A classifier needs two labels."
    assert messages(document, options) == [sentence]
    with pytest.raises(StudioError, match="A classifier needs two labels"):
        controller.train(options, recipe="")


def test_a_model_that_is_not_here_is_named_with_a_way_to_get_it(document, tmp_path, monkeypatch):
    monkeypatch.setenv("TRAFFIC_STUDIO_MODELS", str(tmp_path / "none"))
    options = with_values(TrainingOptions(), {"base_model": "minilm"})
    (problem,) = problems_of(document, options)
    assert problem.option == "base_model"
    assert problem.message.startswith("MiniLM is not on this computer yet.")
    assert problem.fixes[0].action == FixAction.GET_MODEL


def test_a_project_without_labels_or_split_offers_what_helps(fresh, document, options):
    assert messages(fresh, options) == ["No sample has a label yet."]
    document.edit("No split", edits.set_split_query, "", None)
    (problem,) = problems_of(document, options)
    assert problem.message == "No labelled sample is in train or validation."
    assert problem.fixes[0].action == FixAction.SPLIT


def test_an_empty_caption_is_counted_and_left_out(document, controller, options):
    first = document.query(lambda c: c.exec_driver_sql("SELECT min(id) FROM samples").scalar())
    document.edit("Empty", edits.write_caption, first, " ")
    (problem,) = problems_of(document, options)
    assert problem.severity == Severity.WARNING
    assert problem.message == "1 labelled sample has an empty caption and will be left out."


def test_training_without_a_split_splits_first_as_an_edit_and_says_so(
    document, controller, options
):
    document.edit("No split", edits.set_split_query, "", None)
    said = []
    controller.said.connect(said.append)
    controller.train(options, recipe="", start=False)
    assert said == ["9 : 1, by label: 18 train, 2 validation."]
    assert document.history()[0].title == "Split 9 : 1, by label"


def test_a_split_of_samples_without_labels_speaks_of_none(document, controller, options):
    document.edit("Clear", edits.relabel_query, "", None)
    document.edit("Answer", lambda c: c.execute(update(schema.samples).values(answer="Stop.")))
    document.edit("No split", edits.set_split_query, "", None)
    said = []
    controller.said.connect(said.append)
    answers = with_values(options, {"task": "answer", "prompt.answer": "text"})
    controller.train(answers, recipe="", start=False)
    assert said == ["9 : 1: 18 train, 2 validation."]
    assert document.history()[0].title == "Split 9 : 1"


def test_nothing_to_split_is_no_split(document, controller, options):
    document.edit("Clear", edits.relabel_query, "", None)
    document.edit("No split", edits.set_split_query, "", None)
    said = []
    controller.said.connect(said.append)
    with pytest.raises(StudioError, match="No sample has a label yet"):
        controller.train(options, recipe="", start=False)
    assert said == []


def test_a_prepared_run_is_frozen_and_leaves_the_unsure_out(document, controller, options):
    first = document.query(lambda c: c.exec_driver_sql("SELECT min(id) FROM samples").scalar())
    document.edit("Unsure", edits.set_label, [first], 3)
    run_id = controller.train(options, recipe="example", start=False)
    record = document.query(load_record, run_id)
    folder = document.folder / record.folder
    job = load_job(folder)
    assert job.token == record.token
    assert folder.name == f"run-{run_id}-{job.token[:8]}"
    assert job.labels == ("dangerous", "safe")
    samples = list(read_snapshot(folder))
    assert len(samples) == 19
    document.edit("Relabel", edits.relabel_query, "", 1)
    assert list(read_snapshot(folder)) == samples
