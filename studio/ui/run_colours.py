"""The colour that each training keeps for good, on every page."""

from operator import attrgetter

from studio.document import Document
from studio.project import queries
from studio.ui.widgets.curve_style import curve_colour


def run_colours(document: Document) -> dict[int, str]:
    """The colour of each train run, those in the trash too."""
    rows = document.query(queries.run_rows, "train", None)
    return {row.id: curve_colour(at) for at, row in enumerate(sorted(rows, key=attrgetter("id")))}
