"""Captions from job to suggestion: what is frozen, what comes in, what replaying changes."""

import shutil
import time

import pytest

from studio.document import Document
from studio.errors import StudioError
from studio.project import edits, queries, schema
from studio.project.records import NewBox
from studio.runs.caption_scores import rank_captions
from studio.runs.captioning import CaptionWish, caption_writers
from studio.runs.controller import RunController
from studio.runs.ingest import replay
from studio.runs.run_record import load_record
from studio.runs.state import RunState
from tests.studio.runs.captioner_project import train_captioner, train_project
from tests.workers.language.tiny_language_models import write_tiny_language_model
from tests.workers.seeing.captioner_runs import options_of
from tests.workers.seeing.tiny_eyes import write_tiny_tower
from workers.contract import folder
from workers.contract.job import CaptionJob
from workers.contract.options import with_values
from workers.contract.snapshot import read_snapshot


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    place = tmp_path_factory.mktemp("captioner")
    tower = write_tiny_tower(place / "tower")
    return tower, write_tiny_language_model(place / "decoder", "llama")


@pytest.fixture(scope="module")
def learnt(models, tmp_path_factory):
    """A folder with a project whose run 1 was trained once for all tests; copy it."""
    return train_project(tmp_path_factory.mktemp("learnt"), *models)


@pytest.fixture
def document(tmp_path, monkeypatch, learnt):
    monkeypatch.setenv("TRAFFIC_STUDIO_MODELS", str(tmp_path / "cache" / "models"))
    opened = Document.open(shutil.copytree(learnt, tmp_path / "project") / "p.studio")
    yield opened
    opened.close()


@pytest.fixture
def controller(document):
    made = RunController(document)
    yield made
    made.close()


@pytest.fixture
def trained():
    return 1


def rows_of(document, *tables):
    def read(connection):
        return [connection.execute(table.select()).all() for table in tables]

    return document.query(read)


def answer_rows(document, run_id):
    (rows,) = rows_of(document, schema.answers)
    return sorted(tuple(row) for row in rows if row.run_id == run_id)


def test_suggestions_come_from_journal_to_samples_and_replaying_changes_nothing(
    document, controller, trained
):
    changed = []
    document.changed.connect(changed.append)
    job_id = controller.caption(CaptionWish(trained, query="split:validation"))
    assert controller.wait(job_id, timeout=120) == RunState.FINISHED
    assert document.query(queries.sample_ids, "has:suggestion") == [9, 10, 11, 12]
    told = [one for one in changed if "answers" in one.tables]
    assert {one.run_id for one in told} == {job_id}
    assert document.query(queries.sample_ids, f'suggested:"run {trained}"') == [9, 10, 11, 12]
    texts = dict(document.query(queries.captions_written, job_id))
    if texts["1010"]:
        document.edit("Accept", edits.accept_suggestion, 10, job_id)
    document.edit("Reject", edits.reject_suggestion, 11, job_id)
    before = rows_of(document, schema.answers, schema.decisions, schema.captions)
    replay(document, job_id)
    after = rows_of(document, schema.answers, schema.decisions, schema.captions)
    assert before == after
    assert not {10, 11} & set(document.query(queries.sample_ids, "has:suggestion")) - (
        set() if texts["1010"] else {10}
    )
    document.undo()
    assert 11 in document.query(queries.sample_ids, "has:suggestion")
    folder_of_run = document.folder / document.query(load_record, job_id).folder
    (folder_of_run / folder.JOURNAL).unlink()
    replay(document, job_id)
    assert rows_of(document, schema.answers)[0] == before[0], "from what the project kept"


def test_the_job_is_frozen_with_the_runs_model_and_the_samples_of_the_query(
    document, controller, trained
):
    options = document.query(load_record, trained).training.options
    short = with_values(options, {"generation.max_new_tokens": 3})
    wish = CaptionWish(trained, checkpoint="last", options=short, sample_ids=(3, 12, 11))
    job_id = controller.caption(wish)
    record = document.query(load_record, job_id)
    job = record.job
    assert isinstance(job, CaptionJob)
    assert (record.kind, record.parent_id, record.name) == (
        "caption",
        trained,
        f"Captions by run {trained}",
    )
    assert job.training.options == short
    assert job.checkpoint == "last"
    place = document.folder / record.folder
    assert [(one.id, one.text) for one in read_snapshot(place)] == [
        (3, "the van w2 stops"),
        (11, ""),
        (12, ""),
    ]
    assert controller.wait(job_id, timeout=120) == RunState.FINISHED
    assert len(answer_rows(document, job_id)) == 3


def test_several_arms_suggest_side_by_side(document, controller, trained, models):
    base = CaptionWish(options=options_of(*models), sample_ids=(12,))
    first = controller.caption(CaptionWish(trained, sample_ids=(12,)))
    second = controller.caption(base)
    for job_id in (first, second):
        assert controller.wait(job_id, timeout=120) == RunState.FINISHED
    found = document.query(queries.sample_detail, 12).suggestions
    assert [(one.run_id, one.trained_id, one.tuned) for one in found] == [
        (second, second, False),
        (first, trained, True),
    ]
    assert found[0].name == f"Captions by {models[1].name}, untrained"
    warnings = document.query(load_record, second).summary["warnings"]
    assert any("projector is random" in words for words in warnings)


def test_what_cannot_be_captioned_is_refused_with_a_reason(document, controller, trained, models):
    options = document.query(load_record, trained).training.options
    refused = [
        (CaptionWish(trained, query="key:nothing"), "No sample here has a picture"),
        (CaptionWish(), "Nothing is named"),
        (CaptionWish(trained, options=with_values(options, {"seed": 7})), "own options"),
        (CaptionWish(options=with_values(options, {"task": "answer"})), "writes no captions"),
        (CaptionWish(99), "There is no run 99"),
    ]
    for wish, words in refused:
        with pytest.raises(StudioError, match=words):
            controller.caption(wish)
    assert len(document.query(queries.run_rows)) == 1


def test_a_stop_keeps_what_was_written(document, controller, models):
    trained = train_captioner(
        controller, *models, micro_batch_size=1, generation__max_new_tokens=40
    )

    def many(connection):
        rows = [{"id": n, "key": f"x{n}", "image_id": 1 + n % 12} for n in range(1000, 3000)]
        connection.execute(schema.samples.insert(), rows)

    document.edit("Many", many)
    job_id = controller.caption(CaptionWish(trained, query="key:x"))
    until = time.monotonic() + 100
    while not answer_rows(document, job_id) and time.monotonic() < until:
        controller.poll()
        time.sleep(0.1)
    early = document.query(queries.count_suggestions, "key:x").samples
    assert 0 < early < 2000, "they come while it writes"
    controller.stop(job_id)
    assert controller.wait(job_id, timeout=60) == RunState.STOPPED
    assert early <= document.query(queries.count_suggestions, "key:x").samples < 2000


def test_the_arms_are_trainings_that_write_captions(document, controller, trained):
    (arm,) = caption_writers(document)
    assert (arm.run.id, arm.best) == (trained, arm.steps[-1])


def test_an_evaluation_that_writes_is_ranked_with_what_is_boxed(document, controller, trained):
    box = NewBox("car", 0.1, 0.1, 0.5, 0.5)
    document.edit("Draw", edits.add_boxes, 9, [box, box])
    job_id = controller.evaluate(trained, writes=True)
    assert controller.wait(job_id, timeout=120) == RunState.FINISHED
    ranking = rank_captions(document, trained)
    scored = [one.sample_id for one in ranking.captions if "CIDEr" in one.scores]
    assert scored == [9]  # the only one that a person captioned
    assert "CIDEr" in ranking.metrics
    first = ranking.by("CIDEr")[0]
    assert (first.boxed, first.label) == (("car",), "safe")
    assert first.references[0]
    assert first.image_path.is_file()
