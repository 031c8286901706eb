"""What a run's perplexity is worth: a figure, and the untrained model's beside it, in words."""

from dataclasses import dataclass

from studio.project.records import PerplexityRow
from studio.runs.arms import Arm
from studio.ui.runs import words
from studio.ui.runs.arms_panel import ArmsShown


@dataclass(frozen=True)
class PerplexityVerdict:
    """The mean perplexity of the tuned model as it is shown, over how many answers, in words."""

    figure: str
    detail: str
    sentence: str


def perplexity_verdict(shown: ArmsShown) -> PerplexityVerdict | None:
    """Tuned beside zero-shot and few-shot on the validation split; None before a measurement."""
    arms = [arm for part in shown.splits[:1] for arm in part.arms if arm.perplexity is not None]
    tuned = next((arm for arm in arms if not arm.untrained and not arm.shots), None)
    if tuned is None or tuned.perplexity is None:
        return None
    found = tuned.perplexity
    return PerplexityVerdict(
        figure=words.perplexity_words(found.mean),
        detail=f"{found.count:,} answers",
        sentence=" ".join([_beside(found, arms), _spread(found)]),
    )


def _beside(found: PerplexityRow, arms: list[Arm]) -> str:
    untrained = [arm for arm in arms if arm.untrained]
    if not untrained:
        return "Mean perplexity; run zero-shot on the Evaluation tab to see it beside the base."
    parts = []
    for arm in untrained:
        assert arm.perplexity is not None
        figure = words.perplexity_words(arm.perplexity.mean)
        parts.append(f"{arm.name[0].lower()}{arm.name[1:]} {figure}")
    other = untrained[0].perplexity
    better = other is None or other.mean is None or (found.mean or 0.0) < other.mean
    start = "Mean perplexity, lower than" if better else "Mean perplexity, no lower than"
    return f"{start} {', '.join(parts)}."


def _spread(found: PerplexityRow) -> str:
    median = words.perplexity_words(found.median)
    most = words.perplexity_words(found.percentile_95)
    return f"Half of the answers are under {median}, 95 in 100 under {most}."
