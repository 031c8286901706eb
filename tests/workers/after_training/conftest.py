"""Finished runs, made once a session."""

import pytest
import torch

from tests.workers.after_training import trained_runs


@pytest.fixture(scope="session")
def lora_run(tmp_path_factory):
    torch.set_num_threads(1)
    return trained_runs.make_run(tmp_path_factory.mktemp("lora") / "run")


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory):
    torch.set_num_threads(1)
    changes = {"method": "freeze", "freeze.trainable": ["encoder.layer.5"]}
    return trained_runs.make_run(tmp_path_factory.mktemp("whole") / "run", changes)
