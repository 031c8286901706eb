import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "samples"))

from tests.studio.ui.samples.opened_pages import studio

__all__ = ["studio"]
