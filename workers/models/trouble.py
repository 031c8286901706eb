"""What can go wrong in a worker, told in words that the person at the window can act on."""

import errno

from workers.contract.events import Proposal, Reason


class Trouble(Exception):
    """The job cannot go on, for a reason that the person can do something about.

    `proposals` are options that would fit, where memory was short.
    """

    def __init__(self, reason: Reason, message: str, proposals: tuple[Proposal, ...] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.proposals = proposals


def explain(error: BaseException) -> tuple[Reason, str]:
    """The reason and the sentence for any error that ended a job."""
    if isinstance(error, Trouble):
        return error.reason, error.message
    if is_memory(error):
        return Reason.OUT_OF_MEMORY, (
            f"Out of memory: {_first_line(error)} "
            "A smaller micro-batch with more accumulation needs less, with the same result a step."
        )
    if _is_disk(error):
        return Reason.DISK_FULL, (
            "The disk is full. What was saved before is whole; make room and resume."
        )
    if isinstance(error, OSError) and error.errno and error.filename:
        # The system's own words: what it refused, and where.
        return Reason.NO_ACCESS, f"{error.filename} cannot be used: {error.strerror}."
    if type(error).__name__ == "SafetensorError":
        return Reason.BAD_CHECKPOINT, f"A file of weights cannot be read: {_first_line(error)}"
    return Reason.BUG, f"{type(error).__name__}: {_first_line(error)}"


def is_memory(error: BaseException) -> bool:
    """Whether memory was short: of a GPU, or of the machine."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and (
        "allocate memory" in str(error)  # "can't" of torch, "cannot" of the system
        or "out of memory" in str(error).lower()
        or "could not create a memory object" in str(error)
    )


def _is_disk(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return "No space left on device" in str(error)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "nothing more is known."
