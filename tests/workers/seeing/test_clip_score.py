"""CLIPScore by a tiny random CLIP: the formula, both variants, long texts, kept pictures."""

import pytest
import torch
from PIL import Image

from tests.workers.language.tiny_language_models import write_tokenizer
from workers.metrics.clip_score import PREFIX, load_scorer, score_of
from workers.models.trouble import Trouble


@pytest.fixture(scope="module")
def tiny_clip(tmp_path_factory):
    """Random weights: it says nothing about pictures, only how the score is worked out."""
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    place = tmp_path_factory.mktemp("clip") / "clip"
    tokenizer = write_tokenizer(place)
    words = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 8,
        "eos_token_id": tokenizer.eos_token_id,
    }
    eyes = {
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 28,
        "patch_size": 14,
    }
    torch.manual_seed(0)
    CLIPModel(CLIPConfig(text_config=words, vision_config=eyes, projection_dim=16)).save_pretrained(
        place
    )
    size = {"height": 28, "width": 28}
    CLIPImageProcessor(size={"shortest_edge": 28}, crop_size=size).save_pretrained(place)
    return place


def pictures_of(*colours):
    return [
        (colour, lambda colour=colour: Image.new("RGB", (40, 30), colour)) for colour in colours
    ]


def test_a_score_is_two_and_a_half_times_the_cosine_and_never_below_zero():
    found = score_of(torch.tensor([0.3, -0.1, 0.3984, 0.1264, 0.29387], dtype=torch.float64))
    assert found.tolist() == pytest.approx([0.75, 0, 0.996, 0.316, 0.734675])


@pytest.mark.parametrize("prefix", [True, False])
def test_it_is_what_the_model_says_of_each_pair(tiny_clip, own_cache, prefix):
    scorer = load_scorer(str(tiny_clip), prefix=prefix, device="cpu")
    captions = ["the van stops", "fog rain"]
    found = scorer.score(pictures_of("red", "blue"), captions)
    for colour, caption, score in zip(("red", "blue"), captions, found, strict=True):
        pixels = scorer.processor(images=[Image.new("RGB", (40, 30), colour)], return_tensors="pt")
        text = (PREFIX if prefix else "") + caption
        words = scorer.tokenizer([text], truncation=True, return_tensors="pt")
        with torch.inference_mode():
            seen = scorer.model.get_image_features(pixels["pixel_values"]).pooler_output
            read = scorer.model.get_text_features(
                input_ids=words["input_ids"], attention_mask=words["attention_mask"]
            ).pooler_output
        expected = 2.5 * max(0.0, float(torch.cosine_similarity(seen, read)))
        assert score == pytest.approx(expected, abs=1e-5)


def test_a_picture_is_seen_once(tiny_clip, own_cache):
    scorer = load_scorer(str(tiny_clip), prefix=False, device="cpu")
    first = scorer.score(pictures_of("red"), ["fog"])

    def never():
        raise AssertionError("seen again")

    assert scorer.score([("red", never)], ["fog"]) == first


def test_a_caption_longer_than_the_model_reads_is_cut(tiny_clip, own_cache):
    scorer = load_scorer(str(tiny_clip), prefix=True, device="cpu")
    long = scorer.score(pictures_of("red"), ["van " * 50])
    assert long == scorer.score(pictures_of("red"), ["van " * 60])


def test_what_is_no_clip_is_refused(decoder, own_cache):
    with pytest.raises(Trouble, match="needs a CLIP model"):
        load_scorer(str(decoder), prefix=True, device="cpu")
