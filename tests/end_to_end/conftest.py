"""A tiny random model for whole jobs, made once."""

from pathlib import Path

import pytest

from tests.workers.training.run_folders import write_tiny_bert


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of hidden size 32 with a word tokenizer."""
    return write_tiny_bert(tmp_path_factory.mktemp("tiny") / "tiny")
