"""The command line where things go wrong: killed workers, lost folders, full disks."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.document import Document
from studio.runs.run_record import load_record
from tests.end_to_end.test_killed_window import steps_of
from tests.end_to_end.tiny_project import make_project, write_table

REPOSITORY = Path(__file__).resolve().parents[2]
OPTIONS = {
    "micro_batch_size": 2,
    "max_length": 32,
    "evaluation.baseline_seeds": 0,
    "checkpoints.every_steps": 7,
    "threads": 1,
}


def command(*words):
    return [sys.executable, "main.py", *map(str, words)]


def ask(*words, **kept):
    return subprocess.run(
        command(*words),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=200,
        env=os.environ,
        **kept,
    )


def train_words(path, model, epochs):
    settings = OPTIONS | {"base_model": model, "epochs": epochs}
    pairs = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    return ("train", path, "example", *pairs)


def last_line(done):
    return done.stderr.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tiny_bert):
    path = make_project(tmp_path_factory.mktemp("trained") / "p.studio", 30)
    done = ask(*train_words(path, tiny_bert, 2), "--json")
    assert done.returncode == 0, done.stderr
    return path


def run_count(path):
    return len(json.loads(ask("runs", path, "--json").stdout)["runs"])


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("evaluate", "1", "--checkpoint", "999"), 2, "No checkpoint “999” here; steps saved: "),
        (("evaluate", "1", "--checkpoint", "../.."), 2, "No checkpoint “../..” here"),
        (("evaluate", "1", "--split", "test"), 1, "No labelled samples are in test."),
        (("attend", "1", "--sample", "nobody", "--out", "o"), 2, "There is no sample “nobody”"),
        (("attend", "1", "--sample", "1", "--out", "main.py"), 2, "main.py is not a folder."),
        (("export", "1", "docs"), 1, "“docs” exists and is not empty. Choose another folder."),
        (("resume", "1"), 1, "Run 1 is finished: all its epochs are done."),
        (("resume", "9"), 2, "There is no run 9 in this project."),
    ],
)
def test_what_cannot_be_asked_of_a_run_gets_a_sentence_and_starts_nothing(
    trained, words, code, sentence
):
    before = run_count(trained)
    done = ask(words[0], trained, *words[1:])
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.strip().splitlines()) == 1
    assert run_count(trained) == before


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ("pytorch_model.bin", "model holds pickled weights, which could run anything"),
        ("readme.txt", "model has a config.json but no weights in safetensors."),
    ],
)
def test_a_base_model_without_safetensors_is_refused_before_a_run(
    trained, tmp_path, tiny_bert, weights, sentence
):
    model = shutil.copytree(tiny_bert, tmp_path / "model")
    (model / "model.safetensors").rename(model / weights)
    done = ask(*train_words(trained, model, 1))
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_same_sample_twice_is_captured_once(trained, tmp_path):
    twice = ("--sample", "1", "--sample", "1", "--out", tmp_path / "maps", "--json")
    done = ask("attend", trained, "1", *twice)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["maps"]) == 1


def test_an_export_to_where_nothing_can_be_written_says_where(trained):
    done = ask("export", trained, "1", "/proc/here/out")
    assert done.returncode == 1
    assert "/proc/here cannot be used: No such file or directory." in done.stderr


def test_without_the_run_s_folder_an_export_uses_what_the_project_keeps(trained, tmp_path):
    shutil.copy(trained, tmp_path / "alone.studio")
    done = ask("export", tmp_path / "alone.studio", "1", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["max_logit_difference"] <= 1e-5
    again = ask("resume", tmp_path / "alone.studio", "1")
    assert last_line(again).startswith("Run 1 ")
    assert again.returncode == 1


@pytest.mark.slow
def test_a_killed_worker_is_told_and_a_resume_gives_each_step_once(tmp_path, tiny_bert):
    path = make_project(tmp_path / "p.studio", 40)
    words = command(*train_words(path, tiny_bert, 40))
    process = subprocess.Popen(
        words, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    os.kill(worker_of(path, 25), signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Run 1 ended without a word at step " in said
    assert "Traceback" not in said
    (run,) = json.loads(ask("runs", path, "--json").stdout)["runs"]
    assert run["state"] == "lost"
    resumed = ask("resume", path, "1")
    assert resumed.returncode == 0, resumed.stderr
    document = Document.open(path, read_only=True)
    total = document.query(load_record, 1).total_steps
    assert steps_of(document, 1) == list(range(1, total + 1))
    document.close()


def worker_of(path, step):
    """The worker's process, once it has taken that many steps."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        time.sleep(0.1)
        document = Document.open(path, read_only=True)
        try:
            found = document.query(
                lambda connection: connection.exec_driver_sql(
                    "SELECT id FROM runs WHERE step >= ?", (step,)
                ).scalar()
            )
            if found:
                return document.query(load_record, 1).identity.pid
        finally:
            document.close()
    raise AssertionError(f"step {step} was not reached")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are of POSIX")
def test_a_full_disk_stops_an_import_whole(tmp_path):
    path = make_project(tmp_path / "p.studio", 10)
    table = write_table(tmp_path / "large.csv", 40_000)
    done = ask("import", path, table, preexec_fn=_limit_files)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert json.loads(ask("check", path, "--json").stdout)["problems"] == []
    again = ask("import", path, table, "--json")
    assert json.loads(again.stdout)["samples"] >= 39_990


def _limit_files():
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
