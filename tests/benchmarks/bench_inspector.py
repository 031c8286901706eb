"""From an edit in the form to the new tree: the inspector's answer time for BERT-base."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from workers.contract.recipes import find_recipe

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 0.5
ROUNDS = 11


def main() -> None:
    """Ask for a new rank each round, so that no answer can come from an earlier one."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "workers.inspector"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    ready = time.perf_counter() - started
    options = find_recipe("bert-lora").training_options().model_dump(mode="json")

    def answer_seconds(changes: dict) -> float:
        request = {"id": 1, "verb": "inspect", "options": options | changes, "lengths": [30, 60]}
        begun = time.perf_counter()
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert answer["total"] > 109_000_000, answer
        return time.perf_counter() - begun

    first = answer_seconds({})
    new_shape, same_shape = [], []
    for number in range(ROUNDS):
        new_shape.append(answer_seconds({"adapter": options["adapter"] | {"rank": 3 + number}}))
        same_shape.append(answer_seconds({"micro_batch_size": 3 + number}))
    process.stdin.close()
    process.wait()
    median = statistics.median(new_shape)
    print(f"inspector ready after {ready:.2f} s, first answer {first:.3f} s")
    print(
        f"edit that changes the tree: median {median:.3f} s, worst {max(new_shape):.3f} s; "
        f"limit {LIMIT_SECONDS} s, ratio {median / LIMIT_SECONDS:.2f}"
    )
    print(f"edit that does not: median {statistics.median(same_shape):.3f} s")


if __name__ == "__main__":
    main()
