"""The picture drawn from a map: shares to colours with opacity, as arrays of red, green, blue."""

import numpy as np

# Each map at 17 even steps from 0 to 1, rounded; between them lies a straight line.
_MAPS = {
    "inferno": (
        (0, 10, 32, 60, 86, 112, 137, 162, 187, 208, 227, 241, 249, 252, 249, 242, 252),
        (0, 7, 12, 9, 15, 25, 34, 43, 54, 69, 89, 113, 140, 170, 201, 232, 255),
        (4, 35, 73, 100, 109, 110, 106, 97, 84, 68, 50, 30, 9, 15, 50, 101, 164),
    ),
    "viridis": (
        (68, 72, 71, 66, 59, 51, 44, 38, 33, 31, 39, 61, 92, 129, 170, 213, 253),
        (1, 23, 44, 63, 81, 98, 113, 129, 144, 159, 173, 188, 200, 211, 220, 226, 231),
        (84, 105, 122, 133, 139, 141, 142, 142, 140, 136, 128, 115, 98, 76, 49, 25, 37),
    ),
    "cividis": (
        (0, 0, 5, 44, 64, 81, 96, 110, 124, 139, 155, 172, 188, 206, 224, 242, 255),
        (32, 43, 54, 65, 77, 88, 100, 111, 123, 135, 148, 161, 175, 188, 203, 218, 234),
        (77, 104, 110, 108, 107, 108, 111, 115, 120, 121, 119, 116, 111, 103, 93, 79, 70),
    ),
}
NAMES = tuple(_MAPS)
OPACITY = 0.86
_DARKEST = 0.12  # the black end says nothing on a dark ground
_FADE = (0.06, 0.56)
_DIFFERENCE_GAIN = 1.9

Colour = tuple[int, int, int]


def colours(shares: np.ndarray, name: str = "inferno") -> np.ndarray:
    """Red, green, blue of shares from 0 to 1, as [..., 3] from 0 to 255."""
    steps = np.linspace(0.0, 1.0, len(_MAPS[name][0]))
    place = np.clip(np.nan_to_num(shares), 0.0, 1.0)
    channels = [np.interp(place, steps, channel) for channel in _MAPS[name]]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def paint(shares: np.ndarray, name: str = "inferno", opacity: float = OPACITY) -> np.ndarray:
    """[..., 4]: shares of the map's largest value; nothing is painted where nothing was read."""
    shares = np.clip(np.nan_to_num(shares), 0.0, 1.0)
    ink = colours(_DARKEST + (1.0 - _DARKEST) * shares, name)
    return _with_opacity(ink, fade(shares) * opacity)


def paint_difference(
    change: np.ndarray, less: Colour, more: Colour, opacity: float = OPACITY
) -> np.ndarray:
    """[..., 4]: `less` below zero, `more` above, nothing at zero; `change` is from -1 to 1."""
    change = np.clip(np.nan_to_num(change), -1.0, 1.0)
    ink = np.where((change > 0)[..., None], np.array(more), np.array(less)).astype(np.uint8)
    return _with_opacity(ink, fade(_DIFFERENCE_GAIN * np.abs(change)) * opacity)


def fade(shares: np.ndarray) -> np.ndarray:
    """Opacity from 0 to 1: a smooth step between .06 and .56."""
    low, high = _FADE
    place = np.clip((shares - low) / (high - low), 0.0, 1.0)
    return place * place * (3.0 - 2.0 * place)


def _with_opacity(ink: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    alpha = (255 * np.clip(opacity, 0.0, 1.0)).round().astype(np.uint8)
    return np.concatenate([ink, alpha[..., None]], axis=-1)
