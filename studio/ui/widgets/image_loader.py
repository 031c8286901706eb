"""Pictures for the window: decoded off its thread, kept in memory and in a thumbnail cache."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from studio.dataset import thumbnails
from studio.dataset.decoding import Decoder
from studio.dataset.thumbnails import ThumbnailCache
from workers.contract.images import ImageProblem, Pixels, encode_thumbnail

THUMBNAIL = 320  # pixels, the long side of a grid cell's picture
MEMORY = 256 * 2**20
WAITING = 600  # requests; older ones scrolled away long ago
THREADS = 2


@dataclass(frozen=True)
class _Request:
    key: str
    path: Path
    sha256: str
    size: int


class ImageLoader(QObject):
    """Loads pictures, the last asked first. Signals arrive on the thread that owns the loader.

    A picture's key is its sha256, or its path when that is empty.
    """

    ready = Signal(str, object)  # key, QImage
    failed = Signal(str, str)  # key, reason in words

    def __init__(self, parent: QObject | None = None, cache: ThumbnailCache | None = None) -> None:
        super().__init__(parent)
        self._cache = cache or ThumbnailCache()
        self._images: OrderedDict[tuple[str, int], QImage] = OrderedDict()
        self._bytes = 0
        self._reasons: dict[str, str] = {}
        self._waiting: OrderedDict[tuple[str, int], _Request] = OrderedDict()
        self._first = ("", 0)  # the one that is looked at
        self._busy: set[tuple[str, int]] = set()
        self._changed = threading.Condition()
        self._open = True
        self._threads: list[threading.Thread] = []

    @staticmethod
    def key(path: Path | str, sha256: str) -> str:
        """What `ready` and `image` call a picture."""
        return sha256 or str(path)

    def image(self, key: str, size: int = THUMBNAIL) -> QImage | None:
        """The picture if it is in memory; returns at once."""
        with self._changed:
            found = self._images.get((key, size))
            if found is not None:
                self._images.move_to_end((key, size))
            return found

    def reason(self, key: str) -> str | None:
        """Why the picture cannot be shown, if that is known."""
        return self._reasons.get(key)

    def request(
        self, path: Path | str, sha256: str, size: int = THUMBNAIL, *, first: bool = False
    ) -> QImage | None:
        """The picture if it is in memory; else `ready` or `failed` follows. Size 0 is full size.

        What is asked for with `first` comes before all that waits, whatever is asked later.
        """
        key = self.key(path, sha256)
        found = self.image(key, size)
        if found is not None:
            return found
        with self._changed:
            if key in self._reasons or (key, size) in self._busy or not self._open:
                return None
            self._waiting[key, size] = _Request(key, Path(path), sha256, size)
            self._waiting.move_to_end((key, size))
            if first:
                self._first = (key, size)
            while len(self._waiting) > WAITING:
                self._waiting.popitem(last=False)
            self._start_threads()
            self._changed.notify()
        return None

    def forget_waiting(self) -> None:
        """Drop what has not begun, as when a page is left."""
        with self._changed:
            self._waiting.clear()

    def forget_reasons(self) -> None:
        """Try broken pictures again, as after a folder was linked anew."""
        self._reasons.clear()

    def close(self) -> None:
        """End the threads and their processes; what was waiting is dropped."""
        with self._changed:
            self._open = False
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._cache.close()

    def _start_threads(self) -> None:
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._work, name="image-loader", daemon=True)
                for _ in range(THREADS)
            ]
            for thread in self._threads:
                thread.start()

    def _work(self) -> None:
        decoder = Decoder()
        while request := self._next():
            try:
                image = self._load(decoder, request)
            except ImageProblem as problem:
                self._finish(request, str(problem))
            else:
                self._finish(request, image)
        decoder.close()

    def _next(self) -> _Request | None:
        with self._changed:
            while self._open and not self._waiting:
                self._changed.wait()
            if not self._open:
                return None
            place = self._first if self._first in self._waiting else next(reversed(self._waiting))
            request = self._waiting.pop(place)
            self._busy.add(place)
            return request

    def _load(self, decoder: Decoder, request: _Request) -> QImage:
        kept = 0 < request.size <= thumbnails.LARGEST
        content = self._cache.get(request.sha256, request.size) if kept else None
        if content:
            image = QImage.fromData(content)
            if not image.isNull():
                return image.convertToFormat(QImage.Format.Format_RGB32)
        pixels = decoder.pixels(request.path, request.size)
        if kept and request.sha256:
            self._cache.put(request.sha256, request.size, encode_thumbnail(pixels))
        return _to_image(pixels)

    def _finish(self, request: _Request, outcome: QImage | str) -> None:
        with self._changed:
            self._busy.discard((request.key, request.size))
            if not self._open:
                return
            if isinstance(outcome, str):
                self._reasons[request.key] = outcome
            else:
                self._keep((request.key, request.size), outcome)
        if isinstance(outcome, str):
            self.failed.emit(request.key, outcome)
        else:
            self.ready.emit(request.key, outcome)

    def _keep(self, place: tuple[str, int], image: QImage) -> None:
        self._images[place] = image
        self._bytes += image.sizeInBytes()
        while self._bytes > MEMORY and len(self._images) > 1:
            _, oldest = self._images.popitem(last=False)
            self._bytes -= oldest.sizeInBytes()


def _to_image(pixels: Pixels) -> QImage:
    shown = QImage(
        pixels.data, pixels.width, pixels.height, 3 * pixels.width, QImage.Format.Format_RGB888
    )
    return shown.convertToFormat(QImage.Format.Format_RGB32)
