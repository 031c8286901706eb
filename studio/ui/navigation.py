"""Where the window can go: the pages, and what a page is asked to show."""

from dataclasses import dataclass
from enum import StrEnum


class PageName(StrEnum):
    """The pages, in the order of the rail."""

    WELCOME = "welcome"
    DATA = "data"
    SAMPLES = "samples"
    REVIEW = "review"
    RECIPE = "recipe"
    RUNS = "runs"
    COMPARE = "compare"
    ATTENTION = "attention"
    EXPORT = "export"


@dataclass(frozen=True)
class Destination:
    """A page and what it shows: a query, runs, a sample, or a named part of the page."""

    page: PageName
    query: str | None = None
    run_ids: tuple[int, ...] = ()
    sample_id: int | None = None
    part: str = ""


TITLES = {name: name.value.capitalize() for name in PageName}

ICONS = {
    PageName.DATA: "database",
    PageName.SAMPLES: "squares-four",
    PageName.REVIEW: "cards",
    PageName.RECIPE: "sliders-horizontal",
    PageName.RUNS: "chart-line-up",
    PageName.COMPARE: "git-diff",
    PageName.ATTENTION: "eye",
    PageName.EXPORT: "export",
}

# The loop in its groups, as the rail draws them.
RAIL_GROUPS = (
    (PageName.DATA, PageName.SAMPLES, PageName.REVIEW),
    (PageName.RECIPE, PageName.RUNS),
    (PageName.COMPARE, PageName.ATTENTION),
    (PageName.EXPORT,),
)
RAIL_ORDER = tuple(page for group in RAIL_GROUPS for page in group)
