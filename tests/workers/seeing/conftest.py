"""A tiny tower and decoder, and a cache of features that is this test's own."""

import pytest

from tests.workers.language.tiny_language_models import write_tiny_language_model
from tests.workers.seeing.tiny_eyes import write_tiny_tower


@pytest.fixture(scope="session")
def tower(tmp_path_factory):
    return write_tiny_tower(tmp_path_factory.mktemp("eye") / "tower")


@pytest.fixture(scope="session")
def decoder(tmp_path_factory):
    return write_tiny_language_model(tmp_path_factory.mktemp("words") / "decoder", "llama")


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAFFIC_STUDIO_MODELS", str(tmp_path / "cache" / "models"))
    return tmp_path / "cache" / "features"
