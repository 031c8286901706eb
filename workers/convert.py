"""Convert a file of weights, or a folder of pickled ones, to a folder of safetensors.

`python -m workers.convert FILE FOLDER [CONFIG]`. Done once a model. A GGUF file brings tokenizer
and architecture along and loads ten times slower; an ONNX file of a DINOv2 tower needs the folder
CONFIG of its architecture. A folder of pickled weights becomes a new one, and nothing in the
pickles runs.
"""

import os
import pickle
import shutil
import struct
import sys
from pathlib import Path
from typing import Any

from workers.exporting.folder import name_tokenizer_for_all
from workers.models import from_onnx, from_pickle

# Splits that GGUF names but transformers does not rebuild: each digit stands alone.
DIGITS_ALONE = ("smollm",)
_WRONG = (
    OSError,
    ValueError,
    KeyError,
    ImportError,
    RuntimeError,
    struct.error,
    pickle.UnpicklingError,
)


def main(arguments: list[str]) -> int:
    """Exit 0 when the folder is complete; else the last line of standard error says why not."""
    if len(arguments) not in (2, 3):
        sys.stderr.write("Give a file, a folder, and for an ONNX file the folder of its config.\n")
        return 2
    os.environ["HF_HUB_OFFLINE"] = "1"
    file, folder = Path(arguments[0]), Path(arguments[1])
    try:
        if file.is_dir():
            from_pickle.write_safetensors(file, folder)
            return 0
        folder.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".onnx":
            convert_tower(file, folder, Path(*arguments[2:]))
        else:
            convert(file, folder)
    except _WRONG as error:
        said = " ".join(str(error).split())
        sys.stderr.write(f"{file.name} cannot be converted: {said}\n")
        return 1
    return 0


def convert(file: Path, folder: Path) -> None:
    """Weights in single precision, exactly those of the file, and its tokenizer and template."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

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


def convert_tower(file: Path, folder: Path, config: Path) -> None:
    """A DINOv2 tower as the graph holds it, with its architecture and preprocessing beside it."""
    from safetensors.torch import save_file
    from transformers import Dinov2Model

    save_file(from_onnx.read_tower(file), folder / "model.safetensors", {"format": "pt"})
    for name in ("config.json", "preprocessor_config.json"):
        shutil.copyfile(config / name, folder / name)
    loaded: Any = Dinov2Model.from_pretrained(folder, output_loading_info=True)
    info = loaded[1]
    if odd := [*info["missing_keys"], *info["unexpected_keys"], *info["mismatched_keys"]]:
        raise ValueError(f"{len(odd)} of its tensors do not fit the architecture, first {odd[0]}")


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
