"""What is computed only where it is needed is what the whole computation gives."""

import pytest
import torch
from torch.nn.functional import cross_entropy, log_softmax

from workers.contract.catalogue import refer_to
from workers.contract.job import TrainingJob
from workers.contract.options import TrainingOptions, with_values
from workers.data import prompts
from workers.data.wording import AnswerRow
from workers.models import adapters, causal, likelihood, loading
from workers.objectives.answers import Answers, telling_place

LABELS = ("dangerous", "safe")
ROWS = [
    AnswerRow(1, "", "a cyclist crosses the road", "dangerous", 0),
    AnswerRow(2, "", "fog", "safe", 1),
    AnswerRow(3, "", "the van stops . a cyclist crosses w3 w4 w5 w6", "safe", 1),
]


def prepare(language_model, kind, **changes):
    """An objective, its adapted model, and the three rows as it reads them.

    All kinds read by Llama's tokenizer: the others' classes split words in ways of their own.
    """
    model = language_model(kind)
    options = with_values(
        TrainingOptions(),
        {
            "base_model": str(model),
            "task": "answer",
            "adapter.targets": ["all-linear"],
            "adapter.dropout": 0.0,
        }
        | {name.replace("__", "."): value for name, value in changes.items()},
    )
    job = TrainingJob(
        token="t",
        base_model=refer_to(str(model)),
        options=options,
        labels=LABELS,
        snapshot_sha256="",
    )
    objective = Answers(job, "cpu")
    loaded, _ = objective.load()
    tokenizer = loading.load_tokenizer(refer_to(str(language_model("llama"))))
    samples = prompts.encode(
        tokenizer,
        causal.eos_of(loaded.config, tokenizer),
        ROWS,
        objective.labels,
        options,
        128,
    )
    torch.manual_seed(1)
    loaded = adapters.prepare(loaded, options)
    with torch.no_grad():
        for parameter in loaded.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return objective, loaded, samples


def gradients(model):
    found = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return found


@pytest.mark.parametrize("masking", ["strict", "reference"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["qwen2", "llama", "gpt2"])
def test_loss_and_gradients_are_those_of_transformers_itself(language_model, kind, packed, masking):
    objective, model, samples = prepare(
        language_model, kind, packed=packed, prompt__masking=masking
    )
    positions = [2, 0, 1]
    count = objective.count(samples, positions)
    one = objective.run(model, samples, positions)
    (one.loss / count).backward()
    ours = gradients(model)
    inputs, labels = samples.batch(positions, "cpu"), samples.target_batch(positions, "cpu")
    theirs = model(**inputs, labels=labels).loss
    theirs.backward()
    assert float(one.loss / count) == pytest.approx(float(theirs), abs=1e-5)
    for name, gradient in gradients(model).items():
        assert torch.allclose(ours[name], gradient, atol=1e-5), name


def test_a_label_changed_changes_the_loss(language_model):
    objective, model, samples = prepare(language_model, "llama")
    before = objective.run(model, samples, [0]).loss
    samples.targets[0][-2] = samples.label_tokens[1][0]
    assert abs(float(objective.run(model, samples, [0]).loss - before)) > 1e-3


def test_a_model_without_the_argument_is_run_in_full():
    class Old(torch.nn.Module):
        def forward(self, input_ids, use_cache=True):
            assert not use_cache
            from types import SimpleNamespace

            return SimpleNamespace(logits=torch.nn.functional.one_hot(input_ids, 7).float())

    keep = torch.tensor([[False, True, True], [True, False, False]])
    ids = torch.tensor([[1, 2, 3], [4, 5, 6]])
    logits = likelihood.logits_at(Old(), {"input_ids": ids}, keep)
    assert logits.argmax(dim=1).tolist() == [2, 3, 4]


@pytest.mark.parametrize("kind", ["qwen2", "llama", "gpt2"])
def test_answers_scored_together_are_those_scored_one_by_one(language_model, kind):
    _, model, samples = prepare(language_model, kind)
    model.eval()
    asked = [
        tokens[:length] for tokens, length in zip(samples.tokens, samples.prompts, strict=True)
    ]
    answers = [*samples.label_tokens, [20, 21, 22, 1], [7]]
    with torch.inference_mode():
        found = likelihood.score_answers(model, asked, answers, pad=0, device="cpu")
        for row, prompt in enumerate(asked):
            for column, answer in enumerate(answers):
                whole = torch.cat([prompt, torch.tensor(answer)])[None]
                logits = model(input_ids=whole).logits[0, len(prompt) - 1 : -1]
                wanted = -cross_entropy(logits, torch.tensor(answer), reduction="sum")
                assert float(found[row, column]) == pytest.approx(float(wanted), abs=1e-4)


def test_figures_of_a_step_come_from_the_first_token_that_tells(language_model):
    objective, model, samples = prepare(language_model, "llama")
    seen = objective.run(model.eval(), samples, [0, 1, 2]).seen.detach().numpy()
    figures = objective.figures(samples, [0, 1, 2], seen).figures
    for at, row in enumerate(ROWS):
        prompt = samples.tokens[at][: samples.prompts[at]][None]
        last = model(input_ids=prompt).logits[0, -1]
        first = [tokens[0] for tokens in samples.label_tokens]
        sure = torch.softmax(last[first], dim=0)[row.label]
        assert figures.confidences[at] == pytest.approx(float(sure), abs=1e-5)
        answer = samples.tokens[at][samples.prompts[at] :]
        whole = log_softmax(model(input_ids=samples.tokens[at][None]).logits[0], dim=-1)
        mean = -whole[samples.prompts[at] - 1 : -1].gather(1, answer[:, None]).mean()
        assert figures.losses[at] == pytest.approx(float(mean), abs=1e-5)


@pytest.mark.parametrize(
    ("label_tokens", "place"),
    [
        ([[5, 1], [6, 1]], 0),
        ([[5, 7, 1], [5, 1]], 1),
        ([[5, 1], [6, 1], [6, 2, 1]], None),
        ([[5, 1]], None),
        ([], None),
    ],
)
def test_where_labels_can_be_told_apart(label_tokens, place):
    assert telling_place(label_tokens) == place
