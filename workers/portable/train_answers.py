"""Train a language model as recipe.json says, on the data beside it; the adapter goes into out.

Run: python train.py. Needs torch, transformers and peft, and bitsandbytes for quantised weights.
The order of samples, the targets, the loss and the schedule are those of the run that was
exported. BASE_MODEL may name a folder of the base model, START_ADAPTER an adapter to go on from.
"""

import json
import math
import os
import random
import re
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

HERE = Path(__file__).resolve().parent
IGNORED = -100
STRETCH = 128  # batches within which samples of like length are put together
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Sample:
    """Token ids of prompt, answer and end, and the targets."""

    ids: list[int]
    targets: list[int]


def main() -> int:
    """Train all epochs; losses go to standard output and into out/losses.json."""
    recipe = json.loads((HERE / "recipe.json").read_text(encoding="utf-8"))
    options, out = recipe["options"], HERE / "out"
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if options["threads"]:
        torch.set_num_threads(options["threads"])
    tokenizer, model = load(recipe, device)
    train, validation = (encode(recipe, tokenizer, model, name) for name in ("train", "validation"))
    seed_everything(options["seed"])
    model = prepare(model, options)
    if start := os.environ.get("START_ADAPTER"):
        continue_from(model, Path(start))
    optimizer = make_optimizer(model, options["optimizer"])
    seed_everything(options["seed"])
    pad = tokenizer.pad_token_id
    losses: list[dict[str, float]] = []
    lowest, waited = math.inf, 0
    for epoch in range(options["epochs"]):
        trained = train_epoch(model, optimizer, train, options, epoch, pad)
        measured = measure(model, validation, options, pad) if validation else trained
        losses.append({"epoch": epoch + 1, "train": trained, "validation": measured})
        say(f"epoch {epoch + 1}: train {trained:.4f}, validation {measured:.4f}")
        waited = 0 if measured < lowest else waited + 1
        if measured < lowest:
            lowest = measured
            model.save_pretrained(out)
        if 0 < options["evaluation"]["early_stop_epochs"] <= waited:
            break
    tokenizer.save_pretrained(out)
    (out / "losses.json").write_text(json.dumps(losses, indent=1) + "\n")
    return 0


def load(recipe: dict[str, Any], device: str) -> tuple[Any, Any]:
    """The tokenizer and the base model, quantised if the run was."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options = recipe["options"]
    own = os.environ.get("BASE_MODEL")
    place = own or recipe["base_model"]
    wanted: dict[str, Any] = {} if own else {"revision": recipe["revision"] or None}
    tokenizer: Any = AutoTokenizer.from_pretrained(place, **wanted)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    frozen = options["method"] == "lora"
    wanted["dtype"] = DTYPES[options["precision"]] if frozen else torch.float32
    if device == "cpu" and wanted["dtype"] == torch.float16:
        wanted["dtype"] = torch.bfloat16
    if options["quantisation"]["kind"] == "none":
        plain: Any = AutoModelForCausalLM.from_pretrained(place, **wanted)
        return tokenizer, plain.to(device)
    from peft import prepare_model_for_kbit_training

    wanted |= {"quantization_config": quantisation(options), "device_map": {"": device}}
    model = AutoModelForCausalLM.from_pretrained(place, **wanted)
    module: Any
    for module in model.modules():  # the bf16 kernels of processors have no gradient
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    return tokenizer, prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)


def quantisation(options: dict[str, Any]) -> Any:
    """Frozen weights in eight bits, or in NF4."""
    from transformers import BitsAndBytesConfig

    kept = ["lm_head", "embed_out", "output_layer"]
    if options["quantisation"]["kind"] == "8-bit":
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=kept)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=options["quantisation"]["double"],
        bnb_4bit_compute_dtype=(
            torch.float32 if options["precision"] == "fp32" else torch.bfloat16
        ),
        llm_int8_skip_modules=kept,
    )


def prepare(model: Any, options: dict[str, Any]) -> Any:
    """LoRA, chosen modules, or every weight; all others are frozen."""
    if options["method"] == "lora":
        model = add_lora(model, options["adapter"])
    elif options["method"] == "freeze":
        wanted = [one for name in options["freeze"]["trainable"] for one in layers_of(name)]
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(any(f".{one.strip('.')}." in f".{name}." for one in wanted))
    if options["gradient_checkpointing"]:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        model.enable_input_require_grads()
    return model.train()


def add_lora(model: Any, adapter: dict[str, Any]) -> Any:
    """The adapter beside the frozen weights."""
    from peft import LoraConfig, get_peft_model

    targets = list(adapter["targets"]) or None
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=adapter["rank"],
        lora_alpha=adapter["alpha"],
        lora_dropout=adapter["dropout"],
        bias=adapter["bias"],
        use_rslora=adapter["rank_stabilised"],
        use_dora=adapter["decomposed"],
        target_modules="all-linear" if "all-linear" in adapter["targets"] else targets,
        modules_to_save=list(adapter["modules_to_save"]) or None,
    )
    return get_peft_model(model, config)


def layers_of(name: str) -> list[str]:
    """The layers of a range: layers.20-23 is layers.20 to layers.23."""
    match = re.fullmatch(r"(.*)\.(\d+)-(\d+)", name)
    if match is None:
        return [name]
    return [f"{match[1]}.{number}" for number in range(int(match[2]), int(match[3]) + 1)]


def continue_from(model: Any, adapter: Path) -> None:
    """Begin with the weights of another adapter of the same shape."""
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    set_peft_model_state_dict(model, load_file(adapter / "adapter_model.safetensors"))


def encode(recipe: dict[str, Any], tokenizer: Any, model: Any, split: str) -> list[Sample]:
    """The samples of a split: prompt and answer within the window."""
    place = HERE / f"{split}.json"
    rows = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else []
    options, end = recipe["options"], end_token(model.config, tokenizer)
    longest = getattr(model.config, "max_position_embeddings", None) or 1_000_000
    window = min(options["max_length"], longest)
    labels = [len(words_to_ids(tokenizer, one)) + 1 for one in recipe["labels"]]
    found = []
    for row in rows:
        answer = words_to_ids(tokenizer, row["output"])
        room = window - max(len(answer) + 1, *labels, 0)
        prompt = prompt_ids(recipe, tokenizer, row, room)
        ids = [*prompt, *answer, end][:window]
        last_too = options["prompt"]["masking"] == "reference"
        masked = min(max(len(prompt) - last_too, 1), len(ids))
        found.append(Sample(ids, [IGNORED] * masked + ids[masked:]))
    return found


def prompt_ids(recipe: dict[str, Any], tokenizer: Any, row: dict[str, str], room: int) -> list[int]:
    """The prompt's tokens; the caption loses tokens at its end where there is no room."""
    template, caption = recipe["template"], row["input"]
    before, after = words_around(template, tokenizer, row["instruction"], bool(caption))
    special = template["bos"] == "tokenizer"
    bos: Any = tokenizer.bos_token_id
    first: list[int] = [bos] if template["bos"] == "always" and bos is not None else []
    made = tokenizer(
        before + caption + after, add_special_tokens=special, return_offsets_mapping=True
    )
    over = len(first) + len(made["input_ids"]) - room
    if over <= 0 or recipe["options"]["prompt"]["cut"] != "caption":
        return first + made["input_ids"]
    places = made["offset_mapping"]
    edges = (len(before), len(before) + len(caption))
    inside = [i for i, (a, b) in enumerate(places) if edges[0] <= a < b <= edges[1]]
    left = max(len(inside) - over, 0)
    while 0 < left < len(inside) and places[inside[left - 1]][1] > places[inside[left]][0]:
        left -= 1  # half a letter is none
    dropped = set(inside[left:])
    return first + [token for i, token in enumerate(made["input_ids"]) if i not in dropped]


def words_around(
    template: dict[str, str], tokenizer: Any, instruction: str, has_caption: bool
) -> tuple[str, str]:
    """What stands before and after the caption."""
    if template["text"]:
        before, _, after = template["text"].partition("{caption}")
        return (before.replace("{instruction}", instruction),
                after.replace("{instruction}", instruction))  # fmt: skip
    place = "\ue0c5"
    system = template["system"]
    turns = [{"role": "system", "content": system}] if system else []
    words = f"{instruction}\n{place}" if instruction and has_caption else instruction + place
    turns.append({"role": "user", "content": words})
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    before, _, after = text.rpartition(place)
    return before, after


def words_to_ids(tokenizer: Any, words: str) -> list[int]:
    """Tokens of words alone."""
    return tokenizer(words, add_special_tokens=False)["input_ids"]


def end_token(config: Any, tokenizer: Any) -> int:
    """The token that ends an answer."""
    ends: Any = getattr(config, "eos_token_id", None)
    own: Any = tokenizer.eos_token_id
    if isinstance(ends, list):
        return own if own in ends else ends[0]
    return own if ends is None else ends


def epoch_batches(samples: list[Sample], options: dict[str, Any], epoch: int) -> list[list[Sample]]:
    """The micro-batches of an epoch, in the order of the run."""
    size = options["micro_batch_size"]
    chance = random.Random(f"{options['seed']}/{epoch}")
    order = list(range(len(samples)))
    chance.shuffle(order)
    stretch = size * STRETCH if options["length_bucketed"] else max(1, len(order))
    batches = []
    for start in range(0, len(order), stretch):
        part = order[start : start + stretch]
        if options["length_bucketed"]:
            part = sorted(part, key=lambda index: len(samples[index].ids))
        batches += [part[at : at + size] for at in range(0, len(part), size)]
    if options["length_bucketed"]:
        chance.shuffle(batches)
    return [[samples[index] for index in batch] for batch in batches]


def train_epoch(
    model: Any,
    optimizer: Any,
    samples: list[Sample],
    options: dict[str, Any],
    epoch: int,
    pad: int,
) -> float:
    """One pass over the train split; the mean loss of its steps."""
    batches = epoch_batches(samples, options, epoch)
    size = options["accumulation"]
    groups = [batches[start : start + size] for start in range(0, len(batches), size)]
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    losses = []
    for number, group in enumerate(groups):
        count = sum(target_count(sample) for batch in group for sample in batch)
        total = 0.0
        for batch in group:
            loss = loss_of(model, batch, options, pad) / max(1, count)
            loss.backward()
            total += float(loss.detach())
        longest = options["optimizer"]["clip_norm"]
        if longest > 0:
            torch.nn.utils.clip_grad_norm_(trained, longest)
        rate = learning_rate(epoch * len(groups) + number, len(groups), options)
        for part in optimizer.param_groups:
            part["lr"] = rate
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(total)
    return sum(losses) / max(1, len(losses))


def measure(model: Any, samples: list[Sample], options: dict[str, Any], pad: int) -> float:
    """The mean loss of a target without dropout."""
    model.eval()
    size, total = options["micro_batch_size"], 0.0
    with torch.inference_mode():
        for start in range(0, len(samples), size):
            batch = samples[start : start + size]
            total += float(loss_of(model, batch, options | {"packed": False}, pad))
    model.train()
    return total / max(1, sum(target_count(sample) for sample in samples))


def loss_of(model: Any, batch: list[Sample], options: dict[str, Any], pad: int) -> torch.Tensor:
    """The summed cross-entropy of a micro-batch's targets."""
    device = next(model.parameters()).device
    if options["packed"]:
        inputs, targets = packed(batch)
    else:
        inputs, targets = padded(batch, pad)
    inputs = {name: values.to(device) for name, values in inputs.items()}
    with precision(options, device.type):
        logits = model(**inputs, use_cache=False).logits
    following = targets[:, 1:].to(device)
    return cross_entropy(
        logits[:, :-1].float().flatten(0, 1),
        following.flatten(),
        ignore_index=IGNORED,
        reduction="sum",
    )


def padded(batch: list[Sample], pad: int) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Rows of one length, filled on the right."""
    longest = max(len(sample.ids) for sample in batch)
    ids = [sample.ids + [pad] * (longest - len(sample.ids)) for sample in batch]
    mask = [[1] * len(sample.ids) + [0] * (longest - len(sample.ids)) for sample in batch]
    targets = [sample.targets + [IGNORED] * (longest - len(sample.ids)) for sample in batch]
    inputs = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}
    return inputs, torch.tensor(targets)


def packed(batch: list[Sample]) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """One row; positions that start again keep the samples apart, where there is no mask."""
    ids = [token for sample in batch for token in sample.ids]
    places = [place for sample in batch for place in range(len(sample.ids))]
    targets = [token for sample in batch for token in sample.targets]
    inputs = {"input_ids": torch.tensor([ids]), "position_ids": torch.tensor([places])}
    return inputs, torch.tensor([targets])


def target_count(sample: Sample) -> int:
    """Tokens that are learnt; the first token never is."""
    return sum(target != IGNORED for target in sample.targets[1:])


def precision(options: dict[str, Any], device: str) -> Any:
    """Autocast, unless everything is computed in single precision."""
    if options["precision"] == "fp32":
        return nullcontext()
    half = options["precision"] == "fp16" and device == "cuda"
    return torch.autocast(device, torch.float16 if half else torch.bfloat16)


def make_optimizer(model: Any, chosen: dict[str, Any]) -> Any:
    """AdamW; biases and norms do not decay."""
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [weight for weight in trained if weight.ndim > 1]},
        {"params": [weight for weight in trained if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    settings = {"lr": chosen["learning_rate"], "weight_decay": chosen["weight_decay"]}
    if chosen["kind"] == "adamw":
        return torch.optim.AdamW(groups, fused=True, **settings)
    from bitsandbytes.optim.adamw import AdamW8bit, PagedAdamW8bit

    kind = PagedAdamW8bit if chosen["kind"].startswith("paged") else AdamW8bit
    return kind(groups, **settings)


def learning_rate(step: int, steps_per_epoch: int, options: dict[str, Any]) -> float:
    """A climb, then constant or down to zero."""
    peak, schedule = options["optimizer"]["learning_rate"], options["schedule"]
    total = steps_per_epoch * options["epochs"]
    warmup = round(schedule["warmup_share"] * total)
    if step < warmup:
        return peak * (step + 1) / warmup
    share = (step - warmup) / max(1, total - warmup)
    shapes = {"constant": 1.0, "linear": 1 - share, "cosine": 0.5 + 0.5 * math.cos(math.pi * share)}
    return peak * shapes[schedule["kind"]]


def seed_everything(seed: int) -> None:
    """Start every random generator anew."""
    random.seed(seed)
    torch.manual_seed(seed)


def say(words: str) -> None:
    """A line on standard output."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
