"""Dropout with cheaper draws is dropout: its share, its scale, its attention, its resumption."""

from typing import Any

import pytest
import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from workers.models import dropout

MANY = 4_000_000


@pytest.mark.parametrize("share", [0.001, 0.05, 0.1, 0.5, 0.9])
def test_the_share_dropped_and_the_scale_are_those_asked_for(share: float) -> None:
    torch.manual_seed(0)
    kept = dropout.drop(torch.ones(MANY), share)
    deviation = (share * (1 - share) / MANY) ** 0.5
    assert abs(float((kept == 0).double().mean()) - share) < 5 * deviation + 2**-17
    assert set(kept.unique().tolist()) == {0.0, float(torch.tensor(1 / (1 - share)))}


def test_neighbours_are_dropped_independently() -> None:
    torch.manual_seed(1)
    kept = (dropout.drop(torch.ones(MANY), 0.5) > 0).double() - 0.5
    for distance in (1, 2, 3, 4, 5, 64, 256):
        together = float((kept[distance:] * kept[:-distance]).mean() / 0.25)
        assert abs(together) < 5 / MANY**0.5, distance


@pytest.mark.parametrize("shape", [(), (1,), (3, 5), (2, 7, 9), (0, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_any_shape_and_format_stays_as_it_is(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    values = torch.ones(shape, dtype=dtype, requires_grad=True)
    found = dropout.drop(values, 0.25)
    found.sum().backward()
    assert found.shape == values.shape
    assert found.dtype == dtype
    assert values.grad is not None
    assert torch.equal(values.grad, found.detach())


@pytest.mark.parametrize("share", [0.0, 0.999999, 1.0])
def test_a_share_at_either_end_drops_nothing_or_all(share: float) -> None:
    torch.manual_seed(0)
    found = dropout.drop(torch.ones(1000), share)
    assert float((found == 0).double().mean()) == round(share)


def test_the_same_state_of_the_generator_draws_the_same() -> None:
    state = torch.get_rng_state()
    first, second = (dropout.drop(torch.ones(1000), 0.5) for _ in range(2))
    torch.set_rng_state(state)
    assert torch.equal(dropout.drop(torch.ones(1000), 0.5), first)
    assert not torch.equal(first, second)


def test_a_model_that_measures_drops_nothing_and_keeps_its_own_kinds_of_dropout() -> None:
    model = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Dropout1d(0.5))
    dropout.make_cheap(model)
    values = torch.ones(4, 8)
    assert [type(part) for part in model] == [dropout.Dropout, torch.nn.Dropout1d]
    assert torch.equal(model.eval()(values), values)
    assert not torch.equal(model.train()(values), values)


def make_heads() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Queries, keys and values [row, head, place, width]."""
    query, key, value = (torch.randn(2, 3, 7, 8, requires_grad=True) for _ in range(3))
    return query, key, value


@pytest.mark.parametrize("kind", ["none", "boolean", "added"])
def test_attention_with_hardly_any_dropout_is_that_of_transformers(kind: str) -> None:
    torch.manual_seed(2)
    heads = make_heads()
    seen = torch.ones(2, 1, 7, 7, dtype=torch.bool)
    seen[0, :, :, 5:] = False
    added = torch.zeros(2, 1, 7, 7).masked_fill(~seen, torch.finfo(torch.float32).min)
    mask = {"none": None, "boolean": seen, "added": added}[kind]
    module = torch.nn.Module()
    found, wanted = (
        attend(module, *heads, mask, dropout=1e-9, scaling=0.3, is_causal=False)[0]
        for attend in (dropout.attend, sdpa_attention_forward)
    )
    torch.testing.assert_close(found, wanted)
    gradients = [torch.autograd.grad(one.square().sum(), heads) for one in (found, wanted)]
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize(
    "options", [{"is_causal": True}, {"is_causal": False, "position_bias": torch.zeros(2, 3, 7, 7)}]
)
def test_attention_it_does_not_know_is_left_to_transformers(options: dict[str, Any]) -> None:
    heads = make_heads()
    state = torch.get_rng_state()
    found, _ = dropout.attend(torch.nn.Module(), *heads, None, dropout=0.5, **options)
    torch.set_rng_state(state)
    wanted, _ = sdpa_attention_forward(torch.nn.Module(), *heads, None, dropout=0.5, **options)
    assert torch.equal(found, wanted)
