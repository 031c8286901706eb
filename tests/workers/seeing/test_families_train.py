"""Tiny random models of every family, from loading to generation, through the objective's own code.

The weights are random: what is shown is that pictures reach the answers, and nothing more.
"""

from typing import NamedTuple

import numpy as np
import pytest
import torch

from tests.workers.seeing.family_models import draw_unequal, write_family_run
from tests.workers.seeing.tiny_families import FAMILIES, write_tiny_family
from tests.workers.training.run_folders import losses_of, of_kind, work_here
from workers.contract import folder
from workers.contract.events import AnswersWritten, Failed, Finished, PerplexityMeasured
from workers.contract.job import EvaluationJob
from workers.contract.journal import JournalWriter
from workers.contract.options import GenerationOptions
from workers.contract.recipes import find_recipe
from workers.contract.snapshot import write_snapshot
from workers.data.prompts import IGNORED, AnswerSamples
from workers.models import adapters, eyes, likelihood
from workers.models.sight import with_token_types
from workers.objectives import writing
from workers.objectives.answers import Answers
from workers.reporting import Report

ALL = [0, 1, 2, 3]


class Opened(NamedTuple):
    """An objective with its model and the train split of a run."""

    objective: Answers
    model: torch.nn.Module
    tokenizer: object
    samples: AnswerSamples

    def losses(self, positions):
        with torch.inference_mode():
            return self.objective._forward(self.model, self.samples, positions, packed=False)[1]

    def prompts(self, positions):
        return [self.samples.tokens[at][: self.samples.prompts[at]] for at in positions]

    def write(self, positions, **options):
        return writing.write_batch(
            self.model,
            self.tokenizer,
            self.prompts(positions),
            GenerationOptions(max_new_tokens=6, **options),
            ends=[1],
            seen=self.samples.seen(positions, "cpu"),
        )


def open_run(run):
    job = folder.load_job(run)
    objective = Answers(job, "cpu")
    model, tokenizer = objective.load()
    rows = objective.read(run, job.snapshot_sha256)
    report = Report(run, job, JournalWriter(run / folder.JOURNAL), threads=1)
    found = objective.encode(report, rows, ["train"], model, tokenizer)
    return Opened(objective, model.eval(), tokenizer, found["train"])


@pytest.fixture(scope="module", params=FAMILIES)
def place(request, tmp_path_factory):
    """A folder with a tiny model of each family."""
    return write_tiny_family(tmp_path_factory.mktemp("family") / request.param, request.param)


@pytest.fixture(scope="module")
def opened(place, tmp_path_factory):
    base = tmp_path_factory.mktemp("project")
    return open_run(write_family_run(base, place, vision__tiles=6, vision__keeps_features=False))


def test_pictures_of_unequal_shapes_share_a_batch(opened):
    counts = [geometry.tokens for geometry in opened.samples.pictures.layouts]
    together = opened.losses(ALL)
    alone = torch.cat([opened.losses([at]) for at in ALL])
    assert torch.allclose(together, alone, atol=1e-5)
    if opened.samples.pictures.sight.family.layout != "whole":
        assert len(set(counts)) > 1


def test_only_the_answer_is_learnt_and_no_image_token_is_lost(opened):
    token = opened.samples.pictures.sight.token
    for at in ALL:
        ids, targets = opened.samples.tokens[at], opened.samples.targets[at]
        assert int((ids == token).sum()) == opened.samples.pictures.layouts[at].tokens
        assert (targets[: opened.samples.prompts[at]] == IGNORED).all()
        assert torch.equal(targets[opened.samples.prompts[at] :], ids[opened.samples.prompts[at] :])
    mask = opened.samples.batch(ALL, "cpu")["attention_mask"]
    assert (mask.diff(dim=1) <= 0).all()  # padded on the right


def test_another_picture_gives_another_answer(opened):
    inputs = opened.samples.batch([0], "cpu")
    keep = torch.ones_like(inputs["input_ids"], dtype=torch.bool)
    other = inputs | {"pixel_values": inputs["pixel_values"] * -1}
    with torch.inference_mode():
        before = likelihood.logits_at(opened.model, inputs, keep)
        after = likelihood.logits_at(opened.model, other, keep)
    assert not torch.allclose(before[-1], after[-1], atol=1e-4)


@pytest.mark.parametrize("beams", [1, 3])
def test_written_answers_do_not_depend_on_the_batch(opened, beams):
    together = opened.write(ALL, beams=beams)
    assert together == [opened.write([at], beams=beams)[0] for at in ALL]
    assert any(together)


def test_writing_says_what_plain_passes_say(opened):
    # A random model might write the token that stands for a picture, and have no picture for it.
    opened.model.lm_head.weight.data[opened.samples.pictures.sight.token] = 0
    inputs = {"input_ids": opened.prompts([1])[0][None]} | opened.samples.seen([1], "cpu")
    for _ in range(6):
        with torch.inference_mode():
            given = with_token_types(opened.model, inputs)
            best = opened.model(**given, use_cache=False).logits[:, -1:].argmax(-1)
        inputs["input_ids"] = torch.cat([inputs["input_ids"], best], dim=1)
        if best.item() == 1:
            break
    told = opened.tokenizer.decode(
        inputs["input_ids"][0, opened.samples.prompts[1] :], skip_special_tokens=True
    )
    assert opened.write([1]) == [told.strip()]


def test_labels_are_scored_alike_in_a_batch_and_alone(opened):
    answers = [[*opened.tokenizer(words)["input_ids"], 1] for words in ("dangerous", "fog rain")]
    with torch.inference_mode():
        found = [
            likelihood.score_answers(
                opened.model,
                opened.prompts(positions),
                answers,
                pad=0,
                device="cpu",
                seen=opened.samples.seen(positions, "cpu"),
            )
            for positions in (ALL, [2])
        ]
    assert torch.allclose(found[0][2], found[1][0], atol=1e-5)
    assert found[0].std() > 0


def test_what_frozen_parts_see_is_kept_and_changes_nothing(place, tmp_path, own_cache):
    frozen = {"vision__projector": "frozen", "vision__tiles": 6}
    runs = [
        write_family_run(tmp_path, place, name=name, vision__keeps_features=keeps, **frozen)
        for name, keeps in (("seen", True), ("again", True), ("anew", False))
    ]
    kept, again, anew = (open_run(run) for run in runs)
    assert "mm_encoder_outputs" in kept.samples.seen(ALL, "cpu")
    assert torch.allclose(kept.losses(ALL), anew.losses(ALL), atol=1e-5)
    assert torch.equal(kept.losses(ALL), again.losses(ALL))
    for beams in (1, 3):
        assert kept.write(ALL, beams=beams) == anew.write(ALL, beams=beams)
    files = list(own_cache.rglob("*.npy"))
    assert len(files) == len(ALL)
    assert kept.samples.pictures.eye.store.place == again.samples.pictures.eye.store.place
    # What is kept is the projector's work too: another projector finds nothing of it.
    sight, options = kept.samples.pictures.sight, kept.objective.job.options
    sizes = [(row.width, row.height) for row in kept.samples.pictures.rows]
    told = [eyes.kept_bytes(sight, options, size) for size in sizes]
    assert sorted(told) == sorted(np.load(file).nbytes for file in files)
    assert eyes.kept_bytes(sight, anew.objective.job.options, sizes[0]) == 0
    names = [name for name, _ in kept.model.named_parameters()]
    last = [name for name in names if "projector" in name or "merger" in name][-1]
    kept.model.get_parameter(last).data += 1
    other = eyes.frozen_eye(sight, kept.model, options)
    assert other.store.place != kept.samples.pictures.eye.store.place


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"vision__projector": "frozen"},
        {"vision__tower": "trained", "vision__language": "frozen"},
        {"vision__tower": "lora", "adapter__targets": ["all-linear"]},
        {"gradient_checkpointing": True, "vision__language": "trained"},
    ],
    ids=["lora", "kept", "tower", "tower-lora", "recomputed"],
)
def test_a_run_trains_to_its_end(place, tmp_path, own_cache, changes):
    run = write_family_run(tmp_path, place, **changes)
    assert work_here(run) == 0
    assert of_kind(run, Finished)
    losses = [float.fromhex(loss) for loss, _ in losses_of(run).values()]
    assert losses
    assert all(loss > 0 for loss in losses)
    assert [one.split for one in of_kind(run, PerplexityMeasured)]


@pytest.mark.parametrize("name", FAMILIES)
def test_only_the_language_model_is_stored_quantised(name, tmp_path, own_cache):
    place = write_tiny_family(tmp_path / "model", name, width=64)
    run = write_family_run(tmp_path, place, quantisation__kind="nf4")
    assert work_here(run) == 0
    model, _ = Answers(folder.load_job(run), "cpu").load()
    quantised = {name for name, one in model.named_modules() if type(one).__name__ == "Linear4bit"}
    assert quantised
    assert all("language_model" in one for one in quantised)
    refused = write_family_run(
        tmp_path,
        place,
        name="refused",
        quantisation__kind="nf4",
        vision__language="trained",
        vision__tower="lora",
    )
    assert work_here(refused) == 1
    assert "cannot be trained themselves" in of_kind(refused, Failed)[0].message


def test_a_step_changes_what_trains_and_nothing_else(place, tmp_path):
    run = write_family_run(tmp_path, place, vision__tower="trained", vision__language="frozen")
    opened = open_run(run)
    model = adapters.prepare(opened.model, opened.objective.job.options)
    before = {name: one.detach().clone() for name, one in model.named_parameters()}
    optimizer = torch.optim.SGD([one for one in model.parameters() if one.requires_grad], lr=1.0)
    micro = opened.objective.run(model, opened.samples, ALL)
    micro[0].backward()
    optimizer.step()
    changed = {name for name, one in model.named_parameters() if not one.equal(before[name])}
    assert changed
    assert not any("language_model" in name or "lm_head" in name for name in changed)


def test_the_zero_shot_recipe_writes_captions_untrained(tmp_path, own_cache):
    """Of a tiny random LLaVA, by the recipe's own prompt and eight sampled beams."""
    recipe = find_recipe("llava-zero-shot").options
    told = {
        name.replace(".", "__"): value for name, value in recipe.items() if name != "base_model"
    }
    model = write_tiny_family(tmp_path / "model", "llava")
    for tokens in (20, 15):
        samples = draw_unequal(tmp_path)
        name = f"arm-{tokens}"
        run = write_family_run(
            tmp_path, model, samples, name, **(told | {"generation__max_new_tokens": tokens})
        )
        arm = run.with_name(f"{name}-zero")
        arm.mkdir()
        job = EvaluationJob(
            token="arm",
            parent=f"../{name}",
            snapshot_sha256=write_snapshot(arm, samples),
            untrained=True,
            writes=True,
        )
        folder.write_job(arm, job)
        assert work_here(arm, "evaluate") == 0
        written = of_kind(arm, AnswersWritten)
        texts = [text for one in written for text in one.texts]
        assert len(texts) == len(samples)
        assert any(texts)
        assert max(len(text.split()) for text in texts) <= tokens
