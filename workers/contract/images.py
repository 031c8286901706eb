"""Images from disk: which are read, how they stand upright, and what is wrong with the rest.

Run on foreign bytes only through `decoding`, which gives it a process of its own with limits.
"""

import hashlib
import io
import stat
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFile, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")  # MPO is a JPEG
SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif")
)
LONGEST_SIDE = 30_000
LARGEST_FILE = 512 * 2**20
DECODE_ERRORS = (  # what Pillow's readers are known to raise on broken bytes
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True)
class ImageHeader:
    """What an import keeps of an image; sizes are upright. `problem` is empty when it decodes."""

    sha256: str
    width: int
    height: int
    bytes: int
    problem: str = ""


@dataclass(frozen=True)
class Pixels:
    """An upright RGB image, three bytes a pixel without padding."""

    width: int
    height: int
    data: bytes


class ImageProblem(Exception):
    """Why an image cannot be shown, in a few words."""


def read_header(path: Path) -> ImageHeader:
    """Hash the file and decode it once; raises FileNotFoundError, never for what it holds."""
    content = _content(path)
    if isinstance(content, str):
        return ImageHeader("", 0, 0, 0, content)
    digest = hashlib.sha256(content).hexdigest()
    width = height = 0
    try:
        with _opened(content) as image:
            width, height = _upright_size(image)
            image.draft("RGB", (64, 64))
            image.load()
    except ImageProblem as problem:
        return ImageHeader(digest, width, height, len(content), str(problem))
    except DECODE_ERRORS as error:
        return ImageHeader(digest, width, height, len(content), _in_words(error))
    return ImageHeader(digest, width, height, len(content))


def read_pixels(path: Path, size: int) -> Pixels:
    """The image with its long side at most `size` (0 is as it is); raises ImageProblem."""
    content = _content(path)
    if isinstance(content, str):
        raise ImageProblem(content)
    try:
        with _opened(content) as image:
            return _scaled(image, size)
    except DECODE_ERRORS as error:
        raise ImageProblem(_in_words(error)) from error


def encode_thumbnail(pixels: Pixels) -> bytes:
    """A JPEG of a small image, for the cache."""
    buffer = io.BytesIO()
    image = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.data)
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _content(path: Path) -> bytes | str:
    """The bytes of a regular file, or why not; a pipe or device is never opened."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return "not a file"
    if status.st_size == 0:
        return "empty file"
    if status.st_size > LARGEST_FILE:
        return f"larger than {LARGEST_FILE // 2**20} MB"
    try:
        return path.read_bytes()
    except PermissionError:
        return "not readable: permission denied"


def _opened(content: bytes) -> Image.Image:
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(content), formats=FORMATS)
        except UnidentifiedImageError as error:
            raise ImageProblem("not an image of a known format") from error
    if max(image.size) > LONGEST_SIDE:
        raise ImageProblem(f"too large: {image.width} × {image.height} pixels")
    return image


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1 to 8; broken EXIF counts as upright. Pillow turns a TIFF by itself."""
    if image.format == "TIFF":
        return 1
    try:
        value = image.getexif().get(0x0112, 1)
    except DECODE_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright_size(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    return (height, width) if _orientation(image) >= 5 else (width, height)


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _scaled(image: Image.Image, size: int) -> Pixels:
    turn = _TURNS.get(_orientation(image))
    if size:
        image.draft("RGB", (size, size))
    image.load()
    rgb = to_rgb(image)
    if size:
        rgb.thumbnail((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
    if turn is not None:
        rgb = rgb.transpose(turn)
    return Pixels(rgb.width, rgb.height, rgb.tobytes())


def to_rgb(image: Image.Image) -> Image.Image:
    """Eight-bit RGB: 16-bit greys are scaled, transparency lies on white."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256, "L") if image.mode == "I;16" else image
    if image.mode == "I":
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        colours = image.convert("RGBA")
        ground = Image.new("RGBA", colours.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, colours).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _in_words(error: BaseException) -> str:
    match error:
        case Image.DecompressionBombError() | Image.DecompressionBombWarning():
            return "too large: more than 89 million pixels"
        case MemoryError():
            return "too large: decoding needs too much memory"
        case OSError() if "truncated" in str(error):
            return "cut off: the file ends too early"
        case _:
            return f"damaged: {_short(str(error)) or type(error).__name__}"


def _short(text: str, limit: int = 120) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
