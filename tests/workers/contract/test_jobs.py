"""Jobs, snapshots and requests go through a folder and come back the same."""

import pytest
from pydantic import ValidationError

from workers.contract import folder
from workers.contract.job import (
    AttentionJob,
    BaseModelReference,
    CaptionJob,
    EvaluationJob,
    ExportJob,
    ProbeJob,
    RankingJob,
    TrainingJob,
    read_job,
)
from workers.contract.options import TrainingOptions, with_values
from workers.contract.snapshot import SnapshotSample, read_snapshot, write_snapshot

MODEL = BaseModelReference(name="minilm", folder="models/minilm")
CHILD = {"token": "t", "parent": "../7", "snapshot_sha256": "0" * 64}
JOBS = [
    TrainingJob(
        token="t",
        base_model=MODEL,
        options=TrainingOptions(),
        labels=("a", "b"),
        snapshot_sha256="0" * 64,
    ),
    TrainingJob(
        token="t",
        base_model=MODEL,
        options=with_values(
            TrainingOptions(), {"method": "freeze", "freeze.trainable": ["encoder.layer.5"]}
        ),
        labels=("危险", "safe"),
        snapshot_sha256="0" * 64,
        resume=True,
    ),
    EvaluationJob(**CHILD),
    AttentionJob(**CHILD, checkpoint="last"),
    ExportJob(**CHILD, destination="out", merged=True, model_card="# Card"),
    RankingJob(token="t", base_model=MODEL, labels=("a", "b"), snapshot_sha256="0" * 64),
]
JOBS.append(ProbeJob(token="p", training=JOBS[0], memory=4_000_000_000))
JOBS.append(CaptionJob(training=JOBS[0], **CHILD))


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.kind)
def test_a_job_comes_back_the_same(tmp_path, job):
    folder.write_job(tmp_path, job)
    assert folder.load_job(tmp_path) == job
    assert [path.name for path in tmp_path.iterdir()] == [folder.JOB]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"kind": "train"}', '{"kind": "dance"}', JOBS[2].model_dump_json()[:-1]],
)
def test_what_is_no_job_is_refused(text):
    with pytest.raises(ValidationError):
        read_job(text)


def test_an_unknown_field_is_refused():
    text = JOBS[2].model_dump_json()[:-1] + ', "run_this": "rm"}'
    with pytest.raises(ValidationError):
        read_job(text)


def test_a_snapshot_comes_back_the_same(tmp_path):
    samples = [
        SnapshotSample(id=1, key="a", text="line\nbreak\u2028 and 雨", label="safe", split="train"),
        SnapshotSample(id=2, key="b", text="<img src=x>", image="images/b.jpg"),
    ]
    digest = write_snapshot(tmp_path, samples)
    assert list(read_snapshot(tmp_path)) == samples
    assert write_snapshot(tmp_path, samples) == digest


def test_requests_stand_until_taken_back(tmp_path):
    for request in folder.Request:
        assert not folder.is_asked(tmp_path, request)
        folder.ask(tmp_path, request)
        folder.ask(tmp_path, request)
        assert folder.is_asked(tmp_path, request)
        folder.take_back(tmp_path, request)
        folder.take_back(tmp_path, request)
        assert not folder.is_asked(tmp_path, request)


def test_checkpoints_are_chosen_by_name(tmp_path):
    for step in (8, 16, 24):
        folder.checkpoint_folder(tmp_path, step).mkdir(parents=True)
    (tmp_path / folder.CHECKPOINTS / ".tmp-000032-x").mkdir()
    folder.write_best(tmp_path, 16, 0.5)
    assert folder.checkpoint_steps(tmp_path) == [8, 16, 24]
    assert folder.chosen_step(tmp_path, "best") == 16
    assert folder.chosen_step(tmp_path, "last") == 24
    assert folder.chosen_step(tmp_path, "8") == 8
    for name in ("32", "newest", ""):
        with pytest.raises(FileNotFoundError, match="8, 16, 24"):
            folder.chosen_step(tmp_path, name)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"step": "x"}', "\x00"])
def test_a_spoilt_best_file_reads_as_none(tmp_path, content):
    (tmp_path / folder.CHECKPOINTS).mkdir()
    (tmp_path / folder.CHECKPOINTS / folder.BEST).write_text(content)
    assert folder.best_step(tmp_path) is None
