"""The cards of a review and what was decided about them: a record and functions of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

SECONDS_AT_FIRST = 8.0  # a decision, until enough of them have been made


@dataclass(frozen=True)
class Deck:
    """`decided` says by sample whether the decision changed its label; skipped ones stay out."""

    ids: tuple[int, ...] = ()
    position: int = 0
    decided: Mapping[int, bool] = field(default_factory=dict)
    given: Mapping[int, str | None] = field(default_factory=dict)  # the labels decided on
    run_id: int | None = None
    query: str = ""

    @property
    def current(self) -> int | None:
        return self.ids[self.position] if 0 <= self.position < len(self.ids) else None

    @property
    def is_over(self) -> bool:
        return bool(self.ids) and self.position >= len(self.ids)

    @property
    def changed(self) -> int:
        return sum(self.decided.values())

    def moved(self, step: int) -> "Deck":
        """The card after or before; one step behind the last is the end."""
        return replace(self, position=min(max(self.position + step, 0), len(self.ids)))

    def at(self, position: int) -> "Deck":
        return replace(self, position=min(max(position, 0), len(self.ids)))

    def with_decision(self, sample_id: int, changed: bool, label: str | None = None) -> "Deck":
        decided = {**self.decided, sample_id: changed}
        return replace(self, decided=decided, given={**self.given, sample_id: label})

    def without_decisions(self, still: Sequence[int]) -> "Deck":
        """After an undo: only those count that still stand."""
        kept = {each: changed for each, changed in self.decided.items() if each in still}
        return replace(self, decided=kept)


def minutes_left(deck: Deck, seconds_spent: float) -> str:
    """About how long the rest takes, from how long the decisions took so far."""
    left = len(deck.ids) - deck.position
    if left <= 0:
        return ""
    done = len(deck.decided)
    each = seconds_spent / done if done >= 3 else SECONDS_AT_FIRST
    minutes = round(left * each / 60)
    return "under 1 min left" if minutes < 1 else f"about {minutes} min left"
