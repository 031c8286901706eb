"""What a deck is called: a query in words where it has some, else as it was typed."""

import re
from collections.abc import Sequence

from studio.project.records import ViewRow

LISTED = re.compile(r"sample:\d+(?:,\d+)*")
USUAL = {
    "": "All samples",
    "reviewed:no": "Samples not reviewed yet",
    "label:none": "Samples without a label",
}


def of_query(
    query: str, count: int, run_ids: Sequence[int] = (), views: Sequence[ViewRow] = ()
) -> str:
    """A view's own name, “6 samples from run 3” for a list of samples, or the query itself."""
    text = " ".join(query.split())
    named = next((view.name for view in views if view.query.strip() == text and text), "")
    if named or text in USUAL:
        return named or USUAL[text]
    if LISTED.fullmatch(text):
        return _counted(count) + _origin(run_ids)
    return LISTED.sub(_named, text)


def _named(match: re.Match[str]) -> str:
    """A long list of samples inside a query, as how many they are."""
    count = match.group().count(",") + 1
    return match.group() if count == 1 else f"({count:,} chosen samples)"


def _counted(count: int) -> str:
    return "1 sample" if count == 1 else f"{count:,} samples"


def _origin(run_ids: Sequence[int]) -> str:
    if not run_ids:
        return ""
    if len(run_ids) == 1:
        return f" from run {run_ids[0]}"
    *first, last = run_ids
    return f" from runs {', '.join(map(str, first))} and {last}"
