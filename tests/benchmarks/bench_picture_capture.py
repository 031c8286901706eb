"""Attention over a picture for three classes of vision-language models: memory, size, exactness.

Random weights with peaked attention, grouped-query heads, some 600 to 800 image tokens and a
caption of 20 tokens. Each way runs in a process of its own after the model is loaded: plain
generation of a caption; the capture of base and tuned model with their rollouts, to the bytes of
the map file; and eager attention of one model, which keeps every row. Freed memory goes back at
once, so that a peak is what lived at one time and not what the allocator held in reserve.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from studio.attention.maps import AttentionMap, read_map
from tests.benchmarks.bench_language_attention import MIB, forget_peak, peak
from tests.workers.seeing import tiny_families
from tests.workers.seeing.family_models import family_job, load_family
from workers.attend import capture_sample
from workers.contract.snapshot import SnapshotSample
from workers.maps import answers
from workers.maps.reader import Reader
from workers.maps.seen import Eye
from workers.models import adapters
from workers.models.bare import bare_model
from workers.models.sight import with_token_types

FAMILIES = ("llava", "internvl", "qwen2.5-vl")
NO_RESERVE = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
WAYS = ("generate", "capture", "eager")
MOST_MEMORY, LEAST_SMALLER, MOST_DIFFERENCE = 1.15, 100, 5e-4
WIDTH, LAYERS, HEADS, SHARED = 512, 10, 8, 2
WORDS = 20
PICTURE = (960, 480)
PEAKED = 12.0  # times the queries: even attention would compress too well and hide a mistake
SIDES = {"llava": 336, "internvl": 448, "qwen2.5-vl": 56}


def main() -> int:
    """Print the figures; 1 when one of them misses what is wanted."""
    missed = False
    with tempfile.TemporaryDirectory(prefix="traffic-studio-bench-") as folder:
        for name in FAMILIES:
            place = Path(folder) / name
            write_model(place, name)
            missed |= not tell(name, {way: measure(way, place) for way in (*WAYS, "compare")})
    return 1 if missed else 0


def tell(name: str, found: dict[str, dict[str, float]]) -> bool:
    """Whether all that is wanted was reached."""
    one = found["compare"]
    print(
        f"{name}: {LAYERS} layers of {WIDTH}, {HEADS} heads on {SHARED} keys, "
        f"{one['tokens']:.0f} tokens, {one['image']:.0f} of the picture, "
        f"{one['rows']:.0f} rows kept"
    )
    for way in WAYS:
        told = found[way]
        print(
            f"  {way:<9} peak {told['peak'] / MIB:6,.0f} MiB, above the loaded model "
            f"{(told['peak'] - told['loaded']) / MIB:5,.0f} MiB, {told['seconds']:5.1f} s"
        )
    memory = found["capture"]["peak"] / found["generate"]["peak"]
    above = [found[way]["peak"] - found[way]["loaded"] for way in ("capture", "generate")]
    eager = found["eager"]["stored"]
    smaller = eager / (one["file"] / 2)
    print(
        f"  peak of capture / generation {memory:.2f} (wanted <= {MOST_MEMORY}), "
        f"above the model {above[0] / above[1]:.2f}, "
        f"of eager / generation {found['eager']['peak'] / found['generate']['peak']:.2f}"
    )
    print(
        f"  stored: eager of one model {eager / MIB:.0f} MiB; map of base and tuned "
        f"{one['file'] / MIB:.2f} MiB, 1/{smaller:.0f} a model (wanted 1/{LEAST_SMALLER}), "
        f"both against one 1/{eager / one['file']:.0f}"
    )
    print(
        f"  difference to eager, read back {one['difference']:.1e} (wanted <= {MOST_DIFFERENCE}), "
        f"of rollouts {one['rollout']:.1e}"
    )
    return (
        memory <= MOST_MEMORY
        and smaller >= LEAST_SMALLER
        and max(one["difference"], one["rollout"]) <= MOST_DIFFERENCE
    )


def measure(way: str, place: Path) -> dict[str, float]:
    """One way in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_picture_capture", way, str(place)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | NO_RESERVE,
    )
    return json.loads(done.stdout.splitlines()[-1])


def write_model(place: Path, name: str) -> None:
    """A random model of the family, larger than those of the tests, and a picture beside it."""
    from transformers import AutoModelForImageTextToText
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    tokenizer = tiny_families.write_family_tokenizer(place, name)
    values = tiny_families.config_of(name, 4, WIDTH, vocabulary=len(tokenizer)).to_dict()
    text = values["text_config"]
    text |= {
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": SHARED,
        "head_dim": WIDTH // HEADS,
        "max_position_embeddings": 4096,
        "layer_types": None,
    }
    if name == "qwen2.5-vl":
        text["rope_parameters"]["mrope_section"] = [8, 12, 12]
    else:
        values["vision_config"]["image_size"] = SIDES[name]
    config = CONFIG_MAPPING[values["model_type"]].from_dict(values)
    config.image_token_id = tokenizer.convert_tokens_to_ids(tiny_families.image_token(name))
    torch.manual_seed(0)
    model = AutoModelForImageTextToText.from_config(config)
    with torch.no_grad():
        for part, weights in model.named_parameters():
            if "vis" not in part and part.endswith("q_proj.weight"):
                weights.mul_(PEAKED)
    model.save_pretrained(place)
    (place / "preprocessor_config.json").write_text(json.dumps(processor(name)))
    noise = np.random.default_rng(0).integers(0, 255, (12, 24, 3), dtype=np.uint8)
    Image.fromarray(noise).resize(PICTURE, Image.Resampling.BICUBIC).save(place / "scene.png")


def processor(name: str) -> dict[str, Any]:
    """As the family's own, for the larger tower."""
    side = SIDES[name]
    values = tiny_families.processor_of(name)
    if name == "llava":
        return values | {
            "size": {"shortest_edge": side},
            "crop_size": {"height": side, "width": side},
        }
    if name == "internvl":
        return values | {"size": {"height": side, "width": side}, "min_patches": 1}
    return values | {"max_pixels": 28 * 28 * 800}


def perform(way: str, place: Path) -> dict[str, float]:
    """What a fresh process does: load, forget the peak of loading, work, tell the new peak."""
    torch.set_num_threads(1)
    changes = {"max_length": 4096, "adapter__rank": 8, "vision__tiles": 4}
    model, tokenizer, sight = load_family(place, **changes)
    job = family_job(place, **changes)
    tuned = adapters.prepare(model, job.options).eval()
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in tuned.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * 0.02)
            parameter.sum()  # so that it is in memory, and not only promised by its file
    reader = Reader(tuned, tokenizer, job, 1, "", Eye(sight, place))
    loaded = forget_peak()
    began = time.perf_counter()
    told = {"generate": generate, "capture": capture, "eager": eager, "compare": compare}[way](
        reader
    )
    return told | {"loaded": loaded, "peak": peak(), "seconds": time.perf_counter() - began}


def scene(place: Path) -> SnapshotSample:
    """The picture with a caption of 20 words that the tokenizer knows."""
    path = place / "scene.png"
    return SnapshotSample(
        id=0,
        key="scene",
        text=" ".join(["rain"] * WORDS),
        split="validation",
        image=path.name,
        image_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        image_width=PICTURE[0],
        image_height=PICTURE[1],
    )


def generate(reader: Reader) -> dict[str, float]:
    """The picture read, and a caption token by token with a cache, as anyone generates."""
    written = write(reader)
    model: Any = bare_model(reader.model)
    prompt = torch.tensor([written.ids[: written.rows[0]]])
    inputs = with_token_types(model, {"input_ids": prompt, **written.inputs})
    with torch.inference_mode():
        model.generate(
            **inputs,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=len(written.rows),
            min_new_tokens=len(written.rows),
            do_sample=False,
        )
    return {}


def write(reader: Reader) -> answers.Written:
    """The picture and the caption as the model gets them."""
    assert reader.eye is not None
    return answers.write(reader, scene(reader.eye.folder))


def capture(reader: Reader) -> dict[str, float]:
    """The whole map of base and tuned model, to the bytes of its file."""
    assert reader.eye is not None
    return {"stored": len(capture_sample(reader, scene(reader.eye.folder)))}


def eager(reader: Reader) -> dict[str, float]:
    """Every row of every head of one model, as output_attentions gives them."""
    maps = every_row(reader, write(reader))
    return {"stored": sum(one.numel() * one.element_size() for one in maps)}


def every_row(reader: Reader, written: answers.Written) -> list[torch.Tensor]:
    """Attention of the tuned model by the textbook path."""
    model: Any = bare_model(reader.model)
    model.set_attn_implementation("eager")
    ids = torch.tensor([written.ids])
    inputs = with_token_types(model, {"input_ids": ids, **written.inputs})
    with torch.inference_mode():
        return list(model(**inputs, output_attentions=True, use_cache=False).attentions)


def compare(reader: Reader) -> dict[str, float]:
    """The largest difference of a share after a round trip through the file, and its size."""
    assert reader.eye is not None
    written = write(reader)
    content = capture_sample(reader, scene(reader.eye.folder))
    found: AttentionMap = read_map(content)
    deciding = [row - 1 for row in written.rows]
    layers = every_row(reader, written)
    expected = torch.cat(layers)[:, :, deciding].numpy()
    reached = np.eye(len(written.ids))
    for layer in layers:
        mixed = 0.5 * layer[0].double().mean(dim=0).numpy() + 0.5 * np.eye(len(written.ids))
        reached = mixed / mixed.sum(axis=-1, keepdims=True) @ reached
    rollout = found.tuned_rollout
    assert rollout is not None
    return {
        "difference": float(np.abs(found.tuned.astype(np.float32) - expected).max()),
        "rollout": float(np.abs(rollout - reached[deciding]).max()),
        "file": len(content),
        "tokens": len(written.ids),
        "image": len(found.provenance.image),
        "rows": len(deciding),
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(perform(sys.argv[1], Path(sys.argv[2]))))
        sys.exit(0)
    sys.exit(main())
