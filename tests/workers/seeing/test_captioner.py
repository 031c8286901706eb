"""The composed captioner: who sees whom, what it writes, and what it learns from pictures."""

import json
import math
import os

import numpy as np
import pytest
import torch

from tests.workers.seeing.captioner_runs import job_of, options_of, write_captioner_run
from tests.workers.seeing.tiny_eyes import WIDTH, draw_samples
from tests.workers.training.run_folders import losses_of, of_kind, work_here
from workers import inspector
from workers.contract.events import Failed, PerplexityMeasured, Prepared, Said
from workers.models import adapters, seeing
from workers.models.captioner import whole_image_mask

IMAGES = 16


@pytest.fixture
def captioner(tower, decoder):
    job = job_of(tower, decoder)
    model, tokenizer = seeing.load_writer(job, device="cpu")
    return model.eval(), tokenizer, seeing.sight_of(job, model, tokenizer)


def ids_of(captioner, words="the van stops"):
    _, tokenizer, sight = captioner
    bos = tokenizer.bos_token_id
    return torch.tensor([[sight.token] * IMAGES + [bos] + tokenizer(words)["input_ids"]])


def features_of(count=1):
    return torch.randn(count, IMAGES, WIDTH, generator=torch.Generator().manual_seed(1))


def test_no_token_of_text_sees_what_comes_after_it(captioner):
    model, _, _ = captioner
    ids, features = ids_of(captioner), features_of()
    other = ids.clone()
    other[0, -1] = 5
    with torch.inference_mode():
        before = model(input_ids=ids, features=features).logits
        after = model(input_ids=other, features=features).logits
    assert torch.equal(before[:, :-1], after[:, :-1])
    assert not torch.allclose(before[:, -1], after[:, -1])


def test_image_tokens_see_each_other_and_only_then(captioner):
    model, _, _ = captioner
    ids, features = ids_of(captioner), features_of()
    changed = features.clone()
    changed[0, -1] += 3
    with torch.inference_mode():
        whole = [model(input_ids=ids, features=one).logits[0, 0] for one in (features, changed)]
        model.sees_whole = False
        causal = [model(input_ids=ids, features=one).logits[0, 0] for one in (features, changed)]
    assert not torch.allclose(whole[0], whole[1])
    assert torch.equal(causal[0], causal[1])


def test_padding_changes_nothing(captioner):
    model, tokenizer, _ = captioner
    ids, features = ids_of(captioner), features_of()
    padded = torch.cat([ids, torch.full((1, 3), tokenizer.pad_token_id)], 1)
    mask = torch.cat([torch.ones_like(ids), torch.zeros(1, 3, dtype=torch.long)], 1)
    with torch.inference_mode():
        alone = model(input_ids=ids, features=features).logits
        beside = model(input_ids=padded, attention_mask=mask, features=features).logits
    assert torch.allclose(alone, beside[:, : ids.shape[1]], atol=1e-5)


def test_a_padded_row_sees_itself_so_that_no_row_is_empty():
    is_image = torch.tensor([[False, True, True, False]])
    mask = whole_image_mask(is_image, torch.tensor([[0, 1, 1, 1]]))[0, 0]
    assert mask.any(-1).all()
    assert mask.int().tolist() == [[1, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 1, 1, 1]]


@pytest.mark.parametrize("beams", [1, 3])
def test_writing_reads_the_picture_once_and_says_what_a_plain_pass_says(captioner, beams):
    from transformers import GenerationConfig

    model, tokenizer, _ = captioner
    prompt, features = ids_of(captioner, ""), features_of()
    settings = GenerationConfig(
        max_new_tokens=5, num_beams=beams, pad_token_id=tokenizer.pad_token_id, eos_token_id=None
    )
    padded = torch.cat([torch.full((1, 2), tokenizer.pad_token_id), prompt], 1)
    mask = torch.cat([torch.zeros(1, 2, dtype=torch.long), torch.ones_like(prompt)], 1)
    with torch.inference_mode():
        found = [
            model.generate(
                input_ids=ids, attention_mask=one, features=features, generation_config=settings
            )[0, -5:].tolist()
            for ids, one in ((prompt, torch.ones_like(prompt)), (padded, mask))
        ]
        steps = prompt
        for _ in range(5):
            logits = model(input_ids=steps, features=features).logits[:, -1:]
            steps = torch.cat([steps, logits.argmax(-1)], 1)
    assert found[0] == found[1]
    if beams == 1:
        assert found[0] == steps[0, -5:].tolist()


def test_features_and_pixels_give_the_same(captioner):
    from PIL import Image

    model, _, sight = captioner
    pixels = sight.pixels(Image.new("RGB", (60, 40), "red"))["pixel_values"]
    ids = ids_of(captioner)
    with torch.inference_mode():
        seen = model.see(pixels)
        assert torch.equal(
            model(input_ids=ids, pixel_values=pixels).logits,
            model(input_ids=ids, features=seen).logits,
        )
    assert seen.shape == (1, IMAGES, WIDTH)


def test_switches_say_what_trains(tower, decoder):
    def trained(**changes):
        job = job_of(tower, decoder, **changes)
        model = adapters.prepare(seeing.empty_writer(job), job.options)
        names = [name for name, one in model.named_parameters() if one.requires_grad]
        return {
            part: sum(part in name for name in names)
            for part in ("vision_tower", "projector", "language_model")
        }

    assert trained() == {"vision_tower": 0, "projector": 2, "language_model": 8}
    only = {"vision__language": "frozen"}
    assert trained(**only) == {"vision_tower": 0, "projector": 2, "language_model": 0}
    tower_lora = {"vision__tower": "lora", "vision__language": "frozen"}
    found = trained(adapter__targets=["q_proj"], **tower_lora)
    assert found == {"vision_tower": 4, "projector": 2, "language_model": 0}


def test_nothing_that_trains_is_refused(tmp_path, tower, decoder, own_cache):
    run = write_captioner_run(
        tmp_path, tower, decoder, vision__projector="frozen", vision__language="frozen"
    )
    assert work_here(run) == 1
    assert of_kind(run, Failed)[0].message == "Nothing would train: every weight is frozen."


def test_it_learns_captions_from_pictures(tmp_path, tower, decoder, own_cache):
    run = write_captioner_run(
        tmp_path,
        tower,
        decoder,
        draw_samples(tmp_path, 32, 8),
        epochs=12,
        vision__language="trained",
        optimizer__learning_rate=3e-3,
    )
    assert work_here(run) == 0
    measured = [one.mean for one in of_kind(run, PerplexityMeasured) if one.split == "validation"]
    # Words alone leave four colours, of which each caption's is one: 4 ** (1 / 5) a token.
    assert measured[-1] < 1.3 < measured[0]
    assert of_kind(run, Prepared)[0].train_count == 24


def test_kept_features_change_no_loss(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path)
    runs = [
        write_captioner_run(
            tmp_path, tower, decoder, samples, name=name, vision__keeps_features=keeps
        )
        for name, keeps in (("first", True), ("again", True), ("anew", False))
    ]
    assert [work_here(run) for run in runs] == [0, 0, 0]
    first, again, anew = (losses_of(run) for run in runs)
    assert first == again
    for step, (loss, _) in first.items():
        assert float.fromhex(loss) == pytest.approx(float.fromhex(anew[step][0]), abs=1e-5)
    files = list(own_cache.rglob("*.npy"))
    assert len(files) == len(samples)
    request = {"options": options_of(tower, decoder).model_dump(mode="json")}
    told = inspector.answer_line(json.dumps(request))["features"]
    assert {np.load(file).nbytes for file in files} == {told}
    request = options_of(tower, decoder, vision__keeps_features=False).model_dump(mode="json")
    assert inspector.answer_line(json.dumps({"options": request}))["features"] == 0


def test_a_picture_that_cannot_be_read_is_left_out_and_named(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path)
    os.truncate(tmp_path / samples[2].image, 40)
    (tmp_path / samples[3].image).unlink()
    (tmp_path / samples[5].image).write_bytes((tmp_path / samples[6].image).read_bytes())
    samples.append(samples[0].model_copy(update={"id": 99, "image": ""}))
    for keeps in (True, False):
        run = write_captioner_run(
            tmp_path, tower, decoder, samples, name=f"run-{keeps}", vision__keeps_features=keeps
        )
        assert work_here(run) == 0
        said = " ".join(one.message for one in of_kind(run, Said))
        for words in ("sample 2 is left out", "sample 3 is left out", "99", "not the one that"):
            assert words in said
        losses = [float.fromhex(loss) for loss, _ in losses_of(run).values()]
        assert losses
        assert all(math.isfinite(loss) for loss in losses)


def test_image_tokens_are_never_cut(tmp_path, tower, decoder, own_cache):
    run = write_captioner_run(tmp_path, tower, decoder, max_length=12)
    assert work_here(run) == 1
    assert "16 tokens" in of_kind(run, Failed)[0].message
