"""What would fit where memory is short: options that need less, what changes least first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workers.contract.events import Proposal
from workers.contract.options import QuantisationKind, TrainingOptions, with_values
from workers.models import memory
from workers.models.memory import Lengths
from workers.models.shape import Shape

# An estimate this close to what is free would be a promise that the next batch may break.
SAFE_SHARE = 0.95
MOST_ACCUMULATION = 1024
# Inputs are not cut below this: hardly a sentence would be left.
SHORTEST_INPUT = 16
SHORTER = (0.75, 0.5, 0.25)
SAME = "same result a step"


@dataclass(frozen=True)
class Sizes:
    """Tokens of each sample that trains, and of the longest answer with its end (0: unknown)."""

    tokens: tuple[int, ...]
    answer: int = 0

    @property
    def lengths(self) -> Lengths:
        """The median and the longest, as an estimate needs them."""
        ordered = sorted(self.tokens)
        return Lengths(ordered[len(ordered) // 2], ordered[-1], self.answer)


@dataclass(frozen=True)
class Change:
    """A way to need less: the options, words for a button, what it costs."""

    options: Mapping[str, Any]
    words: str
    cost: str


def estimate(shape: Shape, options: TrainingOptions, sizes: Sizes) -> dict[str, int]:
    """Bytes by part, and the range of their sum."""
    return memory.estimate(shape.model, options, shape.growth, sizes.lengths, shape.labels)


def propose(
    shape: Shape, options: TrainingOptions, sizes: Sizes, free: int
) -> tuple[Proposal, ...]:
    """Ways to fit into what is free, for options that did not.

    Each way alone where one is enough, else all that are needed together; none where nothing is.
    """
    now = estimate(shape, options, sizes)["high"]
    # It did not fit, so that an estimate below what is free was too low by as much at least.
    allowed = SAFE_SHARE * free * min(1.0, now / max(1, free))
    kinds = [list(kind(options, sizes)) for kind in KINDS]

    def fitting(change: Change) -> Proposal | None:
        bytes_needed = estimate(shape, with_values(options, dict(change.options)), sizes)["high"]
        if bytes_needed > allowed:
            return None
        return Proposal(
            options=dict(change.options), words=change.words, cost=change.cost, bytes=bytes_needed
        )

    alone = [next(filter(None, map(fitting, changes)), None) for changes in kinds]
    if found := tuple(one for one in alone if one is not None):
        return found
    together = next(filter(None, map(fitting, _together(kinds))), None)
    return (together,) if together else ()


def sentence(needed: int, free: int, proposals: Sequence[Proposal], step: int | None = None) -> str:
    """What was needed, what there was, and what would fit."""
    place = "" if step is None else f" at step {step:,}"
    start = f"Out of memory{place}: about {in_units(needed)} needed, {in_units(free)} were free."
    if needed <= free:  # the estimate was wrong, so it is not worth a number
        start = f"Out of memory{place}: {in_units(free)} were free, which was not enough."
    if not proposals:
        return f"{start} No smaller batch, shorter input or NF4 would fit: take a smaller model."
    ways = "; ".join(f"{one.words} ({one.cost}, about {in_units(one.bytes)})" for one in proposals)
    return f"{start} This would fit: {ways}."


def in_units(count: int) -> str:
    """Bytes in decimal units, as the studio writes them."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.{1 if count < 10 * size and unit == 'GB' else 0}f}\u00a0{unit}"
    return f"{count / 1e3:.0f}\u00a0kB"


def _smaller_batches(options: TrainingOptions, sizes: Sizes) -> Iterator[Change]:
    together = options.micro_batch_size * options.accumulation
    for size in range(options.micro_batch_size - 1, 0, -1):
        steps, left = divmod(together, size)
        if not left and steps <= MOST_ACCUMULATION:
            change = {"micro_batch_size": size, "accumulation": steps}
            yield Change(change, f"Micro-batch {size} × {steps}", SAME)


def _recomputing(options: TrainingOptions, sizes: Sizes) -> Iterator[Change]:
    if not options.gradient_checkpointing:
        yield Change(
            {"gradient_checkpointing": True},
            "Gradient checkpointing",
            "a third slower",
        )


def _shorter(options: TrainingOptions, sizes: Sizes) -> Iterator[Change]:
    longest = min(max(sizes.tokens), options.max_length)
    for share in SHORTER:
        length = int(longest * share)
        if length < SHORTEST_INPUT:
            return
        cut = sum(tokens > length for tokens in sizes.tokens)
        total = len(sizes.tokens)
        cost = f"cuts {cut:,} of {total:,} samples" if total > 1 else "cuts longer samples"
        yield Change({"max_length": length}, f"Longest input {length}", cost)


def _four_bits(options: TrainingOptions, sizes: Sizes) -> Iterator[Change]:
    if options.adapter is not None and options.quantisation.kind != QuantisationKind.NF4:
        change = {"quantisation.kind": QuantisationKind.NF4.value}
        yield Change(change, "NF4", "frozen weights in 4 bits, slower")


KINDS: tuple[Callable[[TrainingOptions, Sizes], Iterator[Change]], ...] = (
    _smaller_batches,
    _recomputing,
    _shorter,
    _four_bits,
)


def _together(kinds: Sequence[Sequence[Change]]) -> Iterator[Change]:
    """The strongest change of the first kind, then of the first two, and so on."""
    options: dict[str, Any] = {}
    words: list[str] = []
    costs: list[str] = []
    for strongest in (changes[-1] for changes in kinds if changes):
        options |= strongest.options
        words.append(strongest.words if not words else strongest.words.lower())
        costs += [strongest.cost] if strongest.cost != SAME else []
        yield Change(dict(options), " + ".join(words), ", ".join(costs) or SAME)
