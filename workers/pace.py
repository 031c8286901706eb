"""How long a training would take: the seconds of a few batches, carried over to all of them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timed:
    """A micro-batch: its tokens with their padding, and the seconds of its two passes."""

    tokens: int
    seconds: float


@dataclass(frozen=True)
class Pace:
    """Measured: a usual micro-batch and the longest, an update, a token that is only read."""

    usual: Timed
    longest: Timed
    update: float
    reading: float

    def micro_batch(self, tokens: int) -> float:
        """Seconds of a micro-batch of so many tokens: on the line through the two measured."""
        usual, longest = self.usual, self.longest
        wider = longest.tokens - usual.tokens
        slope = max(0.0, longest.seconds - usual.seconds) / wider if wider > 0 else 0.0
        line = usual.seconds + slope * (tokens - usual.tokens)
        # Below the usual one the line may fall under zero, where attention made it steep.
        share = usual.seconds * tokens / usual.tokens if tokens < usual.tokens else 0.0
        return max(line, share)

    def step(self, accumulation: int) -> float:
        """Seconds of an update from so many of the longest micro-batches."""
        return accumulation * self.longest.seconds + self.update

    def epoch(self, batches: Sequence[int], steps: int) -> float:
        """Seconds of an epoch of micro-batches of so many tokens each."""
        return sum(map(self.micro_batch, batches)) + steps * self.update

    def read(self, tokens: int) -> float:
        """Seconds to measure so many tokens."""
        return tokens * self.reading
