"""Every method trains a tiny language model through one whole run, and its loss falls."""

import numpy as np
import pytest

from tests.workers.language.tiny_language_models import write_tiny_language_model
from tests.workers.training.answer_runs import ANSWER, clear
from tests.workers.training.run_folders import events_of, of_kind, work_here
from workers.contract.events import Finished, Prepared, Stepped

EVERYWHERE = {"adapter__targets": ["all-linear"], "adapter__rank": 8, "adapter__alpha": 16}
NF4 = {"quantisation__kind": "nf4"}
ROOTED = {"adapter__rank_stabilised": True, "adapter__alpha": 8}
METHODS = {
    "lora": EVERYWHERE,
    "qlora": EVERYWHERE | NF4 | {"quantisation__double": True},
    "8-bit weights": EVERYWHERE | {"quantisation__kind": "8-bit"},
    "dora": EVERYWHERE | {"adapter__decomposed": True},
    "rslora": EVERYWHERE | ROOTED,
    "dora of rslora in nf4": EVERYWHERE | NF4 | ROOTED | {"adapter__decomposed": True},
    "freeze by layers": {"method": "freeze", "freeze__trainable": ["layers.1-2", "lm_head"]},
    "full": {"method": "full"},
    "8-bit adamw": EVERYWHERE | {"optimizer__kind": "adamw-8bit"},
    "paged adamw": EVERYWHERE | {"optimizer__kind": "paged-adamw-8bit"},
    "gradient checkpointing": EVERYWHERE | {"gradient_checkpointing": True},
    "packed": EVERYWHERE | {"packed": True},
}


@pytest.mark.parametrize("options", METHODS.values(), ids=METHODS)
def test_the_loss_falls(four_layers, make_run, options):
    options = ANSWER | options | {"epochs": 2, "optimizer__learning_rate": 5e-3}
    run = make_run(four_layers, samples=clear(24), evaluation__baseline_seeds=0, **options)
    assert work_here(run) == 0, events_of(run)[-1]
    assert isinstance(events_of(run)[-1], Finished)
    losses = [step.metrics["train/loss"] for step in of_kind(run, Stepped)]
    prepared = of_kind(run, Prepared)[0]
    assert len(losses) == prepared.total_steps == 8
    assert np.isfinite(losses).all()
    assert np.mean(losses[4:]) < 0.9 * losses[0]


@pytest.fixture(scope="module")
def four_layers(tmp_path_factory):
    return write_tiny_language_model(tmp_path_factory.mktemp("four") / "llama", "llama", 4)
