"""Which part of a picture fills a place of another shape."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage


def filling(image: QImage, ratio: float) -> QRectF:
    """The middle part of an image that fills a place of this width to height."""
    width, height = float(image.width()), float(image.height())
    if not width or not height or not ratio:
        return QRectF(0, 0, width, height)
    if width / height > ratio:
        kept = height * ratio
        return QRectF((width - kept) / 2, 0, kept, height)
    kept = width / ratio
    return QRectF(0, (height - kept) / 2, width, kept)
