"""The kind of record that crosses every border."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A record that crosses a border: immutable, and strict about unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid")
