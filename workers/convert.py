"""Convert a GGUF file to a folder that transformers loads at once: safetensors and tokenizer.

`python -m workers.convert FILE FOLDER`. Done once a model: a GGUF file loads ten times slower.
"""

import os
import struct
import sys
from pathlib import Path
from typing import Any

from workers.exporting.folder import name_tokenizer_for_all

# Splits that GGUF names but transformers does not rebuild: each digit stands alone.
DIGITS_ALONE = ("smollm",)


def main(arguments: list[str]) -> int:
    """Exit 0 when the folder is complete; else the last line of standard error says why not."""
    if len(arguments) != 2:
        sys.stderr.write("Give a GGUF file and a folder.\n")
        return 2
    os.environ["HF_HUB_OFFLINE"] = "1"
    file, folder = Path(arguments[0]), Path(arguments[1])
    try:
        convert(file, folder)
    except (OSError, ValueError, KeyError, ImportError, struct.error) as error:
        said = " ".join(str(error).split())
        sys.stderr.write(f"{file.name} cannot be converted: {said}\n")
        return 1
    return 0


def convert(file: Path, folder: Path) -> None:
    """Weights in single precision, exactly those of the file, and its tokenizer and template."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    _split_as_named(tokenizer, file)
    model: Any = AutoModelForCausalLM.from_pretrained(
        file.parent,
        gguf_file=file.name,
        dtype=torch.float32,
        quantization_config=GgufConfig(dequantize=True),
    )
    tokenizer.save_pretrained(folder)
    name_tokenizer_for_all(folder)
    model.save_pretrained(folder)


def _split_as_named(tokenizer: Any, file: Path) -> None:
    from gguf import GGUFReader
    from tokenizers import pre_tokenizers

    field = GGUFReader(file).get_field("tokenizer.ggml.pre")
    if field is not None and field.contents() in DIGITS_ALONE:
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
