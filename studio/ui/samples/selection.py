"""Which positions of the query are chosen, without loading what lies at them."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Selection:
    """Some positions, or all of the query but some: a whole query is never spelled out."""

    positions: frozenset[int] = field(default_factory=frozenset)
    all_but: bool = False

    @classmethod
    def one(cls, position: int) -> "Selection":
        return cls(frozenset((position,)))

    @classmethod
    def between(cls, first: int, last: int) -> "Selection":
        low, high = sorted((first, last))
        return cls(frozenset(range(low, high + 1)))

    @classmethod
    def whole(cls) -> "Selection":
        return cls(all_but=True)

    @property
    def is_whole(self) -> bool:
        return self.all_but and not self.positions

    def holds(self, position: int) -> bool:
        return (position in self.positions) != self.all_but

    def count(self, total: int) -> int:
        return total - len(self.positions) if self.all_but else len(self.positions)

    def toggled(self, position: int) -> "Selection":
        return Selection(self.positions ^ {position}, self.all_but)

    def inverted(self) -> "Selection":
        return Selection(self.positions, not self.all_but)

    def joined(self, first: int, last: int) -> "Selection":
        stretch = Selection.between(first, last).positions
        kept = self.positions - stretch if self.all_but else self.positions | stretch
        return Selection(kept, self.all_but)

    def ids(self, ids: Sequence[int]) -> list[int]:
        """What is chosen, in the order of the query."""
        if self.all_but:
            return [each for at, each in enumerate(ids) if at not in self.positions]
        return [ids[at] for at in sorted(self.positions) if at < len(ids)]
