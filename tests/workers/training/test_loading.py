"""Only safetensors are loaded, and nothing that came along runs."""

import json
import shutil

import pytest
import torch

from workers.contract.catalogue import refer_to
from workers.contract.events import Reason
from workers.contract.job import BaseModelReference
from workers.contract.options import TrainingOptions, with_values
from workers.models import loading
from workers.models.trouble import Trouble


def load(place):
    reference = BaseModelReference(name=str(place), folder=str(place))
    return loading.load_classifier(reference, ("a", "b"), TrainingOptions())


@pytest.fixture
def copied(tiny_bert, tmp_path):
    return shutil.copytree(tiny_bert, tmp_path / "model")


def change_config(place, name="config.json", **values) -> None:
    path = place / name
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def refused(place) -> Reason:
    with pytest.raises(Trouble) as caught:
        load(place)
    assert caught.value.message
    return caught.value.reason


def test_pickled_weights_are_not_trusted(copied):
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    assert refused(copied) is Reason.MODEL_NOT_TRUSTED


def test_a_folder_without_a_vocabulary_is_not_supported(copied):
    (copied / "tokenizer.json").unlink()
    with pytest.raises(Trouble, match="model has no tokenizer"):
        load(copied)


def test_half_a_file_of_weights_is_told_with_what_to_do(copied):
    weights = copied / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-2_000])
    with pytest.raises(Trouble, match=r"weights in model cannot be read.*download") as caught:
        load(copied)
    assert caught.value.reason is Reason.MODEL_NOT_FOUND


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_code_that_comes_along_is_not_trusted(copied, name):
    marker = copied / "it-ran"
    (copied / "evil.py").write_text(f"open({str(marker)!r}, 'w')")
    change_config(copied, name, auto_map={"AutoConfig": "evil.Evil", "AutoTokenizer": "evil.Evil"})
    assert refused(copied) is Reason.MODEL_NOT_TRUSTED
    assert not marker.exists()


def test_a_config_cannot_choose_the_attention_kernel(copied):
    change_config(copied, _attn_implementation_internal="kernels-community/evil")
    model, _ = load(copied)
    assert model.config._attn_implementation == "sdpa"


def test_a_model_that_reads_no_text_is_not_supported(copied):
    change_config(copied, model_type="vit")
    assert refused(copied) is Reason.MODEL_NOT_SUPPORTED


def test_an_unknown_kind_is_not_supported(copied):
    change_config(copied, model_type="made-up")
    assert refused(copied) is Reason.MODEL_NOT_SUPPORTED


def test_weights_of_another_shape_are_not_supported(copied):
    change_config(copied, num_hidden_layers=3)
    assert refused(copied) is Reason.MODEL_NOT_SUPPORTED


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vocab_size": 10}, "1 tensor is of another shape"),
        ({"num_attention_heads": 5}, "cannot be used: The hidden size"),
        ({"hidden_size": "lots"}, "cannot be used: "),
        ({"num_hidden_layers": 10**9}, "asks for 1,000,000,000 layers"),
        ({"num_hidden_layers": 3}, "tensors are missing, the first is bert.encoder.layer.2."),
    ],
)
def test_a_config_that_contradicts_itself_or_the_weights_is_told(copied, changes, words):
    change_config(copied, **changes)
    with pytest.raises(Trouble, match=words) as caught:
        load(copied)
    assert caught.value.reason is Reason.MODEL_NOT_SUPPORTED
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("text", ["{", "[1]", "{}", ""])
def test_a_config_that_is_no_record_is_told(copied, text):
    (copied / "config.json").write_text(text)
    assert refused(copied) is Reason.MODEL_NOT_SUPPORTED


def test_a_folder_that_is_not_there_is_told(tmp_path):
    assert refused(tmp_path / "gone") is Reason.MODEL_NOT_FOUND


def test_labels_are_in_the_config_in_the_jobs_order(copied):
    model, _ = load(copied)
    assert model.config.id2label == {0: "a", 1: "b"}
    assert model.config.label2id == {"a": 0, "b": 1}


@pytest.mark.parametrize("kind", ["nf4", "8-bit"])
def test_the_head_is_never_quantised(wide_bert, kind):
    options = with_values(TrainingOptions(), {"quantisation.kind": kind})
    model, _ = loading.load_classifier(refer_to(str(wide_bert)), ("a", "b"), options)
    assert type(model.classifier) is torch.nn.Linear
    assert type(model.bert.pooler.dense) is torch.nn.Linear
    query = model.bert.encoder.layer[0].attention.self.query
    assert type(query) is not torch.nn.Linear
