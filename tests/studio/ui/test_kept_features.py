"""Kept vision features in Settings: how much they take, and nothing once they are dropped."""

import pytest

from studio.ui import background
from studio.ui.settings.kept_features import NOTHING, KeptFeatures
from workers.contract.kept_features import features_folder, kept_bytes


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAFFIC_STUDIO_MODELS", str(tmp_path / "models"))
    place = features_folder() / "tower" / "ab"
    place.mkdir(parents=True)
    (place / "abc.npy").write_bytes(bytes(2_000_000))
    return features_folder()


def test_their_size_is_told_and_a_press_drops_them(qtbot, cache):
    shown = KeptFeatures()
    qtbot.addWidget(shown)
    qtbot.waitUntil(lambda: "on the disk" in shown.words.text())
    assert shown.words.text() == "2\N{NO-BREAK SPACE}MB on the disk"
    assert shown.drop.isEnabled()
    shown.drop.click()
    qtbot.waitUntil(lambda: shown.words.text() == NOTHING)
    assert not shown.drop.isEnabled()
    assert not cache.exists()
    assert kept_bytes() == 0
    assert background.wait()
