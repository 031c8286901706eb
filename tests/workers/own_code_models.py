"""Tiny models that bring their own code, which leaves a canary when it is imported."""

import json
import shutil
from pathlib import Path

# What a config.json says of a model of next to no size.
SHAPE = {
    "vocab_size": 24,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
}
_CONFIG = '''
"""A config of its own."""
from pathlib import Path
from transformers import {native}Config

Path({canary!r}).touch()


class SiskinConfig({native}Config):
    model_type = "siskin"
'''
_MODEL = '''
"""Models of its own."""
from transformers import {models}
from .parts.configuration_siskin import SiskinConfig

'''
_CLASS = """
class Siskin{name}({native}):
    config_class = SiskinConfig

"""


def write_own_code(model: Path, place: Path, canary: Path, kind: str = "Bert") -> Path:
    """A copy of a tiny Bert or Llama that takes its classes from files of its own."""
    shutil.copytree(model, place)
    names = {
        "Bert": {
            "AutoModel": "Model",
            "AutoModelForSequenceClassification": "ForSequenceClassification",
        },
        "Llama": {"AutoModelForCausalLM": "ForCausalLM"},
    }[kind]
    natives = [f"{kind}{name}" for name in names.values()]
    text = _MODEL.format(models=", ".join(natives))
    text += "".join(_CLASS.format(name=name, native=f"{kind}{name}") for name in names.values())
    (place / "modeling_siskin.py").write_text(text)
    (place / "parts").mkdir()
    written = _CONFIG.format(native=kind, canary=str(canary))
    (place / "parts" / "configuration_siskin.py").write_text(written)
    classes = {auto: f"modeling_siskin.Siskin{name}" for auto, name in names.items()}
    classes["AutoConfig"] = "parts.configuration_siskin.SiskinConfig"
    change_record(place / "config.json", model_type="siskin", auto_map=classes)
    return place


def change_record(path: Path, **values) -> None:
    """Set some values of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
