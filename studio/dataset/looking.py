"""Looks at the pictures of rows while the rows go on being read."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from studio.dataset.decoding import Decoder
from studio.dataset.records import Found, ImportRow
from workers.contract.images import ImageHeader

BATCH = 64
DECODERS = 2
AHEAD = 4  # batches that may wait for their turn


def with_headers(found: Iterable[Found]) -> Iterator[tuple[Found, ImageHeader | None]]:
    """Pairs in the order found, pictures read by two processes at a time."""
    decoders = [Decoder() for _ in range(DECODERS)]
    free = deque(decoders)
    waiting: deque[tuple[tuple[Found, ...], Future[list[ImageHeader | None]]]] = deque()
    with ThreadPoolExecutor(DECODERS) as pool:

        def look(batch: tuple[Found, ...]) -> list[ImageHeader | None]:
            paths = [row.image for row in batch if isinstance(row, ImportRow) and row.image]
            if not paths:
                return []
            decoder = free.popleft()
            try:
                return decoder.headers(paths)
            finally:
                free.append(decoder)

        try:
            for batch in _batches(found):
                waiting.append((batch, pool.submit(look, batch)))
                if len(waiting) >= AHEAD:
                    yield from _joined(*waiting.popleft())
            while waiting:
                yield from _joined(*waiting.popleft())
        finally:
            for _, future in waiting:
                future.cancel()
            pool.shutdown(wait=True, cancel_futures=True)
            for decoder in decoders:
                decoder.close()


def _batches(found: Iterable[Found]) -> Iterator[tuple[Found, ...]]:
    iterator = iter(found)
    while batch := tuple(islice(iterator, BATCH)):
        yield batch


def _joined(
    batch: tuple[Found, ...], future: "Future[list[ImageHeader | None]]"
) -> Iterator[tuple[Found, ImageHeader | None]]:
    headers = iter(future.result())
    for row in batch:
        has_image = isinstance(row, ImportRow) and row.image is not None
        yield row, next(headers) if has_image else None
