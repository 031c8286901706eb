"""Tests run without a screen, without a network, and away from the user's own settings."""

import os
import tempfile
from pathlib import Path

import pytest

from workers.contract.catalogue import models_folder, weights_folder

_HOME = Path(tempfile.mkdtemp(prefix="traffic-studio-tests-"))

# Weights stay where they are; everything else that a test might write goes to a folder of its own.
os.environ["TRAFFIC_STUDIO_MODELS"] = str(models_folder())
os.environ["XDG_CACHE_HOME"] = str(_HOME / "cache")
os.environ["XDG_CONFIG_HOME"] = str(_HOME / "config")
os.environ["XDG_DATA_HOME"] = str(_HOME / "data")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The folder of MiniLM's weights; `python main.py models get minilm` fetches it."""
    folder = weights_folder("minilm")
    if folder is None:
        pytest.skip("MiniLM is not on this computer; python main.py models get minilm")
    return folder


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The folder of SmolLM2's weights; `python main.py models get smollm2` fetches it."""
    folder = weights_folder("smollm2")
    if folder is None:
        pytest.skip("SmolLM2 is not on this computer; python main.py models get smollm2")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real pictures and captions that lie beside the checkout on some machines."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no folder of real files at {SHARED_DATA.name} beside the checkout")
    return SHARED_DATA
