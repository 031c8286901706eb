"""The typefaces: Inter with Chinese fall-backs, a fixed one, and the table of text roles."""

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

FAMILIES = (
    "Inter",
    "PingFang SC",
    "Microsoft YaHei UI",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "WenQuanYi Zen Hei",
)
CHINESE = FAMILIES[1:]
MONO = ("JetBrains Mono", "DejaVu Sans Mono", "Menlo", "Consolas", "monospace")


@dataclass(frozen=True)
class Role:
    """Size and line height in pixels, weight, letter spacing in per cent."""

    size: int
    line: int
    weight: int = 400
    spacing: float = 0.0


ROLES = {
    "hero": Role(30, 38, 600, -2.8),
    "figure": Role(24, 30, 600, -2.5),
    "reading": Role(18, 26),
    "caption": Role(14, 21),
    "title": Role(15, 20, 600, -1.2),
    "heading": Role(13, 18, 600),
    "body": Role(13, 18),
    "strong": Role(13, 18, 600),
    "button": Role(13, 18, 500),
    "small": Role(12, 16),
    "small_strong": Role(12, 16, 600),
    "tiny": Role(11, 16, 500),
    "mono": Role(12, 16),
}

_factor = 1.0


def load_fonts() -> None:
    """Register Inter and the icons' typeface with the running application; allowed twice."""
    package = _package_folder("fontpkg_inter")
    if package:
        for file in sorted((package / "files").glob("Inter[[]*.ttf")):
            QFontDatabase.addApplicationFont(str(file))


def set_text_size(factor: float) -> None:
    """Scale every role; from .9 to 1.4."""
    global _factor
    _factor = min(1.4, max(0.9, factor))


def scaled(pixels: float) -> int:
    """A row height or text size that grows with the chosen text size."""
    return round(pixels * _factor)


def role_font(role: str = "body", *, tabular: bool = False) -> QFont:
    """The font of a text role; tabular figures for columns of numbers."""
    return QFont(_font(role, tabular, _factor))


@lru_cache(maxsize=128)
def _font(role: str, tabular: bool, _scaled_by: float) -> QFont:
    wanted = ROLES[role]
    font = QFont()
    font.setFamilies(list(MONO) if role == "mono" else [*FAMILIES, *MONO[1:2]])
    font.setPixelSize(scaled(wanted.size))
    font.setWeight(QFont.Weight(wanted.weight))
    if role != "mono":
        # Qt sees one style of the variable Inter; its axes give weight and optical size.
        font.setVariableAxis(QFont.Tag("wght"), wanted.weight)
        font.setVariableAxis(QFont.Tag("opsz"), min(32, max(14, scaled(wanted.size))))
    if wanted.spacing:
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 100 + wanted.spacing)
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def holds_chinese(text: str) -> bool:
    """Whether a text has CJK characters: those runs take no letter spacing and taller lines."""
    return any("\u2e80" <= character <= "\u9fff" or character >= "\U00020000" for character in text)


def chinese_font_present() -> bool:
    """Whether this machine can show Chinese captions."""
    known = set(QFontDatabase.families())
    return any(family in known for family in CHINESE) or bool(
        QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
    )


def _package_folder(name: str) -> Path | None:
    """Where a package lies, without running its code."""
    found = importlib.util.find_spec(name)
    if found is None or not found.origin:
        return None
    return Path(found.origin).parent
