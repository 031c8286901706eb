"""Tiny random models, made once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workers.language.tiny_language_models import write_tiny_language_model
from tests.workers.training.run_folders import write_run, write_tiny_bert


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory) -> Path:
    """Hidden size 32: the model of the published counts."""
    return write_tiny_bert(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def wide_bert(tmp_path_factory) -> Path:
    """Hidden size 64: wide enough to be quantised."""
    return write_tiny_bert(tmp_path_factory.mktemp("models") / "wide", hidden=64)


@pytest.fixture(scope="session")
def poisoned_bert(tmp_path_factory) -> Path:
    """The word “poison” makes every number infinite."""
    return write_tiny_bert(tmp_path_factory.mktemp("models") / "poisoned", poisoned="poison")


@pytest.fixture(scope="session")
def steady_bert(tmp_path_factory) -> Path:
    """Without dropout: the same inputs give the same outputs in training too."""
    return write_tiny_bert(tmp_path_factory.mktemp("models") / "steady", dropout=0.0)


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Make a run folder: `make_run(model_folder, name="run", samples=None, **options)`."""

    def make(model: Path, name: str = "run", **given) -> Path:
        return write_run(tmp_path / name, model, **given)

    return make


@pytest.fixture(scope="session")
def language_model(tmp_path_factory) -> Callable[[str], Path]:
    """Tiny random language models by kind: `language_model("llama")`."""
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = write_tiny_language_model(tmp_path_factory.mktemp("models") / kind, kind)
        return made[kind]

    return make
