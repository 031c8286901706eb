"""The keys of the Attention page."""

from typing import TYPE_CHECKING

from studio.ui import actions
from studio.ui.attention.picture_controls import flipped, stepped

if TYPE_CHECKING:
    from studio.ui.attention.page import AttentionPage


def bind_keys(page: "AttentionPage") -> None:
    """Every act of the table that the page knows."""
    slots = {
        "next_word": lambda: page.step_word(1),
        "previous_word": lambda: page.step_word(-1),
        "next_layer": lambda: page.step_layer(1),
        "previous_layer": lambda: page.step_layer(-1),
        "next_head": lambda: page.step_head(1),
        "previous_head": lambda: page.step_head(-1),
        "save_heatmap": page.exports.choose_picture,
        "flick": page.flick,
        "more_heat": lambda: page.show_so(stepped(page.showing, 1)),
        "less_heat": lambda: page.show_so(stepped(page.showing, -1)),
        "patches": lambda: page.show_so(flipped(page.showing, "patches")),
        "one_scale": lambda: page.show_so(flipped(page.showing, "one_scale")),
        "rollout": page.stage.controls.choose_rollout,
        "difference": page.show_difference,
        "next_sample": lambda: page.step_sample(1),
        "previous_sample": lambda: page.step_sample(-1),
    }
    for id, slot in slots.items():
        actions.bind(id, page, slot)
