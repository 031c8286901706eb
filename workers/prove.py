"""The clean process: loads an exported folder by its own predict.py and writes the logits it gives.

It runs alone (python -I prove.py FOLDER): texts come as a JSON list on standard input, a language
model's as lists of caption and instruction, and each one's logits leave as one JSON line. It must
not import anything of this program.
"""

import gc
import json
import runpy
import sys
from pathlib import Path


def main(argv: list[str]) -> int:
    """Write a line when the folder is loaded, then one a text, then what else was imported."""
    texts = json.loads(sys.stdin.buffer.read())
    gc.disable()  # loading the libraries takes two fifths less, and little comes after it
    answers, sys.stdout = sys.stdout, sys.stderr
    sys.argv = ["predict.py"]
    exported = runpy.run_path(str(Path(argv[0]) / "predict.py"))
    _write(answers, "loaded")
    for text in texts:
        given = text if isinstance(text, list) else [text]
        _write(answers, exported["logits"](*given).tolist())
    ours = {"studio", "workers"}
    _write(answers, sorted(ours & {name.partition(".")[0] for name in sys.modules}))
    return 0


def _write(answers: object, value: object) -> None:
    print(json.dumps(value), file=answers, flush=True)  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
