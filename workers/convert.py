"""Convert a GGUF file, or a folder of pickled weights, to a folder of safetensors.

`python -m workers.convert SOURCE FOLDER`. Done once a model: a GGUF file loads ten times slower,
and pickled weights are not loaded at all. Here they are read as tensors alone, so nothing runs.
"""

import os
import pickle
import shutil
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

from workers.exporting.folder import name_tokenizer_for_all

# Splits that GGUF names but transformers does not rebuild: each digit stands alone.
DIGITS_ALONE = ("smollm",)
PICKLED = "pytorch_model*.bin"
KEPT = (".json", ".txt", ".model", ".jinja", ".py")  # what lies beside the weights
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
    if len(arguments) != 2:
        sys.stderr.write("Give a GGUF file or a folder of pickled weights, and a new folder.\n")
        return 2
    os.environ["HF_HUB_OFFLINE"] = "1"
    file, folder = Path(arguments[0]), Path(arguments[1])
    try:
        (convert_pickled if file.is_dir() else convert)(file, folder)
    except _WRONG as error:
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


def convert_pickled(place: Path, folder: Path) -> None:
    """The tensors of pytorch_model*.bin as safetensors, and the small files beside them.

    A pickle that asks for more than tensors is refused by torch, with UnpicklingError.
    """
    import torch
    from safetensors.torch import save_file

    files = sorted(place.glob(PICKLED))
    if not files:
        raise ValueError(f"there is no {PICKLED} in it")
    weights: dict[str, torch.Tensor] = {}
    for file in files:
        weights |= torch.load(file, map_location="cpu", weights_only=True)
    # Tied tensors share their memory, which safetensors cannot say: each gets its own.
    apart = {name: values.detach().clone().contiguous() for name, values in weights.items()}
    if folder.exists():
        raise ValueError(f"{folder} exists: name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as aside:
        made = Path(aside) / "model"
        made.mkdir()
        for file in place.iterdir():
            if file.suffix in KEPT and file.is_file() and not file.name.endswith(".index.json"):
                shutil.copyfile(file, made / file.name)
        save_file(apart, made / "model.safetensors", metadata={"format": "pt"})
        made.rename(folder)


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
