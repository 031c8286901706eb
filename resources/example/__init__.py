"""The example project: drawn traffic scenes with captions, labels and known errors."""

from resources.example.example import (
    DrawnScene,
    ExampleTruth,
    draw_example,
    draw_scenes,
)

__all__ = ["DrawnScene", "ExampleTruth", "draw_example", "draw_scenes"]
