"""The colours of both themes as plain data: the only file that names a colour."""

from dataclasses import dataclass

from PySide6.QtGui import QColor

DARK = {
    "matte": "#0C0D0F",
    "rail": "#0C0D0F",
    "ground": "#131417",
    "form": "#131417",
    "panel": "#191B1E",
    "raised": "#212327",
    "hover": "#2A2D32",
    "press": "#34373E",
    "chosen_part": "#34373E",
    "line": "#25272C",
    "line_strong": "#373A41",
    "line_control": "#6E737D",
    "text_1": "#ECEDEF",
    "text_2": "#B0B4BC",
    "text_3": "#888D97",
    "text_off": "#5B6069",
    "accent_fill": "#5A5AD2",
    "accent_fill_hover": "#5353C6",
    "accent_fill_press": "#4A4AB4",
    "on_accent": "#FFFFFF",
    "accent_text": "#A5A8FF",
    "accent_line": "#8386FA",
    "accent_soft": "#24264A",
    "dangerous": "#F59E57",
    "dangerous_mark": "#F59E57",
    "dangerous_soft": "#3A2717",
    "safe": "#45C2AE",
    "safe_mark": "#45C2AE",
    "safe_soft": "#12332F",
    "unsure": "#BFC3CB",
    "unsure_mark": "#BFC3CB",
    "unsure_soft": "#2B2E33",
    "warn": "#E6B84C",
    "warn_mark": "#E6B84C",
    "warn_soft": "#352B14",
    "error": "#FF8089",
    "error_mark": "#FF8089",
    "error_soft": "#3B1D21",
    "error_fill": "#B3303F",
    "error_fill_hover": "#A42A38",
    "done": "#7CC68D",
    "done_mark": "#7CC68D",
    "done_soft": "#1A3022",
    "memory_1": "#5A5AD2",
    "memory_2": "#8F90F0",
    "memory_3": "#C3C4FA",
    "memory_4": "#5D86B5",
    "memory_5": "#A9C0DA",
    "memory_6": "#D5D8DE",
    "memory_7": "#7A7F89",
    "difference_less": "#9680D6",
    "difference_more": "#F4A640",
    "shadow": "#000000",
}

LIGHT = {
    "matte": "#DDDFE2",
    "rail": "#ECEDEF",
    "ground": "#F3F4F5",
    "form": "#FFFFFF",
    "panel": "#FBFBFC",
    "raised": "#FFFFFF",
    "hover": "#EBECEF",
    "press": "#DFE1E5",
    "chosen_part": "#FFFFFF",
    "line": "#E3E4E8",
    "line_strong": "#CDD0D6",
    "line_control": "#858A94",
    "text_1": "#17181B",
    "text_2": "#484C55",
    "text_3": "#646973",
    "text_off": "#A0A4AC",
    "accent_fill": "#5251CB",
    "accent_fill_hover": "#4A49BD",
    "accent_fill_press": "#413FAB",
    "on_accent": "#FFFFFF",
    "accent_text": "#4746BE",
    "accent_line": "#6462E6",
    "accent_soft": "#E8E8FC",
    "dangerous": "#A34C08",
    "dangerous_mark": "#CC6014",
    "dangerous_soft": "#FBE9DA",
    "safe": "#0A7265",
    "safe_mark": "#128F7E",
    "safe_soft": "#D7F0EC",
    "unsure": "#565B65",
    "unsure_mark": "#565B65",
    "unsure_soft": "#E9EAED",
    "warn": "#825B00",
    "warn_mark": "#B47F0C",
    "warn_soft": "#FBF0D2",
    "error": "#BC2A3A",
    "error_mark": "#BC2A3A",
    "error_soft": "#FCE4E6",
    "error_fill": "#BC2A3A",
    "error_fill_hover": "#A92434",
    "done": "#2A7545",
    "done_mark": "#2A7545",
    "done_soft": "#DDF1E3",
    "memory_1": "#5251CB",
    "memory_2": "#8887EC",
    "memory_3": "#B9BAF4",
    "memory_4": "#5A83B1",
    "memory_5": "#9DB7D4",
    "memory_6": "#C0C3CA",
    "memory_7": "#8E939D",
    "difference_less": "#9680D6",
    "difference_more": "#F4A640",
    "shadow": "#000000",
}

CURVES = {
    "dark": ("#8F93FF", "#F5D061", "#D9777F", "#6FE3DC", "#A9A23A", "#37B29F"),
    "light": ("#4F4DD0", "#A2860F", "#7A3416", "#1FA28F", "#9488CB", "#C22B56"),
}


@dataclass(frozen=True)
class Tokens:
    """One theme's colours, asked for by name."""

    theme: str
    values: dict[str, str]
    curves: tuple[str, ...]

    def value(self, name: str) -> str:
        """The colour as #RRGGBB of a token, of "plot-1" to "plot-6", or of a colour itself."""
        if name.startswith("plot-"):
            return self.curves[(int(name[5:].partition("_")[0]) - 1) % len(self.curves)]
        return name if name.startswith("#") else self.values[name]

    def label_soft(self, name: str) -> QColor:
        """The fill behind a label: its own soft token, or its colour at 14 %."""
        if f"{name}_soft" in self.values:
            return self.color(f"{name}_soft")
        return self.color(name, 0.14)

    def label_mark(self, name: str) -> QColor:
        """The colour of a label's mark and bars."""
        return self.color(f"{name}_mark" if f"{name}_mark" in self.values else name)

    def color(self, name: str, opacity: float = 1.0) -> QColor:
        """The colour to paint with; `opacity` from 0 to 1."""
        color = QColor(self.value(name))
        color.setAlphaF(opacity)
        return color

    def curve(self, index: int) -> QColor:
        """The colour of the run or label number `index`."""
        return QColor(self.curves[index % len(self.curves)])


def tokens_of(theme: str, *, stronger_lines: bool = False) -> Tokens:
    """The tokens of "dark" or "light"; stronger lines make outlines reach 3:1."""
    values = dict(DARK if theme == "dark" else LIGHT)
    if stronger_lines:
        values["line_strong"] = values["line_control"]
    return Tokens(theme, values, CURVES[theme])


DARK_TOKENS = tokens_of("dark")
LIGHT_TOKENS = tokens_of("light")
