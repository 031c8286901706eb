"""The memory of a device: what a job may take of it, what it holds, and the most it has held."""

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

try:
    import resource
except ImportError:  # not a Unix: there is no such limit to set
    resource = None

SAMPLE_SECONDS = 0.005
PROCESS = Path("/proc/self")
RESET_PEAK = "5"


def held(device: str) -> int:
    """Bytes that this process holds now."""
    if device == "cuda":
        import torch

        return torch.cuda.memory_allocated()
    return psutil.Process().memory_info().rss


def free(device: str) -> int:
    """Bytes that this process could hold in all: what is free, and what it has already."""
    if device == "cuda":
        import torch

        return torch.cuda.mem_get_info(0)[0] + torch.cuda.memory_reserved()
    return psutil.virtual_memory().available + held(device)


def give_back() -> None:
    """Hand memory that was freed back to the system; glibc keeps it, half a gigabyte of weights.

    Does nothing where the C library has no such call.
    """
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


@contextmanager
def limited(device: str, most: int) -> Iterator[None]:
    """Within, memory beyond so many bytes is refused by an error that can be told.

    Without it, a system that runs out of memory ends a process, and not always this one.
    """
    if device == "cuda":
        import torch

        total = torch.cuda.mem_get_info(0)[1]
        torch.cuda.set_per_process_memory_fraction(min(1.0, most / total))
        try:
            yield
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0)
        return
    mapped = _status_bytes("VmData")
    if resource is None or mapped is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = mapped + max(0, most - held(device))
    with suppress(ValueError, OSError):  # a lower limit stands already: it does the same
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))
    try:
        yield
    finally:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@contextmanager
def watched(device: str) -> Iterator[Callable[[], int]]:
    """Gives a function that says the most that was held since the beginning of the block."""
    if device == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats()
        yield torch.cuda.max_memory_allocated
    elif _reset_peak():
        yield lambda: _status_bytes("VmHWM") or held(device)
    else:
        with _sampled(device) as read:
            yield read


@contextmanager
def _sampled(device: str) -> Iterator[Callable[[], int]]:
    """Where the system keeps no peak that can be set back: look often."""
    most = held(device)
    over = threading.Event()

    def look() -> None:
        nonlocal most
        while not over.is_set():
            most = max(most, held(device))
            time.sleep(SAMPLE_SECONDS)

    thread = threading.Thread(target=look, name="memory", daemon=True)
    thread.start()
    try:
        yield lambda: max(most, held(device))
    finally:
        over.set()
        thread.join()


def _reset_peak() -> bool:
    """Begin the system's own peak anew; False where it has none or does not allow it."""
    try:
        (PROCESS / "clear_refs").write_text(RESET_PEAK)
    except OSError:
        return False
    return _status_bytes("VmHWM") is not None


def _status_bytes(name: str) -> int | None:
    """A figure of Linux about this process; None elsewhere."""
    try:
        lines = (PROCESS / "status").read_text().splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return int(found[0]) * 1024 if found else None
