"""Packing and bucketing: the same loss with less padding, and no sample sees another."""

import random

import pytest
import torch
from torch.nn import functional

from tests.workers.language.tiny_language_models import write_tiny_language_model
from workers.contract.catalogue import refer_to
from workers.contract.job import BaseModelReference, TrainingJob
from workers.contract.options import TrainingOptions, with_values
from workers.data.batches import epoch_batches
from workers.data.prompts import AnswerRow, encode
from workers.models import causal
from workers.objectives.answers import Answers

OPTIONS = with_values(TrainingOptions(), {"task": "answer", "prompt.text": "the {caption} :"})


@pytest.fixture(scope="module", params=["llama", "qwen2", "gpt2"])
def model(request, tmp_path_factory):
    """Tiny random models whose attention is peaked, so that a mistake shows."""
    place = tmp_path_factory.mktemp("packed") / request.param
    made, _ = causal.load_language_model(
        refer_to(str(write_tiny_language_model(place, request.param))), OPTIONS
    )
    with torch.no_grad():
        for name, weights in made.named_parameters():
            if "q_proj.weight" in name or "k_proj.weight" in name:
                weights.mul_(30)
            if "v_proj.weight" in name or "o_proj.weight" in name:
                weights.mul_(5)
            if "c_attn.weight" in name:
                weights.mul_(20)
    return made.eval()


def make_samples(tokenizer, count=12, seed=3):
    chance = random.Random(seed)
    rows = []
    for id in range(count):
        words = [f"w{chance.randrange(100)}" for _ in range(chance.randint(2, 20))]
        rows.append(AnswerRow(id, "", " ".join(words), chance.choice(["safe", "dangerous"])))
    return encode(tokenizer, 1, rows, (), OPTIONS, 64)


def summed_loss(model, inputs, targets) -> float:
    shifted = functional.pad(targets, (0, 1), value=-100)[:, 1:]
    logits = model(**inputs, use_cache=False).logits
    kept = shifted != -100
    return functional.cross_entropy(logits[kept], shifted[kept], reduction="sum").item()


def test_packed_and_padded_losses_equal_those_one_by_one(model, tokenizer):
    samples = make_samples(tokenizer)
    everything = range(len(samples))
    with torch.inference_mode():
        alone = sum(
            summed_loss(model, samples.batch([at], "cpu"), samples.target_batch([at], "cpu"))
            for at in everything
        )
        packed = summed_loss(
            model,
            samples.packed_batch(everything, "cpu"),
            samples.packed_targets(everything, "cpu"),
        )
        padded = summed_loss(
            model, samples.batch(everything, "cpu"), samples.target_batch(everything, "cpu")
        )
    assert packed == pytest.approx(alone, rel=1e-5)
    assert padded == pytest.approx(alone, rel=1e-5)


def test_no_packed_sample_sees_another(model, tokenizer):
    first, other = make_samples(tokenizer, 3), make_samples(tokenizer, 3, seed=8)
    first.tokens[0] = other.tokens[0]  # another sample before the same two
    same = make_samples(tokenizer, 3)
    with torch.inference_mode():
        logits = [
            model(**samples.packed_batch(range(3), "cpu"), use_cache=False).logits[0]
            for samples in (first, same)
        ]
    after = sum(same.lengths[1:])
    assert torch.allclose(logits[0][-after:], logits[1][-after:], atol=1e-5)


@pytest.mark.parametrize("packed", [True, False])
def test_training_gives_each_sample_the_loss_and_gradient_it_has_alone(model, tokenizer, packed):
    samples = make_samples(tokenizer)
    model.requires_grad_(True)

    def gradient(batches) -> tuple[torch.Tensor, torch.Tensor]:
        model.zero_grad()
        seen = []
        for batch in batches:
            one = objective_of(packed=packed).run(model, samples, batch)
            one.loss.backward()
            seen.append(one.seen)
        embedding = model.get_input_embeddings().weight.grad
        return torch.cat(seen), embedding.clone()

    everything = list(range(len(samples)))
    losses, together = gradient([everything])
    expected, alone = gradient([[at] for at in everything])
    assert torch.allclose(losses, expected, rtol=1e-4, atol=1e-5)
    assert (together - alone).norm() <= 1e-4 * alone.norm()
    assert alone.norm() > 0


def objective_of(*, packed):
    options = with_values(OPTIONS, {"packed": packed, "prompt.answer": "text"})
    job = TrainingJob(
        token="packing",
        base_model=BaseModelReference(name="tiny"),
        options=options,
        labels=(),
        snapshot_sha256="",
    )
    return Answers(job, "cpu")


def test_a_mask_of_ones_would_let_them_see_each_other(model, tokenizer):
    """The control: the comparison above can fail."""
    samples = make_samples(tokenizer)
    inputs = samples.packed_batch(range(12), "cpu")
    masked = inputs | {"attention_mask": torch.ones_like(inputs["input_ids"])}
    with torch.inference_mode():
        right, wrong = (model(**given, use_cache=False).logits for given in (inputs, masked))
    assert (right - wrong).abs().max() > 0.01


def test_positions_begin_again_with_each_sample_and_nothing_is_padded(tokenizer):
    samples = make_samples(tokenizer, 4)
    inputs = samples.packed_batch([2, 0], "cpu")
    assert set(inputs) == {"input_ids", "position_ids"}
    expected = [*range(samples.lengths[2]), *range(samples.lengths[0])]
    assert inputs["position_ids"].tolist() == [expected]
    targets = samples.packed_targets([2, 0], "cpu")[0]
    assert targets[0] == targets[samples.lengths[2]] == -100
    assert targets.shape == inputs["input_ids"][0].shape


def padding(batches, lengths) -> int:
    return sum(
        len(b) * max(lengths[at] for at in b) - sum(lengths[at] for at in b) for b in batches
    )


def test_bucketing_saves_most_of_the_padding_and_packing_all():
    chance = random.Random(1)
    lengths = [max(8, int(chance.lognormvariate(3.6, 0.5))) for _ in range(890)]
    plain = padding(epoch_batches(lengths, 42, 0, 8, bucketed=False), lengths)
    bucketed = padding(epoch_batches(lengths, 42, 0, 8, bucketed=True), lengths)
    assert 1 - bucketed / plain >= 0.85
