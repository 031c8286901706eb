"""Runs every benchmark, one process each, and writes what they said to docs/benchmarks.md.

`python -m tests.benchmarks` runs all; `python -m tests.benchmarks grid edits` those two.
"""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent
REPOSITORY = FOLDER.parents[1]
REPORT = REPOSITORY / "docs" / "benchmarks.md"


def main(wanted: list[str]) -> int:
    files = sorted(FOLDER.glob("bench_*.py"))
    chosen = [file for file in files if not wanted or file.stem.removeprefix("bench_") in wanted]
    sections = []
    failures = 0
    for file in chosen:
        print(f"== {file.stem}", flush=True)
        output, code, seconds = run(file.stem)
        failures += code != 0
        sections.append(
            f"## {file.stem.removeprefix('bench_')} ({seconds:.0f} s)\n\n```\n{output}```\n"
        )
    if not wanted:
        REPORT.write_text(heading() + "\n".join(sections))
        print(f"Written to {REPORT.relative_to(REPOSITORY)}.")
    return 1 if failures else 0


def run(name: str) -> tuple[str, int, float]:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.benchmarks.{name}"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    return "".join(lines), process.wait(), time.perf_counter() - began


def heading() -> str:
    return (
        "# Benchmarks\n\n"
        f"Written by `make bench` on {platform.system()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores. Ratios are medians of interleaved rounds in one run.\n\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
