"""What the band says of a run that failed, paused itself or vanished, and what it offers."""

from studio.runs.advice import Advice, advice_for
from studio.ui.runs.reading import RunDetail
from studio.ui.runs.trouble_band import Trouble
from workers.contract.events import Reason
from workers.contract.options import TrainingOptions, all_options, with_values

REMEDY = "remedy"
FORK = "fork"
SAMPLES, CUT = "samples", "cut"
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
    "no_access": "Mend what the system refused, or choose another place, then start again.",
    "bad_checkpoint": "Start it as a new run.",
    "bug": "Nothing in the project was harmed.",
}


def trouble_of(detail: RunDetail, *, writable: bool) -> Trouble | None:
    """The band for a run's state; None when all is well."""
    row = detail.row
    if row.state == "paused" and row.reason:
        return _paused(detail, writable)
    if row.state not in ("failed", "lost"):
        return _cut(detail)
    acts = _acts(detail, writable=writable)
    if writable and any(not point.removed for point in detail.checkpoints):
        acts = (("resume", resume_words(detail)), *acts)
    sentence = row.message or "This run ended without a word."
    hint = "" if detail.summary.get("proposals") else HINTS.get(row.reason or "", "")
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


def advice_of(detail: RunDetail) -> Advice | None:
    """What the studio advises for the reason that the worker gave."""
    if detail.row.reason not in set(Reason):
        return None
    proposals = detail.summary.get("proposals", ())
    return advice_for(Reason(detail.row.reason), detail.job.options, proposals)


def responsible_option(detail: RunDetail) -> str:
    """The option to look at first; empty when no single one is."""
    advice = advice_of(detail)
    return advice.option if advice is not None else ""


def remedied_options(detail: RunDetail, key: str) -> TrainingOptions | None:
    """The run's options with the remedy of a button; None when the button is no remedy's."""
    advice = advice_of(detail)
    kind, _, place = key.partition(" ")
    if advice is None or kind not in (REMEDY, FORK):
        return None
    return with_values(detail.job.options, dict(advice.remedies[int(place or 0)].options))


def sample_query(detail: RunDetail, key: str = SAMPLES) -> str:
    """The samples that the worker named when it paused itself, or those it cut."""
    if key == CUT:
        ids = detail.summary.get("prepared", {}).get("cut_samples", [])
    else:
        ids = detail.summary.get("paused", {}).get("sample_ids", [])
    return f"sample:{','.join(str(one) for one in ids)}" if ids else ""


def _cut(detail: RunDetail) -> Trouble | None:
    """Captions longer than the limit; None when there are none."""
    prepared = detail.summary.get("prepared", {})
    count = len(prepared.get("cut_samples", []))
    if not count:
        return None
    whole = prepared.get("train_count", 0) + prepared.get("validation_count", 0)
    noun = "caption is" if count == 1 else "captions are"
    over = detail.row.state in ("finished", "stopped")
    done = ("was" if count == 1 else "were") if over else "will be"
    limit = detail.job.options.max_length
    longer = "too long for" if detail.job.options.prompt else "longer than"
    words = f"{count:,} of {whole:,} {noun} {longer} {limit} tokens and {done} cut."
    return Trouble(words, False, ((CUT, "Show it" if count == 1 else "Show them"),))


def _paused(detail: RunDetail, writable: bool) -> Trouble:
    row = detail.row
    paused = detail.summary.get("paused", {})
    message = row.message or f"Paused at step {row.step:,}: the loss is not a number."
    acts: tuple[tuple[str, str], ...] = ()
    if paused.get("sample_ids"):
        acts += ((SAMPLES, "Look at the samples"),)
    if writable:
        acts += (("stop", "Stop"),)
    hint = HINTS.get(row.reason or "", "")
    if writable and (fork := _fork_words(detail)):
        acts = (*acts[:-1], (FORK, fork), *acts[-1:])
        return Trouble(f"{message} {hint}".strip(), False, acts)
    return Trouble(f"{message} {hint}".strip(), False, acts + _acts(detail, writable=writable))


def _fork_words(detail: RunDetail) -> str:
    """What the button says that goes on with a remedy; empty where there is nothing to go on."""
    advice = advice_of(detail)
    kept = [point.step for point in detail.checkpoints if not point.removed]
    if advice is None or not advice.remedies or not kept:
        return ""
    what = advice.remedies[0].text
    return f"Resume from step {max(kept):,} as a new run: {what[:1].lower()}{what[1:]}"


def _acts(detail: RunDetail, *, writable: bool) -> tuple[tuple[str, str], ...]:
    advice = advice_of(detail)
    if advice is None:
        return ()
    found = [
        (f"{REMEDY} {place}", f"Run again: {remedy.text}")
        for place, remedy in enumerate(advice.remedies[:2])
        if remedy.options and writable
    ]
    if advice.option:
        labels = {spec.name: spec.label for spec in all_options()}
        found.append(("option", f"Change {labels.get(advice.option, advice.option).lower()}"))
    return tuple(found)
