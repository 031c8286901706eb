"""Advice for every reason; its remedies can be applied to the run's own options."""

import pytest

from studio.runs.advice import advice_for
from workers.contract.events import Reason
from workers.contract.options import TrainingOptions, all_options, with_values


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words_and_remedies_that_fit(reason):
    options = TrainingOptions()
    advice = advice_for(reason, options)
    assert advice.meaning.endswith(".")
    assert advice.option in {spec.name for spec in all_options()} | {""}
    for remedy in advice.remedies:
        assert (
            with_values(options, dict(remedy.options)) != options
            or remedy.options == (("checkpoints.every_steps", 0),)
            or remedy.options == (("adapter.targets", []),)
        )


def test_half_the_micro_batch_keeps_what_a_step_computes():
    remedy = advice_for(Reason.OUT_OF_MEMORY, TrainingOptions()).remedies[0]
    changed = with_values(TrainingOptions(), dict(remedy.options))
    assert changed.micro_batch_size * changed.accumulation == 8
    assert remedy.text == "4 x 2, same result per step"
