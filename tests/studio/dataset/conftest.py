"""Small sources on disk for the importer's tests."""

from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def picture(tmp_path):
    """Writes a picture, by default one that differs from all others by its number."""
    made = []

    def make(name: str, size: tuple[int, int] = (64, 48), colour=None, **options: object) -> Path:
        made.append(name)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        tone = colour or (len(made) * 37 % 256, len(made) * 91 % 256, 40)
        Image.new("RGB", size, tone).save(path, **options)
        return path

    return make


@pytest.fixture
def text_file(tmp_path):
    """Writes text or bytes."""

    def make(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make
