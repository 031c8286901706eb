"""The one door to foreign picture bytes: a process of its own, with limits of time and memory."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workers.contract import images
from workers.contract.images import ImageHeader, ImageProblem, Pixels

SECONDS = 8.0  # for one picture; the slowest honest one takes about one
MEMORY = 2 * 2**30
ROOT = Path(__file__).resolve().parents[2]


class Decoder:
    """One decoding process, started when first needed and again after a crash or a hang.

    Not for two threads at a time.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def headers(self, paths: list[Path]) -> list[ImageHeader | None]:
        """Headers in the order asked; None for a file that is not there."""
        seconds = SECONDS + 0.25 * len(paths)
        rows = self._ask(
            {"verb": "headers", "paths": [os.fsencode(path).hex() for path in paths]}, seconds
        )
        if rows is not None:
            return [ImageHeader(**row) if row else None for row in rows["headers"]]
        if len(paths) == 1:
            return [ImageHeader("", 0, 0, 0, "damaged: decoding it hung or crashed")]
        return [header for path in paths for header in self.headers([path])]

    def pixels(self, path: Path, size: int) -> Pixels:
        """The picture, scaled down; raises ImageProblem with the reason in words."""
        answer = self._ask(
            {"verb": "pixels", "path": os.fsencode(path).hex(), "size": size}, SECONDS
        )
        if answer is None:
            raise ImageProblem("damaged: decoding it hung or crashed")
        if "problem" in answer:
            raise ImageProblem(answer["problem"])
        return Pixels(answer["width"], answer["height"], answer["data"])

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):  # the other end is gone, which is the aim
                    pipe.close()

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """The answer, or None when the process hung or died; it is then replaced."""
        process = self._process or self._start()
        if process.stdin is None or process.stdout is None:
            return None
        limit = threading.Timer(seconds, process.kill)
        limit.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
            answer = json.loads(line) if line.endswith(b"\n") else None
            if answer is not None and "bytes" in answer:
                answer["data"] = process.stdout.read(answer["bytes"])
                answer = answer if len(answer["data"]) == answer["bytes"] else None
        except OSError:
            answer = None
        finally:
            limit.cancel()
        if answer is None:
            self.close()
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "studio.dataset.decoding"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        return self._process


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _path(code: str) -> Path:
    return Path(os.fsdecode(bytes.fromhex(code)))


def _header(path: Path) -> dict[str, Any] | None:
    try:
        return asdict(images.read_header(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        return asdict(ImageHeader("", 0, 0, 0, f"not readable: {error.strerror or error}"))


def _pixels(path: Path, size: int) -> tuple[dict[str, Any], bytes]:
    try:
        pixels = images.read_pixels(path, size)
    except FileNotFoundError:
        return {"problem": "image not found"}, b""
    except ImageProblem as problem:
        return {"problem": str(problem)}, b""
    except OSError as error:
        return {"problem": f"not readable: {error.strerror or error}"}, b""
    head = {"width": pixels.width, "height": pixels.height, "bytes": len(pixels.data)}
    return head, pixels.data


def main() -> int:
    """Answer requests until the asking process closes the pipe."""
    _limit_memory()
    answers = sys.stdout.buffer
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if request["verb"] == "headers":
            head, data = {"headers": [_header(_path(code)) for code in request["paths"]]}, b""
        else:
            head, data = _pixels(_path(request["path"]), request["size"])
        answers.write(json.dumps(head).encode() + b"\n" + data)
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
