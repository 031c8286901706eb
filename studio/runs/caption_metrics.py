"""The metrics of captions: their names and order, and what a run's captions scored together."""

from sqlalchemy import Connection

from studio.project import queries

# In the order shown; the metric that ranks where nothing else was chosen comes first.
METRICS = ("CIDEr", "Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4", "ROUGE_L", "METEOR", "CLIPScore")
TITLES = {f"Bleu_{order}": f"BLEU-{order}" for order in range(1, 5)} | {"ROUGE_L": "ROUGE-L"}


def title_of(metric: str) -> str:
    """A metric as people write it."""
    return TITLES.get(metric, metric)


def format_score(value: float | None) -> str:
    """A score with three decimals, as papers print them; empty for none."""
    return "" if value is None else f"{value:.3f}"


def scores_of(connection: Connection, run_id: int, split: str) -> dict[str, float]:
    """What all captions that a run wrote last on a split scored together."""
    found = {name: queries.curve(connection, run_id, f"{split}/{name}") for name in METRICS}
    return {name: float(curve.values[-1]) for name, curve in found.items() if len(curve.values)}
