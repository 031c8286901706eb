"""Pictures: upright, honest about what is wrong, and never able to hang or kill the studio."""

import os
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from studio.dataset.decoding import Decoder
from workers.contract.images import ImageProblem


@pytest.fixture
def decoder():
    decoder = Decoder()
    yield decoder
    decoder.close()


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "avif"])
def test_every_orientation_stands_upright(decoder, tmp_path, orientation, suffix):
    upright = Image.new("RGB", (64, 32), (20, 20, 20))
    upright.paste((220, 30, 30), (0, 0, 32, 16))
    upright.paste((30, 220, 30), (32, 0, 64, 16))
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = upright if back is None else upright.transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    stored.save(path, exif=exif, **({"quality": 95} if suffix != "png" else {}))
    header = decoder.headers([path])[0]
    assert (header.width, header.height, header.problem) == (64, 32, "")
    pixels = decoder.pixels(path, 0)
    shown = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.data)
    assert shown.size == (64, 32)
    assert shown.getpixel((16, 8))[0] > 150
    assert shown.getpixel((48, 8))[1] > 150
    assert max(shown.getpixel((32, 28))) < 80


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.jpg", b"", "empty file"),
        ("text.png", b"just words", "not an image of a known format"),
        ("cut.png", b"\x89PNG\r\n\x1a\n", "not an image of a known format"),
        ("bomb.png", _png(40_000, 40_000, b"\0" * 1000), "too large"),
        ("wide.png", _png(60_000, 10, b"\0" * 1000), "too large: 60000 × 10 pixels"),
        ("short.png", _png(640, 480, b"\0" * 1000), ""),
        ("page.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
    ],
)
def test_a_bad_picture_has_a_reason(decoder, tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content)
    header = decoder.headers([path])[0]
    assert header.problem
    assert header.problem.startswith(reason)
    with pytest.raises(ImageProblem):
        decoder.pixels(path, 320)


def test_a_missing_file_is_none_and_the_rest_of_the_batch_is_read(decoder, picture, tmp_path):
    good = picture("a.jpg")
    headers = decoder.headers([tmp_path / "gone.jpg", good])
    assert headers[0] is None
    assert headers[1].problem == ""
    assert len(headers[1].sha256) == 64


def test_a_wrong_suffix_does_not_matter(decoder, picture):
    path = picture("a.png")
    path = path.rename(path.with_suffix(".jpg"))
    assert decoder.headers([path])[0].problem == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_never_opened(decoder, tmp_path):
    path = tmp_path / "a.jpg"
    os.mkfifo(path)
    start = time.monotonic()
    assert decoder.headers([path])[0].problem == "not a file"
    assert time.monotonic() - start < 5


def test_the_decoder_survives_its_process(decoder, picture):
    path = picture("a.jpg")
    decoder.headers([path])
    decoder._process.kill()
    decoder._process.wait()
    assert decoder.headers([path])[0].problem.startswith("damaged")
    assert decoder.headers([path])[0].problem == ""


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "CMYK", "YCbCr", "I;16", "I"])
def test_every_pixel_mode_becomes_rgb(decoder, tmp_path, mode):
    tone = 255 if mode == "1" else 204  # 204 is a colour of the standard palette
    grey = Image.new("L", (40, 30), tone)
    if mode == "I;16":
        image = Image.new("I;16", (40, 30), tone * 256)
    elif mode == "I":
        image = Image.new("I", (40, 30), tone * 256)
    else:
        image = grey.convert("RGB").convert(mode)
    path = tmp_path / ("a.png" if mode in ("1", "L", "LA", "P", "RGBA", "I;16") else "a.tiff")
    image.save(path)
    pixels = decoder.pixels(path, 0)
    shown = Image.frombytes("RGB", (40, 30), pixels.data)
    assert max(abs(value - tone) for value in shown.getpixel((5, 5))) <= 3


def test_transparency_lies_on_white(decoder, tmp_path):
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "a.png")
    assert set(decoder.pixels(tmp_path / "a.png", 0).data) == {255}


def test_real_nasty_pictures_are_shown_or_listed(decoder, shared_data):
    folder = shared_data / "pillow_images"
    paths = sorted(path for path in folder.rglob("*.*") if path.parent != folder)
    assert len(paths) >= 18
    reasons: dict[str, str] = {}
    for path in paths:
        start = time.monotonic()
        try:
            decoder.pixels(path, 320)
        except ImageProblem as problem:
            reasons[path.name] = str(problem)
        assert time.monotonic() - start < 5, path.name
    assert reasons["decompression_bomb.gif"].startswith("too large")
    assert reasons["truncated_jpeg.jpg"] == "cut off: the file ends too early"
    assert reasons["hopper_16bit.pgm"] == "not an image of a known format"
    assert "hopper.webp" not in reasons
    assert "pil_sample_cmyk.jpg" not in reasons


def test_real_photographs_look_the_same_whatever_their_orientation(decoder, shared_data):
    def small(path: Path) -> Image.Image:
        pixels = decoder.pixels(path, 320)
        image = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.data)
        return image.resize((32, 32), Image.Resampling.BOX)

    folder = shared_data / "exif_orientation"
    first = list(small(folder / "Landscape_1.jpg").tobytes())
    for path in sorted(folder.glob("Landscape_*.jpg")):
        other = list(small(path).tobytes())
        difference = sum(abs(a - b) for a, b in zip(first, other, strict=True)) / len(first)
        assert difference <= 3, path.name
        assert decoder.headers([path])[0].width == 1800
