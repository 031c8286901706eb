"""Captions that say the same again and again, as a model does that found no end."""

from collections.abc import Sequence

SHORTEST = 4  # words; a name may be said twice
# Above these shares of n-grams that were said before, a caption is a loop.
LIMITS = {1: 0.6, 4: 0.3, 10: 0.1}


def repeated_share(words: Sequence[str], order: int) -> float:
    """The share of n-grams that stood before in the same caption; 0 where there is none."""
    grams = [tuple(words[start : start + order]) for start in range(len(words) - order + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def repeats_itself(words: Sequence[str]) -> bool:
    """Whether the caption is a loop: one word alone three times over, or phrases come back."""
    if len(words) < SHORTEST:
        return len(words) == SHORTEST - 1 and len(set(words)) == 1
    return any(repeated_share(words, order) > limit for order, limit in LIMITS.items())
