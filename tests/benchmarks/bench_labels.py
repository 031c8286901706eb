"""Planted wrong labels found: recall in the top 12 % at three seeds, trained and instant."""

import sys
import tempfile
from pathlib import Path

from studio.document import Document
from studio.runs.controller import RunController
from studio.runs.example import create_example, planted_errors
from studio.runs.suspects import FLAGGED_SHARE
from workers.contract.options import with_values
from workers.contract.recipes import find_recipe

SEEDS = (0, 1, 2)
TRAINED_LIMIT, INSTANT_LIMIT = 0.8, 0.6
RANKED = (
    "SELECT s.key FROM suspects JOIN samples s ON s.id = sample_id WHERE run_id = ? ORDER BY rank"
)


def main() -> None:
    """Draw, train and rank each seed's example."""
    recipe = find_recipe("example")
    assert recipe is not None
    options = with_values(recipe.training_options(), {"evaluation.baseline_seeds": 0})
    sys.stdout.write(f"{'seed':<6}{'trained':>9}{'instant':>9}   recall in the top 12 %\n")
    trained, instant = [], []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as made:
            document = create_example(Path(made) / "example.studio", seed=seed)
            controller = RunController(document)
            instant.append(recall_after(document, controller, controller.rank()))
            training = controller.train(options, recipe="example")
            trained.append(recall_after(document, controller, training))
            document.close()
        sys.stdout.write(f"{seed:<6}{trained[-1]:>9.2f}{instant[-1]:>9.2f}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{'worst':<6}{min(trained):>9.2f}{min(instant):>9.2f}\n")
    sys.stdout.write(f"{'limit':<6}{TRAINED_LIMIT:>9.2f}{INSTANT_LIMIT:>9.2f}\n")


def recall_after(document: Document, controller: RunController, run_id: int) -> float:
    """The share of the planted labels among the first 12 % of the run's ranking."""
    state = controller.wait(run_id)
    assert state == "finished", state
    keys = document.query(
        lambda connection: connection.exec_driver_sql(RANKED, (run_id,)).scalars().all()
    )
    planted = planted_errors(document).keys() & set(keys)
    first = set(keys[: round(FLAGGED_SHARE * len(keys))])
    return len(first & planted) / len(planted)


if __name__ == "__main__":
    main()
