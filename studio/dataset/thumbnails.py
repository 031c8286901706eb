"""Thumbnails kept between starts in the user's cache folder; deleting the file loses nothing."""

import contextlib
import os
import sqlite3
import sys
import threading
from pathlib import Path

LARGEST = 512  # pixels; larger pictures are decoded afresh
BUSY_SECONDS = 2.0


def cache_path() -> Path:
    """The cache's file: TRAFFIC_STUDIO_CACHE, or the user's cache folder."""
    chosen = os.environ.get("TRAFFIC_STUDIO_CACHE")
    if chosen:
        folder = Path(chosen)
    elif sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "traffic-studio"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches" / "traffic-studio"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "traffic-studio"
    return folder / "thumbnails.sqlite"


class ThumbnailCache:
    """JPEG bytes by the picture's hash and the asked size; for any thread.

    A cache that cannot be read or written is as good as empty.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or cache_path()
        self._lock = threading.Lock()
        self._connection = self._open()

    def get(self, sha256: str, size: int) -> bytes | None:
        """The thumbnail, if kept."""
        if not self._connection or not sha256:
            return None
        with self._lock, contextlib.suppress(sqlite3.Error):  # a bad cache is an empty cache
            row = self._connection.execute(
                "SELECT content FROM thumbnails WHERE sha256 = ? AND size = ?", (sha256, size)
            ).fetchone()
            return row[0] if row else None
        return None

    def put(self, sha256: str, size: int, content: bytes) -> None:
        """Keep a thumbnail."""
        if not self._connection or not sha256:
            return
        with self._lock, contextlib.suppress(sqlite3.Error):  # as above; it is drawn again later
            self._connection.execute(
                "INSERT OR REPLACE INTO thumbnails VALUES (?, ?, ?)", (sha256, size, content)
            )

    def close(self) -> None:
        """Close the file."""
        if self._connection:
            with self._lock:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection | None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._prepared()
        except (OSError, sqlite3.OperationalError):
            return None
        except sqlite3.DatabaseError:  # not a database: begin anew
            with contextlib.suppress(OSError, sqlite3.Error):  # a read-only cache folder
                self._path.unlink()
                return self._prepared()
            return None

    def _prepared(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS thumbnails (sha256 TEXT, size INTEGER, content BLOB,"
            " PRIMARY KEY (sha256, size)) WITHOUT ROWID"
        )
        return connection
