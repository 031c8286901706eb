"""The table of contrasts, recomputed from the tokens."""

import pytest

from studio.ui.tokens import DARK, LIGHT, tokens_of

SURFACES = ("ground", "panel", "raised")
TEXT = [
    *[("text_1", surface) for surface in (*SURFACES, "hover", "press", "accent_soft", "matte")],
    *[("text_2", surface) for surface in (*SURFACES, "hover", "accent_soft")],
    *[("text_3", surface) for surface in SURFACES],
    *[("accent_text", surface) for surface in (*SURFACES, "accent_soft")],
    ("on_accent", "accent_fill"),
    ("on_accent", "accent_fill_hover"),
    ("on_accent", "accent_fill_press"),
    ("on_accent", "error_fill"),
    ("on_accent", "error_fill_hover"),
    *[
        (name, surface)
        for name in ("dangerous", "safe", "unsure", "warn", "error", "done")
        for surface in (*SURFACES, f"{name}_soft")
    ],
]
MARKS = [
    *[
        (f"{name}_mark", surface)
        for name in ("dangerous", "safe", "unsure", "warn", "error", "done")
        for surface in SURFACES
    ],
    *[("accent_line", surface) for surface in SURFACES],
    *[("line_control", surface) for surface in SURFACES],
]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(("text", "surface"), TEXT)
def test_text_can_be_read_on_its_surface(theme, text, surface):
    assert contrast(theme[text], theme[surface]) >= 4.5


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(("mark", "surface"), MARKS)
def test_marks_can_be_seen_on_their_surface(theme, mark, surface):
    assert contrast(theme[mark], theme[surface]) >= 3.0


def test_the_worst_ratios_are_those_of_the_design():
    worst = {name: min(contrast(DARK[name], DARK[s]) for s in SURFACES) for name in ("text_1",)}
    assert worst["text_1"] >= 11.8
    assert contrast(LIGHT["on_accent"], LIGHT["accent_fill"]) == pytest.approx(6.2, abs=0.1)
    assert contrast(DARK["on_accent"], DARK["accent_fill"]) == pytest.approx(5.5, abs=0.1)


def test_both_themes_name_the_same_colours():
    assert list(DARK) == list(LIGHT)


def test_stronger_lines_reach_the_ratio_of_controls():
    for theme in ("dark", "light"):
        tokens = tokens_of(theme, stronger_lines=True)
        for surface in SURFACES:
            assert contrast(tokens.value("line_strong"), tokens.value(surface)) >= 3.0


def test_a_label_of_ones_own_takes_a_plot_colour():
    tokens = tokens_of("dark")
    assert tokens.value("plot-1") == tokens.curves[0]
    assert tokens.label_mark("plot-7") == tokens.curve(0)
