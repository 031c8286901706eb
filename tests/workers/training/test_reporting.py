"""A worker never ends in silence."""

import errno

import pytest

from tests.workers.training.run_folders import events_of, make_samples, work_here, write_run
from workers import reporting
from workers.contract import folder
from workers.contract.catalogue import refer_to
from workers.contract.events import Failed, Finished, Reason, Started
from workers.contract.job import RankingJob
from workers.contract.snapshot import write_snapshot
from workers.models.trouble import Trouble, explain


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), Reason.OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes"), Reason.OUT_OF_MEMORY),
        (OSError(errno.ENOSPC, "No space left on device"), Reason.DISK_FULL),
        (Trouble(Reason.ONE_LABEL, "one"), Reason.ONE_LABEL),
        (KeyError("x"), Reason.BUG),
        (ZeroDivisionError(), Reason.BUG),
    ],
)
def test_every_error_has_a_reason_and_a_sentence(tmp_path, tiny_bert, error, reason):
    assert explain(error)[0] is reason
    run = write_run(tmp_path / "run", tiny_bert)

    def perform(report):
        raise error

    assert reporting.run_job([str(run)], perform) == 1
    started, *_, failed = events_of(run)
    assert isinstance(started, Started)
    assert isinstance(failed, Failed)
    assert failed.reason is reason
    assert failed.message
    assert "perform" in failed.traceback
    assert not (run / reporting.RESERVE).exists()
    assert not folder.is_alive(run)


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["no-such-folder"]])
def test_wrong_arguments_give_a_sentence_and_code_2(arguments, capsys):
    assert reporting.run_job(arguments, lambda report: Finished()) == 2
    assert "job.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wanted", "cores", "load", "threads"),
    [(3, 2, 9.0, 3), (0, 2, 0.4, 2), (0, 2, 4.0, 1), (0, 64, 1.0, 8), (0, 1, 0.0, 1)],
)
def test_threads_follow_the_load(wanted, cores, load, threads):
    assert reporting.choose_threads(wanted, cores, load) == threads


def test_a_job_of_another_kind_is_refused(tmp_path):
    write_snapshot(tmp_path, make_samples())
    job = RankingJob(
        token="t", base_model=refer_to("minilm"), labels=("a", "b"), snapshot_sha256=""
    )
    folder.write_job(tmp_path, job)
    assert work_here(tmp_path, "train") == 1
    assert events_of(tmp_path)[-1].reason is Reason.BAD_OPTION


def test_a_checkpoint_that_is_not_there_is_named(tmp_path, tiny_bert):
    from tests.workers.training.run_folders import write_evaluation

    run = write_run(tmp_path / "run", tiny_bert)
    place = write_evaluation(tmp_path / "evaluation", run, make_samples())
    assert work_here(place, "evaluate") == 1
    failed = events_of(place)[-1]
    assert failed.reason is Reason.BAD_CHECKPOINT
    assert "steps saved: none" in failed.message
