"""The studio dies while a run goes on; the next one finds it, and the curve has no gap."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.document import Document
from studio.runs.controller import RunController
from studio.runs.run_record import load_record
from studio.runs.state import RunState
from tests.studio.runs.run_questions import losses

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAM = Path(__file__).with_name("studio_that_dies.py")


@pytest.mark.parametrize(
    "whole_group", [False, True], ids=["killed alone", "killed with its group"]
)
def test_a_run_outlives_its_window_and_is_found_again(document, options, whole_group):
    path = document.path
    document.close()
    environment = os.environ | {"FAKE_WORKER_SECONDS": "0.04", "PYTHONPATH": str(REPOSITORY)}
    studio = subprocess.Popen(
        [sys.executable, str(PROGRAM), str(path), options.base_model],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=REPOSITORY,
        start_new_session=True,
    )
    assert studio.stdout is not None
    run_id = int(studio.stdout.readline())
    time.sleep(0.8)
    os.killpg(studio.pid, signal.SIGKILL) if whole_group else studio.kill()
    studio.wait()
    studio.stdout.close()
    again = Document.open(path)
    assert again.writable
    before = again.query(load_record, run_id)
    assert before.state == RunState.RUNNING
    controller = RunController(again)
    time.sleep(0.5)
    controller.poll()
    assert again.query(load_record, run_id).step > before.step
    assert controller.wait(run_id, timeout=20) == RunState.FINISHED
    assert losses(again, run_id) == [(step, 1.0 / step) for step in range(1, 61)]
    controller.close()
    again.close()


def test_a_run_that_ended_while_no_window_was_open_is_told_whole(document, options):
    controller = RunController(document, module="tests.studio.runs.fake_worker")
    run_id = controller.train(options, recipe="")
    controller.close()
    path = document.path
    document.close()
    time.sleep(2.0)
    again = Document.open(path)
    controller = RunController(again)
    controller.poll()
    record = again.query(load_record, run_id)
    assert (record.state, record.step) == (RunState.FINISHED, 30)
    again.close()
