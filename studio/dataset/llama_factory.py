"""The data sets that a dataset_info.json of LLaMA-Factory describes, each with its mapping."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from studio.dataset.records import Conversation, Format, Mapping
from studio.dataset.table_rows import SPLITS
from studio.dataset.walk import inside
from studio.errors import StudioError

INFO = "dataset_info.json"
LARGEST_INFO = 8 * 2**20
READABLE = (".json", ".jsonl", ".ndjson", ".csv")
ELSEWHERE = ("hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name")
TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "observation_tag": "observation",
    "function_tag": "function",
    "system_tag": "system",
}


@dataclass(frozen=True)
class DataSet:
    """One entry; `problem` says why it cannot be imported."""

    name: str
    file: Path
    format: Format
    mapping: Mapping
    problem: str = ""


def info_of(path: Path) -> Path | None:
    """The dataset_info.json that a file or folder is or holds."""
    if path.is_dir():
        return path / INFO if (path / INFO).is_file() else None
    return path if path.name == INFO else None


def read_sets(info: Path) -> list[DataSet]:
    """Every entry in its order; StudioError when the file describes none."""
    try:
        if info.stat().st_size > LARGEST_INFO:
            raise StudioError(f"{info.name} is larger than {LARGEST_INFO // 2**20} MB.")
        held = json.loads(info.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise StudioError(f"{info.name} cannot be read: {error}.") from error
    if not isinstance(held, dict) or not held:
        raise StudioError(f"{info.name} describes no data set.")
    entries = cast("dict[str, Any]", held)
    return [_data_set(info.parent, name, entry) for name, entry in entries.items()]


def choose(sets: list[DataSet], name: str) -> DataSet:
    """The set of that name, or the first that can be imported; StudioError says why not."""
    usable = [one for one in sets if not one.problem]
    if not name:
        if not usable:
            first = sets[0]
            raise StudioError(f"No data set can be imported: {first.name} {first.problem}.")
        return usable[0]
    found = next((one for one in sets if one.name == name), None)
    known = ", ".join(one.name for one in usable)
    if found is None:
        raise StudioError(f"There is no data set “{name}”.", f"There are: {known}.")
    if found.problem:
        raise StudioError(f"{name} {found.problem}.", f"There are: {known}." if known else "")
    return found


def _data_set(folder: Path, name: str, entry: Any) -> DataSet:
    values = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    columns, tags = _texts(values.get("columns")), _texts(values.get("tags"))
    formatting = values.get("formatting", "alpaca")
    file, problem = _file(folder, values)
    mapping = _mapping(columns, tags, formatting == "sharegpt", bool(values.get("ranking")))
    number = values.get("num_samples")
    most = number if isinstance(number, int) and number > 0 else 0
    last = name.rsplit("_", 1)[-1].lower()
    mapping = replace(
        mapping, most_rows=most, into_split=SPLITS.get(last, ""), image_root=folder.resolve()
    )
    format = Format.ALPACA
    if formatting == "sharegpt":
        is_openai = mapping.conversation is not None and mapping.conversation.role == "role"
        format = Format.MESSAGES if is_openai else Format.SHAREGPT
    elif formatting != "alpaca" and not problem:
        problem = f"has an unknown formatting: {formatting}"
    elif "prompt" in columns and "response" not in columns and columns["prompt"] == "text":
        problem = problem or "holds plain text without answers"
    return DataSet(name, file, format, mapping, problem)


def _mapping(
    columns: dict[str, str], tags: dict[str, str], has_turns: bool, is_ranking: bool
) -> Mapping:
    media = tuple(columns[name] for name in ("videos", "audios") if name in columns)
    common = Mapping(
        image=columns.get("images", ""),
        system=columns.get("system", ""),
        good=columns.get("kto_tag", ""),
        tools=(columns["tools"],) if "tools" in columns else (),
        other_media=media,
        key="id",
    )
    answer = columns.get("chosen", "chosen") if is_ranking else columns.get("response", "")
    if has_turns:
        words = {ours: tags[theirs] for theirs, ours in TAGS.items() if theirs in tags}
        turns = Conversation(messages=columns.get("messages", "conversations"), **words)
        own = answer if is_ranking else ""
        return replace(common, conversation=turns, answer=own)
    return replace(
        common,
        instruction=columns.get("prompt", "instruction"),
        text=columns.get("query", "input"),
        answer=answer or "output",
        history=columns.get("history", ""),
    )


def _file(folder: Path, values: dict[str, Any]) -> tuple[Path, str]:
    """Where an entry's rows lie, and why they cannot be read."""
    if any(values.get(name) for name in ELSEWHERE):
        return folder, "is not a local file"
    name = values.get("file_name")
    if not isinstance(name, str) or not name or "\0" in name:
        return folder, "names no file"
    file = inside(folder, name)
    if file is None:
        return folder, "lies outside the folder"
    if not file.is_file():
        return file, f"is missing: there is no {name}"
    if file.suffix.lower() not in READABLE:
        return file, f"is a {file.suffix or 'file of no type'}, which cannot be read"
    return file, ""


def _texts(value: Any) -> dict[str, str]:
    held = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return {name: text for name, text in held.items() if isinstance(text, str) and text}
