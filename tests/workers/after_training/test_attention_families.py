"""Captured attention of each family of language models equals its eager attention."""

import pytest
import torch

from tests.workers.captured_maps import textbook_rollout
from tests.workers.language.tiny_language_models import write_tiny_language_model
from workers.contract.catalogue import weights_folder
from workers.maps import answers
from workers.models.trouble import Trouble

PEAKED = {"q_proj.weight": 30.0, "k_proj.weight": 30.0, "c_attn.weight": 20.0}
ROWS = [40, 41, 47]


def load(place, peaked=PEAKED):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32).eval()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            weights.mul_(next((by for part, by in peaked.items() if part in name), 1.0))
    return model


def compare(model, ids):
    """What was captured; and by eager attention: rows, what it says of the answer, and rollouts."""
    seen = answers.look(model, ids, ROWS)
    assert model.config._attn_implementation == "sdpa"
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        told = model(torch.tensor([ids]), output_attentions=True, use_cache=False)
    deciding = [row - 1 for row in ROWS]
    shares = told.logits[0, deciding].softmax(-1)
    expected = [float(shares[at, ids[row]]) for at, row in enumerate(ROWS)]
    rolled = textbook_rollout(told.attentions)[deciding]
    return seen, torch.cat(told.attentions)[:, :, deciding], expected, rolled


@pytest.mark.parametrize("kind", ["qwen2", "llama", "gpt2", "mistral", "phi3"])
def test_a_familys_rows_equal_eager_ones(tmp_path, kind):
    torch.manual_seed(4)
    model = load(write_tiny_language_model(tmp_path / kind, kind))
    seen, eager, expected, rolled = compare(model, torch.randint(4, 100, (48,)).tolist())
    assert seen.attention.shape == eager.shape == (2, 4, 3, 48)
    assert (seen.attention.float() - eager).abs().max() <= 5e-4
    assert seen.probabilities == pytest.approx(expected, abs=1e-5)
    assert (eager.sum(-1) - 1).abs().max() < 1e-4
    assert (seen.rollout - rolled).abs().max() <= 2e-5
    assert (rolled - eager.mean(dim=(0, 1))).abs().max() > 0.05  # not just a mean


@pytest.mark.parametrize("kind", ["qwen2", "gpt2"])
def test_the_place_next_to_it_would_be_seen_as_wrong(tmp_path, kind):
    torch.manual_seed(4)
    model = load(write_tiny_language_model(tmp_path / kind, kind))
    ids = torch.randint(4, 100, (48,)).tolist()
    seen, *_ = compare(model, ids)
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        told = model(torch.tensor([ids]), output_attentions=True, use_cache=False).attentions
    assert (seen.attention.float() - torch.cat(told)[:, :, ROWS]).abs().max() > 0.01


def test_scores_with_a_cap_are_refused_not_shown_wrong(tmp_path):
    model = load(write_tiny_language_model(tmp_path / "gemma2", "gemma2", head_dim=16))
    with pytest.raises(Trouble, match="Gemma2ForCausalLM cannot be captured: it is not computed"):
        answers.look(model, list(range(4, 52)), ROWS)
    assert model.config._attn_implementation == "eager"


@pytest.mark.skipif(weights_folder("smollm2") is None, reason="SmolLM2 is not on this computer")
def test_rows_of_the_real_smollm2_equal_eager_ones():
    torch.set_num_threads(1)
    model = load(weights_folder("smollm2"), peaked={})
    torch.manual_seed(4)
    seen, eager, expected, _ = compare(model, torch.randint(100, 49_000, (48,)).tolist())
    assert seen.attention.shape == eager.shape == (30, 9, 3, 48)
    assert (seen.attention.float() - eager).abs().max() <= 5e-4
    assert seen.probabilities == pytest.approx(expected, abs=1e-4)
