"""What the band says of a run that failed, paused itself or vanished, and what it offers."""

from studio.ui.runs.reading import RunDetail
from studio.ui.runs.trouble_band import Trouble
from workers.contract.options import all_options

# The option that most likely is responsible, by the reason that a worker gives.
RESPONSIBLE = {
    "out_of_memory": "micro_batch_size",
    "model_not_found": "base_model",
    "model_not_supported": "base_model",
    "model_not_trusted": "base_model",
    "nothing_trains": "method",
    "diverged": "optimizer.learning_rate",
    "disk_full": "checkpoints.every_epochs",
}
HINTS = {
    "out_of_memory": "Smaller micro-batches with more accumulation give the same result per step.",
    "model_not_found": "Get it on the Recipe page, or choose a folder that has its weights.",
    "model_not_supported": "Choose a base model of the catalogue.",
    "model_not_trusted": "Choose a base model stored as safetensors.",
    "bad_option": "Change the option and start a new run.",
    "bad_sample": "Correct the sample, then start a new run.",
    "one_label": "Label samples with a second label, then start a new run.",
    "nothing_trains": "Choose LoRA, or name modules that train.",
    "diverged": "A lower learning rate usually helps.",
    "disk_full": "Make room, then resume.",
    "bad_checkpoint": "Start it as a new run.",
    "bug": "Nothing in the project was harmed.",
}


def trouble_of(detail: RunDetail, *, writable: bool) -> Trouble | None:
    """The band for a run's state; None when all is well."""
    row = detail.row
    if row.state == "paused" and row.reason:
        return _paused(detail, writable)
    if row.state not in ("failed", "lost"):
        return None
    acts = _acts(row.reason or "")
    if writable and any(not point.removed for point in detail.checkpoints):
        acts = (("resume", resume_words(detail)), *acts)
    sentence = row.message or "This run ended without a word."
    hint = HINTS.get(row.reason or "", "")
    lost = "" if row.step else " Nothing was lost; this run has no steps yet."
    text = f"{sentence} {hint}{lost}".strip()
    return Trouble(text, True, acts, str(detail.summary.get("traceback", "")))


def resume_words(detail: RunDetail) -> str:
    """Resume, repeats 66 steps."""
    kept = [point.step for point in detail.checkpoints if not point.removed]
    repeated = max(detail.row.step - max(kept, default=0), 0)
    if not repeated:
        return "Resume"
    return f"Resume, repeats {repeated:,} {'step' if repeated == 1 else 'steps'}"


def responsible_option(reason: str) -> str:
    """The option to look at first; empty when no single one is."""
    return RESPONSIBLE.get(reason, "")


def sample_query(detail: RunDetail) -> str:
    """The samples that the worker named when it paused itself."""
    ids = detail.summary.get("paused", {}).get("sample_ids", [])
    return f"sample:{','.join(str(one) for one in ids)}" if ids else ""


def _paused(detail: RunDetail, writable: bool) -> Trouble:
    row = detail.row
    paused = detail.summary.get("paused", {})
    message = row.message or f"Paused at step {row.step:,}: the loss is not a number."
    acts: tuple[tuple[str, str], ...] = ()
    if paused.get("sample_ids"):
        acts += (("samples", "Look at the samples"),)
    if writable:
        acts += (("stop", "Stop"),)
    hint = HINTS.get(row.reason or "", "")
    return Trouble(f"{message} {hint}".strip(), False, acts + _acts(row.reason or ""))


def _acts(reason: str) -> tuple[tuple[str, str], ...]:
    name = responsible_option(reason)
    if not name:
        return ()
    label = next((spec.label for spec in all_options() if spec.name == name), name)
    return (("option", f"Change {label.lower()}"),)
