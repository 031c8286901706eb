"""Process start to a usable window on a project of 20,000 samples, and what it has imported."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from studio.document import Document

COUNT = 20_000
ROUNDS = 5
LIMIT_SECONDS = 1.0
HEAVY = ("torch", "transformers", "peft", "datasets", "pandas", "accelerate", "numpy.random")
PROGRAM = """
import gc
gc.disable()  # as main.py does
import json, sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import studio.cli
def report():
    QApplication.processEvents()
    now = time.time()
    print(json.dumps({"at": now, "modules": [m for m in %r if m in sys.modules]}), flush=True)
    QApplication.exit(0)
original = QApplication.exec
def run_shortly(*_):
    QTimer.singleShot(0, report)
    return original()
QApplication.exec = run_shortly
sys.exit(studio.cli.main(sys.argv[1:]))
"""


def main() -> None:
    """Medians of five starts; the disk's cache is warm after the first."""
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "large.studio"
        document = Document.create(path)
        document.record(fill, COUNT)
        document.close()
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": made}
        seconds, modules = [], []
        for _ in range(ROUNDS + 1):
            taken, modules = start_once(path, environment)
            seconds.append(taken)
    sys.stdout.write(f"window usable   {statistics.median(seconds[1:]):.2f} s ")
    sys.stdout.write(f"(limit {LIMIT_SECONDS:.1f} s), {COUNT:,} samples\n")
    sys.stdout.write(f"heavy modules   {', '.join(modules) or 'none'}\n")


def start_once(path: Path, environment: dict[str, str]) -> tuple[float, list[str]]:
    """Seconds from the start of the process, and which heavy modules it has loaded."""
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM % (HEAVY,), str(path)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    if not done.stdout.strip():
        raise SystemExit(done.stderr)
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return said["at"] - began, said["modules"]


def fill(connection, count: int) -> None:
    """Text-only samples with captions, by two bulk statements."""
    connection.exec_driver_sql(
        "INSERT INTO samples (id, key, label_id, split, reviewed) VALUES (?, ?, ?, ?, 0)",
        [
            (
                number,
                f"sample-{number:06d}",
                number % 3 + 1,
                "train" if number % 10 else "validation",
            )
            for number in range(1, count + 1)
        ],
    )
    connection.exec_driver_sql(
        "INSERT INTO captions (sample_id, position, text, origin, revision, written_at) "
        "VALUES (?, 0, ?, 'import', 1, 0.0)",
        [(number, f"A truck waits at light {number}.") for number in range(1, count + 1)],
    )


if __name__ == "__main__":
    main()
