"""Words for a run that ended without any of its own."""

from pathlib import Path

from studio.runs.run_record import RunRecord
from studio.runs.state import RunState
from workers.contract import folder as run_folder

LOG_TAIL_BYTES = 8192


def words_for(folder: Path, record: RunRecord, state: RunState) -> str:
    """What to say of a run whose state was decided without its word; empty when it spoke."""
    if state == RunState.LOST:
        return " ".join(
            part for part in (_ended(record), _last_log_line(folder), _kept(folder, record)) if part
        )
    if state == RunState.STOPPED and record.last_word.value != "stopped":
        return f"Ended at step {record.step:,} because it did not answer. {_kept(folder, record)}"
    return ""


def _ended(record: RunRecord) -> str:
    if record.step:
        return f"{record.name} ended without a word at step {record.step:,}."
    return f"{record.name} ended without a word before its first step."


def _kept(folder: Path, record: RunRecord) -> str:
    steps = run_folder.checkpoint_steps(folder)
    if not steps:
        return "No checkpoint was saved."
    repeats = max(0, record.step - steps[-1])
    return f"Checkpoint: step {steps[-1]:,}; resuming repeats {repeats} steps."


def _last_log_line(folder: Path) -> str:
    """The last line of the log when it looks like the end of a traceback."""
    try:
        with (folder / run_folder.LOG).open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - LOG_TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except FileNotFoundError:
        return ""
    spoke = bool(lines) and any(line.startswith("Traceback") for line in lines)
    return f"Its log ends with “{lines[-1][:200]}”." if spoke else ""
