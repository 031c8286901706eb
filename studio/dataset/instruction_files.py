"""Writes instruction data sets for other programs: alpaca, ShareGPT, OpenAI messages."""

import json
import os
import re
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from studio.dataset.llama_factory import INFO
from studio.dataset.records import Format
from studio.errors import StudioError

FORMATS = (Format.ALPACA, Format.SHAREGPT, Format.MESSAGES)
REST = "samples"  # the file of what is in no split
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
    """What is asked of a sample, and the right answer; an empty instruction is none."""

    key: str
    instruction: str
    caption: str
    answer: str
    split: str = ""


def write_files(
    folder: Path, samples: Iterable[InstructionSample], format: Format, name: str
) -> dict[str, int]:
    """One file a split and a dataset_info.json, into a folder that is new or empty; the counts.

    All of it appears when it is whole; samples are written as they come.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudioError(f"“{folder}” exists and is not empty.", "Choose another folder.")
    folder = folder.absolute()
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    aside.mkdir(parents=True)
    try:
        counts = _write_splits(aside, samples, format)
        info = {_set_name(name, split): _entry(split, format) for split in counts}
        _write_text(aside / INFO, json.dumps(info, ensure_ascii=False, indent=2) + "\n")
        if folder.exists():
            folder.rmdir()
        aside.replace(folder)
    except BaseException:
        for file in aside.iterdir():
            file.unlink()
        aside.rmdir()
        raise
    return counts


def row_of(sample: InstructionSample, format: Format) -> dict[str, Any]:
    """A sample as one object of the format; in turns, the instruction is the system prompt."""
    own = {} if GIVEN_KEY.fullmatch(sample.key) else {"id": sample.key}
    match format:
        case Format.SHAREGPT:
            turns = [
                {"from": "human", "value": sample.caption},
                {"from": "gpt", "value": sample.answer},
            ]
            return {**own, "conversations": turns, "system": sample.instruction}
        case Format.MESSAGES:
            said = [
                ("system", sample.instruction),
                ("user", sample.caption),
                ("assistant", sample.answer),
            ]
            spoken = said if sample.instruction else said[1:]
            return {**own, "messages": [{"role": role, "content": text} for role, text in spoken]}
        case _:
            asked, seen = sample.instruction, sample.caption
            if not asked:
                asked, seen = seen, ""
            return {**own, "instruction": asked, "input": seen, "output": sample.answer}


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
            text = json.dumps(row_of(sample, format), ensure_ascii=False, indent=2)
            files[split].write("\n".join(f"  {line}" for line in text.split("\n")))
            counts[split] += 1
        for file in files.values():
            file.write("\n]\n")
    if not counts:
        raise StudioError(
            "There is no sample with a caption and an answer.", "Nothing was written."
        )
    return counts


def _entry(split: str, format: Format) -> dict[str, Any]:
    entry: dict[str, Any] = {"file_name": f"{split}.json"}
    if format is not Format.ALPACA:
        entry["formatting"] = "sharegpt"
    entry["columns"] = COLUMNS[format]
    return entry | ({"tags": TAGS} if format is Format.MESSAGES else {})


def _set_name(name: str, split: str) -> str:
    """As LLaMA-Factory lists sets: without commas and spaces."""
    stem = re.sub(r"[\s,]+", "_", name) or "project"
    return stem if split == REST else f"{stem}_{split}"


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
