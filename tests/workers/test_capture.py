"""Captured attention equals eager attention, and the comparison is able to fail."""

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from workers.contract.catalogue import weights_folder
from workers.models import capture
from workers.models.probabilities import Scores

TEXTS = ["A cyclist crosses right in front of us.", "Cars wait at a red light, far away, in rain."]
FOLDER = weights_folder("minilm")
pytestmark = pytest.mark.skipif(FOLDER is None, reason="the weights of MiniLM are not here")


@pytest.fixture(scope="module")
def batch():
    torch.set_num_threads(1)
    return AutoTokenizer.from_pretrained(FOLDER)(TEXTS, return_tensors="pt", padding=True)


def make_model(attention):
    torch.manual_seed(0)
    return AutoModelForSequenceClassification.from_pretrained(
        FOLDER, num_labels=2, attn_implementation=attention
    ).eval()


@pytest.fixture(scope="module")
def eager(batch):
    with torch.no_grad():
        return make_model("eager")(**batch, output_attentions=True).attentions


def difference(maps, eager, batch):
    kept = batch["attention_mask"].bool()[:, None, :, None]
    pairs = zip(maps, eager, strict=True)
    return max(((ours - theirs).abs() * kept).max().item() for ours, theirs in pairs)


def test_captured_maps_equal_eager_ones_and_the_output_stays_that_of_sdpa(batch, eager):
    model = make_model("sdpa")
    with torch.no_grad():
        plain = model(**batch).logits
        with capture.Capture(model) as captured:
            logits = model(**batch).logits
            maps = captured.take()
    assert torch.equal(plain, logits)
    assert next(iter(maps)) == "bert.encoder.layer.0.attention.self"
    assert len(maps) == 6
    assert difference(maps.values(), eager, batch) <= 2e-5
    stored = [layer.half().float() for layer in maps.values()]
    assert difference(stored, eager, batch) <= 5e-4
    assert model.config._attn_implementation == "sdpa"


def test_a_wrong_scale_would_be_seen(batch, eager):
    model = make_model("sdpa")
    head = model.config.hidden_size // model.config.num_attention_heads
    with torch.no_grad(), capture.Capture(model) as captured:
        wrong = {}

        def record(module, query, key, value, mask, **options):
            wrong[len(wrong)] = Scores(query, key, mask, scale=1.05 * head**-0.5).rows()
            return capture.sdpa_attention_forward(module, query, key, value, mask, **options)

        capture.AttentionInterface.register(capture.NAME, record)
        model(**batch)
        assert not captured.maps
    assert difference(wrong.values(), eager, batch) > 2e-3


def test_only_the_rows_asked_for_are_kept(batch, eager):
    model = make_model("sdpa")
    with torch.no_grad(), capture.Capture(model, rows=[0, 2]) as captured:
        model(**batch)
        maps = captured.take()
    last = list(maps.values())[-1]
    assert last.shape[2] == 2
    assert (last - eager[-1][:, :, [0, 2]]).abs().max() <= 2e-5


def test_padding_is_never_looked_at(batch):
    model = make_model("sdpa")
    with torch.no_grad(), capture.Capture(model) as captured:
        model(**batch)
        maps = captured.take()
    padded = ~batch["attention_mask"].bool()
    assert padded.any()
    for layer in maps.values():
        looked = layer.sum(dim=(1, 2))[padded]
        assert looked.max() <= 1e-6


def test_causal_and_grouped_heads_follow_the_definition():
    torch.manual_seed(1)
    query, key = torch.randn(1, 4, 5, 8), torch.randn(1, 2, 5, 8)
    maps = Scores(query, key, is_causal=True).rows()
    repeated = key.repeat_interleave(2, dim=1)
    scores = (query @ repeated.transpose(-1, -2)) * 8**-0.5
    hidden = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
    expected = scores.masked_fill(hidden, float("-inf")).softmax(-1)
    assert torch.allclose(maps, expected, atol=1e-6)


def test_nothing_captured_is_said():
    with (
        capture.Capture(make_model("sdpa")) as captured,
        pytest.raises(capture.CaptureUnsupportedError, match="no attention"),
    ):
        captured.take()
