"""The planted wrong labels of the example come first in the ranking of a real training."""

import pytest

from studio.runs.controller import RunController
from studio.runs.example import create_example, planted_errors
from studio.runs.state import RunState
from workers.contract.options import with_values
from workers.contract.recipes import find_recipe

RANKED = (
    "SELECT s.key, flagged FROM suspects JOIN samples s ON s.id = sample_id "
    "WHERE run_id = ? ORDER BY rank"
)


@pytest.mark.slow
@pytest.mark.usefixtures("minilm")
def test_most_planted_labels_are_among_the_flagged(tmp_path):
    document = create_example(tmp_path / "example.studio", seed=1)
    controller = RunController(document)
    options = with_values(
        find_recipe("example").training_options(), {"evaluation.baseline_seeds": 0}
    )
    run_id = controller.train(options, recipe="example")
    assert controller.wait(run_id, timeout=400) == RunState.FINISHED
    rows = document.query(lambda c: c.exec_driver_sql(RANKED, (run_id,)).all())
    flagged = {key for key, is_flagged in rows if is_flagged}
    planted = {key for key, _ in rows} & planted_errors(document).keys()
    assert len(flagged) == round(0.12 * len(rows))
    assert len(flagged & planted) >= 0.8 * len(planted)
    document.close()
