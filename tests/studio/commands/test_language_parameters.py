"""The command line counts the recipes of language models without their weights."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("recipe", "trainable", "total"),
    [
        ("qwen-verdict", 1_284_096, 1_838_112_768),
        ("qlora-instruct", 33_554_432, 6_771_970_048),
    ],
)
def test_parameters_of_language_models_are_the_published_ones(recipe, trainable, total):
    done = subprocess.run(
        [sys.executable, "main.py", "parameters", recipe, "--json"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert (found["trainable"], found["total"]) == (trainable, total)
