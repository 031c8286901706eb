"""Scroll areas that show the ground of the column they stand in."""

from PySide6.QtWidgets import QScrollArea


def clear_ground(area: QScrollArea) -> None:
    """Let the surface below show through; Qt fills a scrolled widget otherwise."""
    area.viewport().setAutoFillBackground(False)
    content = area.widget()
    if content is not None:
        content.setAutoFillBackground(False)
