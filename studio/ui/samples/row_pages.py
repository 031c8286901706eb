"""Rows of the grid by position, read a page at a time and kept while they are near."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from studio.project.records import SampleRow

PAGE = 32
KEPT_PAGES = 80

Fetch = Callable[[list[int]], list[SampleRow]]


class RowPages:
    """Holds the ids of a whole query and the rows of a few pages of it."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._pages: OrderedDict[int, dict[int, SampleRow]] = OrderedDict()
        self._stale: set[int] = set()  # positions in held pages
        self.ids: Sequence[int] = ()

    def show_ids(self, ids: Sequence[int]) -> None:
        self.ids = ids
        self.forget()

    def forget(self) -> None:
        """Rows may have changed: read them again when they are next looked at."""
        self._pages.clear()
        self._stale.clear()

    def row(self, position: int) -> SampleRow | None:
        """The row at a position, read with its page if need be; None if it is gone."""
        if not 0 <= position < len(self.ids):
            return None
        page = self._pages.get(position // PAGE)
        if page is None:
            page = self._load(position // PAGE)
        elif position in self._stale:
            self._read_again(position // PAGE, page)
        return page.get(self.ids[position])

    def forget_positions(self, positions: Iterable[int]) -> None:
        """Only these rows have changed: they are read again when one is next looked at."""
        self._stale.update(each for each in positions if each // PAGE in self._pages)

    def load_around(self, positions: range) -> None:
        """Reads the page before these positions and the page after, if they are not held."""
        if not len(positions):
            return
        last = (len(self.ids) - 1) // PAGE
        first, end = positions[0] // PAGE, positions[-1] // PAGE
        for number in (min(end + 1, last), max(first - 1, 0)):
            if number not in self._pages:
                self._load(number)

    def _read_again(self, number: int, page: dict[int, SampleRow]) -> None:
        """The stale rows of a held page, in one go; the rows beside them stay as they are."""
        stale = {each for each in self._stale if each // PAGE == number}
        self._stale -= stale
        ids = [int(self.ids[each]) for each in stale if each < len(self.ids)]
        for each in ids:
            page.pop(each, None)
        page.update((row.id, row) for row in self._fetch(ids))

    def _load(self, number: int) -> dict[int, SampleRow]:
        ids = [int(each) for each in self.ids[number * PAGE : (number + 1) * PAGE]]
        page = {row.id: row for row in self._fetch(ids)}
        self._pages[number] = page
        self._stale.difference_update(range(number * PAGE, (number + 1) * PAGE))
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        return page
