"""Pictures for the window arrive off its thread, or with a reason."""

import pytest
from PIL import Image

from studio.dataset.thumbnails import ThumbnailCache
from studio.ui.widgets import image_loader
from studio.ui.widgets.image_loader import ImageLoader


@pytest.fixture
def loader(qtbot, tmp_path):
    loader = ImageLoader(cache=ThumbnailCache(tmp_path / "cache" / "thumbnails.sqlite"))
    yield loader
    loader.close()


def _picture(folder, name="a.jpg", size=(800, 600), colour=(200, 40, 40)):
    Image.new("RGB", size, colour).save(folder / name)
    return folder / name


def test_a_picture_arrives_scaled_and_stays_in_memory(qtbot, loader, tmp_path):
    path = _picture(tmp_path)
    with qtbot.waitSignal(loader.ready, timeout=10000) as arrived:
        assert loader.request(path, "abc", 320) is None
    key, image = arrived.args
    assert key == "abc"
    assert (image.width(), image.height()) == (320, 240)
    assert image.pixelColor(100, 100).red() > 190
    assert loader.request(path, "abc", 320) is image


def test_a_broken_picture_gives_its_reason_and_is_not_asked_again(qtbot, loader, tmp_path):
    path = tmp_path / "b.jpg"
    path.write_bytes(b"no picture at all")
    with qtbot.waitSignal(loader.failed, timeout=10000) as failed:
        loader.request(path, "")
    assert failed.args == [str(path), "not an image of a known format"]
    assert loader.reason(str(path)) == failed.args[1]
    assert loader.request(path, "") is None


def test_a_missing_picture_is_said_to_be_missing(qtbot, loader, tmp_path):
    with qtbot.waitSignal(loader.failed, timeout=10000) as failed:
        loader.request(tmp_path / "gone.png", "ffff")
    assert failed.args == ["ffff", "image not found"]


def test_a_thumbnail_outlives_the_loader(qtbot, tmp_path):
    file = tmp_path / "thumbnails.sqlite"
    path = _picture(tmp_path)
    first = ImageLoader(cache=ThumbnailCache(file))
    with qtbot.waitSignal(first.ready, timeout=10000):
        first.request(path, "abc")
    first.close()
    path.unlink()
    second = ImageLoader(cache=ThumbnailCache(file))
    with qtbot.waitSignal(second.ready, timeout=10000) as arrived:
        second.request(path, "abc")
    assert arrived.args[1].width() == image_loader.THUMBNAIL
    second.close()


def test_memory_stays_within_its_limit(qtbot, loader, tmp_path, request):
    paths = [_picture(tmp_path, f"{number}.jpg", (3000, 2000)) for number in range(14)]
    for path in paths:
        with qtbot.waitSignal(loader.ready, timeout=20000):
            loader.request(path, "", 0)
    held = [path for path in paths if loader.image(str(path), 0) is not None]
    assert 0 < len(held) < len(paths)
    assert held == paths[-len(held) :]
    assert len(held) * 3000 * 2000 * 4 <= image_loader.MEMORY


def test_a_spoilt_cache_file_is_begun_anew(tmp_path):
    file = tmp_path / "thumbnails.sqlite"
    file.write_bytes(b"not a database" * 500)
    cache = ThumbnailCache(file)
    cache.put("abc", 320, b"x")
    assert cache.get("abc", 320) == b"x"
    cache.close()


def test_what_is_looked_at_comes_before_all_that_waits(qtbot, loader, tmp_path):
    paths = [_picture(tmp_path, f"{number}.jpg", (2400, 1800)) for number in range(20)]
    came = []
    loader.ready.connect(lambda key, _: came.append(key))
    for number, path in enumerate(paths):
        loader.request(path, f"waited-{number}", 64)
    qtbot.waitUntil(lambda: len(came) >= 2, timeout=20000)  # both processes run
    loader.request(paths[0], "looked-at", 64, first=True)
    loader.request(paths[1], "asked-later", 64)
    so_far = len(came)
    qtbot.waitUntil(lambda: len(came) == 22, timeout=20000)
    assert came.index("looked-at") <= so_far + 3
