"""A DINOv2 tower out of an ONNX graph: the names of its tensors, and back to their own shapes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch

PREFIX = "backbone."
POSITIONS = "embeddings.position_embeddings"
MASK = "embeddings.mask_token"


def read_tower(file: Path) -> "dict[str, torch.Tensor]":
    """Tensors of a `Dinov2Model` by its own names; other parts of the graph are left out.

    An exporter keeps names for biases and norms only. A matrix is anonymous and transposed, and is
    called after the node that multiplies by it; the positions are those of the class token and of
    the patches, which stand apart. The mask token is not in a graph that only infers: it is zero.
    Raises ValueError where the graph holds no such tower.
    """
    import torch

    graph, arrays = _read_graph(file)
    found = {
        name.removeprefix(PREFIX): array
        for name, array in arrays.items()
        if name.startswith(PREFIX)
    }
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in arrays:
            name = node.name.removesuffix("/MatMul").strip("/").replace("/", ".")
            if name.startswith(PREFIX):
                found[f"{name.removeprefix(PREFIX)}.weight"] = arrays[node.input[1]].T
    width = found["embeddings.cls_token"].shape[-1]
    found[POSITIONS] = _positions(arrays, width)
    tensors = {name: torch.from_numpy(array.copy()) for name, array in found.items()}
    return tensors | {MASK: torch.zeros(1, width)}


def _positions(arrays: "dict[str, np.ndarray]", width: int) -> "np.ndarray":
    import numpy as np

    parts = sorted(
        (
            array
            for name, array in arrays.items()
            if not name.startswith((PREFIX, "decoder."))
            and array.ndim == 3
            and array.shape[0] == 1
            and array.shape[2] == width
        ),
        key=lambda array: array.shape[1],
    )
    if len(parts) != 2 or parts[0].shape[1] != 1:
        raise ValueError("the graph holds no position embeddings of a class token and patches")
    return np.concatenate(parts, axis=1)


def _read_graph(file: Path) -> "tuple[Any, dict[str, np.ndarray]]":
    import onnx
    from google.protobuf.message import DecodeError
    from onnx import numpy_helper

    try:
        graph = onnx.load(file, load_external_data=False).graph
    except DecodeError as error:
        raise ValueError("it is no ONNX file") from error
    return graph, {one.name: numpy_helper.to_array(one) for one in graph.initializer}
