"""A tokenizer of words and tiny random language models, made once."""

from pathlib import Path

import pytest

from tests.workers.language.tiny_language_models import write_tiny_language_model, write_tokenizer
from workers.contract.catalogue import refer_to, weights_folder
from workers.models import loading


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory):
    """Knows a few words, w0 … w99, and has a chat template."""
    return write_tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="session")
def tiny_qwen(tmp_path_factory) -> Path:
    """Tiny random Qwen2, wide enough to be quantised."""
    return write_tiny_language_model(tmp_path_factory.mktemp("models") / "tiny-qwen")


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory) -> Path:
    """Tiny random Llama of four layers."""
    return write_tiny_language_model(tmp_path_factory.mktemp("models") / "tiny-llama", "llama", 4)


@pytest.fixture(scope="session")
def smollm_tokenizer():
    """The real tokenizer of SmolLM2, of bytes."""
    if weights_folder("smollm2") is None:
        pytest.skip("SmolLM2 is not on this computer")
    return loading.load_tokenizer(refer_to("smollm2"))
