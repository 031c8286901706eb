"""The one door to a thread: work runs in a pool, its answer arrives on the window's thread."""

import sys
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from shiboken6 import isValid

from studio.errors import ProjectClosed

THREADS = 4

_waiting: dict["Delivery", Future[Any]] = {}


class Delivery(QObject):
    """Lives on the window's thread and hands the answer to the callbacks there."""

    arrived = Signal(object)

    def __init__(
        self,
        done: Callable[[Any], None] | None,
        failed: Callable[[Exception], None] | None,
        owner: QObject | None,
    ) -> None:
        super().__init__()
        self.done, self.failed, self.owner = done, failed, owner
        self.arrived.connect(self.hand_over)

    @Slot(object)
    def hand_over(self, future: Future[Any]) -> None:
        """Call back, unless the owner or the project it asked is gone by now."""
        _waiting.pop(self, None)
        if future.cancelled() or (self.owner is not None and not isValid(self.owner)):
            return
        error = future.exception()
        if isinstance(error, ProjectClosed):
            return
        if error is None:
            if self.done:
                self.done(future.result())
        elif self.failed and isinstance(error, Exception):
            self.failed(error)
        else:
            sys.excepthook(type(error), error, error.__traceback__)


def run(
    function: Callable[..., Any],
    *args: Any,
    done: Callable[[Any], None] | None = None,
    failed: Callable[[Exception], None] | None = None,
    owner: QObject | None = None,
) -> None:
    """Run `function` in the pool; an error without `failed` reaches the top handler.

    Nothing is called back once `owner` has been destroyed. Call from the window's thread only.
    """
    delivery = Delivery(done, failed, owner)
    future = _pool().submit(function, *args)
    _waiting[delivery] = future
    future.add_done_callback(lambda ended: _announce(delivery, ended))


def wait(seconds: float = 10.0) -> bool:
    """Wait until no work runs, as at closing; False when some still does."""
    return not futures.wait(list(_waiting.values()), timeout=seconds).not_done


def _announce(delivery: Delivery, future: Future[Any]) -> None:
    if isValid(delivery):
        delivery.arrived.emit(future)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="studio-background")
