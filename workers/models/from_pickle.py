"""Pickled weights as safetensors: torch reads tensors alone, so nothing in the pickle runs."""

import shutil
import tempfile
from pathlib import Path

PICKLED = "pytorch_model*.bin"
KEPT = (".json", ".txt", ".model", ".jinja", ".py")  # what lies beside the weights


def write_safetensors(place: Path, folder: Path) -> None:
    """A new folder with the tensors of pytorch_model*.bin and the small files beside them.

    Raises pickle.UnpicklingError, by torch, when a pickle asks for more than tensors.
    """
    import torch
    from safetensors.torch import save_file

    files = sorted(place.glob(PICKLED))
    if not files:
        raise ValueError(f"there is no {PICKLED} in it")
    if folder.exists():
        raise ValueError(f"{folder} exists: name a new folder")
    weights: dict[str, torch.Tensor] = {}
    for file in files:
        weights |= torch.load(file, map_location="cpu", weights_only=True)
    # Tied tensors share their memory, which safetensors cannot say: each gets its own.
    apart = {name: values.detach().clone().contiguous() for name, values in weights.items()}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as aside:
        made = Path(aside) / "model"
        made.mkdir()
        for file in place.iterdir():
            if file.suffix in KEPT and file.is_file() and not file.name.endswith(".index.json"):
                shutil.copyfile(file, made / file.name)
        save_file(apart, made / "model.safetensors", metadata={"format": "pt"})
        made.rename(folder)
