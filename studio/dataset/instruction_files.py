"""Writes instruction data sets for other programs: alpaca, ShareGPT, OpenAI messages."""

import json
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from studio.dataset.instruction_rows import IMAGE_MARK
from studio.dataset.llama_factory import INFO
from studio.dataset.records import Format
from studio.errors import StudioError

FORMATS = (Format.ALPACA, Format.SHAREGPT, Format.MESSAGES)
REST = "samples"  # the file of what is in no split
IMAGES = "images"  # the folder of copied images, and the column that names them
GIVEN_KEY = re.compile(r"row-\d{6}(-\d+)?")  # made by an import, so it says nothing
COLUMNS: dict[Format, dict[str, str]] = {
    Format.ALPACA: {"prompt": "instruction", "query": "input", "response": "output"},
    Format.SHAREGPT: {"messages": "conversations", "system": "system"},
    Format.MESSAGES: {"messages": "messages"},
}
TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}


@dataclass(frozen=True)
class InstructionSample:
    """What is asked of a sample, and the right answer; an empty instruction is none.

    `image` is the file to copy, or the name that the copy has.
    """

    key: str
    instruction: str
    caption: str
    answer: str
    split: str = ""
    image: str = ""


def write_files(
    folder: Path, samples: Iterable[InstructionSample], format: Format, name: str
) -> dict[str, int]:
    """One file a split and a dataset_info.json, into a folder that is new or empty; the counts.

    All of it appears when it is whole; samples are written as they come, images are copied.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudioError(f"“{folder}” exists and is not empty.", "Choose another folder.")
    folder = folder.absolute()
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    aside.mkdir(parents=True)
    try:
        counts = _write_splits(aside, samples, format)
        has_images = (aside / IMAGES).is_dir()
        info = {_set_name(name, split): _entry(split, format, has_images) for split in counts}
        _write_text(aside / INFO, json.dumps(info, ensure_ascii=False, indent=2) + "\n")
        if folder.exists():
            folder.rmdir()
        aside.replace(folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return counts


def row_of(sample: InstructionSample, format: Format) -> dict[str, Any]:
    """A sample as one object of the format; in turns, the instruction is the system prompt."""
    own = {} if GIVEN_KEY.fullmatch(sample.key) else {"id": sample.key}
    seen_in = {IMAGES: [sample.image]} if sample.image else {}
    sample = replace(sample, caption=IMAGE_MARK + sample.caption) if sample.image else sample
    match format:
        case Format.SHAREGPT:
            turns = [
                {"from": "human", "value": sample.caption},
                {"from": "gpt", "value": sample.answer},
            ]
            return {**own, "conversations": turns, "system": sample.instruction, **seen_in}
        case Format.MESSAGES:
            parts = [
                ("system", sample.instruction),
                ("user", sample.caption),
                ("assistant", sample.answer),
            ]
            spoken = parts if sample.instruction else parts[1:]
            turns = [{"role": role, "content": text} for role, text in spoken]
            return {**own, "messages": turns, **seen_in}
        case _:
            asked, seen = sample.instruction, sample.caption
            if not asked:
                asked, seen = seen, ""
            said = {"instruction": asked, "input": seen, "output": sample.answer}
            return {**own, **said, **seen_in}


def _write_splits(
    folder: Path, samples: Iterable[InstructionSample], format: Format
) -> dict[str, int]:
    counts: dict[str, int] = {}
    files: dict[str, TextIO] = {}
    with ExitStack() as opened:
        for sample in samples:
            split = sample.split or REST
            if split not in files:
                path = folder / f"{split}.json"
                file = path.open("w", encoding="utf-8", newline="\n")
                files[split] = opened.enter_context(file)
                counts[split] = 0
            files[split].write(",\n" if counts[split] else "[\n")
            copied = _with_copy(folder, sample, sum(counts.values()))
            text = json.dumps(row_of(copied, format), ensure_ascii=False, indent=2)
            files[split].write("\n".join(f"  {line}" for line in text.split("\n")))
            counts[split] += 1
        for file in files.values():
            file.write("\n]\n")
    if not counts:
        raise StudioError(
            "There is no sample with a caption and an answer.", "Nothing was written."
        )
    return counts


def _with_copy(folder: Path, sample: InstructionSample, number: int) -> InstructionSample:
    """The sample with its image beside the rows, under a name of its own."""
    if not sample.image:
        return sample
    (folder / IMAGES).mkdir(exist_ok=True)
    name = f"{IMAGES}/{number:06d}{Path(sample.image).suffix.lower()}"
    shutil.copyfile(sample.image, folder / name)
    return replace(sample, image=name)


def _entry(split: str, format: Format, has_images: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"file_name": f"{split}.json"}
    if format is not Format.ALPACA:
        entry["formatting"] = "sharegpt"
    entry["columns"] = COLUMNS[format] | ({"images": IMAGES} if has_images else {})
    return entry | ({"tags": TAGS} if format is Format.MESSAGES else {})


def _set_name(name: str, split: str) -> str:
    """As LLaMA-Factory lists sets: without commas and spaces."""
    stem = re.sub(r"[\s,]+", "_", name) or "project"
    return stem if split == REST else f"{stem}_{split}"


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
