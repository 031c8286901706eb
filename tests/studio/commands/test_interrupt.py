"""Ctrl+C while a run is followed: it stops with a checkpoint, and the way on is said."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resources.example import draw_example
from studio.document import Document
from studio.runs.importing import import_source
from studio.runs.run_record import load_record
from studio.runs.state import RunState

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.slow
@pytest.mark.usefixtures("minilm")
def test_ctrl_c_stops_with_a_checkpoint_and_a_resume_finishes(tmp_path):
    path = tmp_path / "p.studio"
    draw_example(tmp_path / "drawn", count=20, wrong_share=0.0)
    document = Document.create(path)
    import_source(document, tmp_path / "drawn" / "images")
    document.close()
    settings = "epochs=12", "micro_batch_size=1", "evaluation.baseline_seeds=0"
    options = [word for setting in settings for word in ("--set", setting)]
    process = subprocess.Popen(
        [sys.executable, "main.py", "train", str(path), "example", *options],
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
        preexec_fn=heed_interrupts,
    )
    wait_for_step(path, 2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=90)
    assert process.returncode == 130
    assert f"Go on with: python main.py resume {path} 1" in said
    again = subprocess.run(
        [sys.executable, "main.py", "resume", str(path), "1"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=200,
        env=os.environ,
    )
    assert again.returncode == 0, again.stderr
    document = Document.open(path, read_only=True)
    record = document.query(load_record, 1)
    assert (record.state, record.step) == (RunState.FINISHED, record.total_steps)
    document.close()


def heed_interrupts():
    """Whoever runs the tests in the background has children that ignore Ctrl+C from birth."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_step(path, step):
    end = time.monotonic() + 90
    while time.monotonic() < end:
        time.sleep(0.2)
        document = Document.open(path, read_only=True)
        try:
            if document.query(lambda c: c.exec_driver_sql("SELECT max(step) FROM runs").scalar()):
                return
        finally:
            document.close()
    raise AssertionError(f"step {step} was not reached")
