"""Maps of language models: rows of the answer's tokens, equal to eager attention."""

import pytest
import torch

from tests.workers import captured_maps
from tests.workers.after_training import language_runs
from tests.workers.after_training.trained_runs import run_worker
from workers.contract import folder
from workers.contract.events import Failed, Finished, MapCaptured, Reason
from workers.contract.job import AttentionJob
from workers.maps import answers, reader, spans
from workers.models import loading


@pytest.fixture(scope="module", params=["llama", "qwen2"])
def attended(request, tmp_path_factory):
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp(request.param)
    model = language_runs.make_model(place / "model", request.param)
    run = language_runs.make_run(place / "run", model)
    language_runs.make_job(place / "job", AttentionJob, run)
    code, events = run_worker("attend", place / "job")
    assert code == 0, (place / "job" / folder.LOG).read_text()
    return place, events


def read_map(place, sample_id):
    return captured_maps.read_map(place / "job" / folder.MAPS / f"{sample_id}.safetensors")


def eager(model, ids, rows):
    """Attention of the places that write the answer, by the textbook path."""
    model.get_base_model().set_attn_implementation("eager")
    with torch.no_grad():
        output = model(input_ids=torch.tensor([ids]), output_attentions=True, use_cache=False)
    deciding = [row - 1 for row in rows]
    return torch.cat(output.attentions)[:, :, deciding], output.logits[0, deciding].softmax(-1)


def test_rows_of_answer_tokens_equal_those_of_eager_attention(attended):
    place, events = attended
    assert isinstance(events[-1], Finished)
    assert [event.sample_id for event in events if isinstance(event, MapCaptured)] == [10, 11, 12]
    model, tokenizer, _ = loading.load_trained(place / "run")
    for sample_id in (10, 11, 12):
        arrays, provenance = read_map(place, sample_id)
        ids, rows = tokenizer.convert_tokens_to_ids(provenance["tokens"]), provenance["rows"]
        tuned, shares = eager(model, ids, rows)
        with model.disable_adapter():
            base, _ = eager(model, ids, rows)
        assert arrays["tuned"].shape == tuned.shape == (2, 4, len(rows), len(ids))
        assert (arrays["tuned"].float() - tuned).abs().max() <= 5e-4
        assert (arrays["base"].float() - base).abs().max() <= 5e-4
        assert tuned.max(dim=-1).values.mean() > 0.5  # peaked: a wrong scale would be seen
        assert (tuned - base).abs().max() > 5e-3
        expected = shares[torch.arange(len(rows)), torch.tensor(ids)[rows]]
        found = torch.tensor(provenance["tuned_token_probabilities"])
        assert torch.allclose(found, expected, atol=1e-5)


def test_provenance_says_where_prompt_caption_and_answer_stand(attended):
    place, _ = attended
    for sample_id, (caption, label, _) in zip((10, 11, 12), language_runs.ROWS, strict=True):
        _, provenance = read_map(place, sample_id)
        text, rows = provenance["text"], provenance["rows"]
        first, last = provenance["spans"][rows[0]], provenance["spans"][rows[-1]]
        assert text[first[0] : last[0]] == label
        assert provenance["tokens"][rows[-1]] == "<|im_end|>"
        assert rows == list(range(rows[0], len(provenance["tokens"])))
        start, end = provenance["caption"]
        assert text[start:end] == caption
        assert provenance["special"][rows[-1]]
        assert not provenance["special"][rows[0]]
        assert provenance["cut"] is False


def test_the_model_answers_as_without_the_capture(attended):
    place, _ = attended
    found = reader.load_reader(place / "run", "best")
    written = answers.write(found, language_runs.samples()[0])
    seen = answers.look(found.model, written.ids, written.rows)
    with torch.no_grad():
        plain = found.model(input_ids=torch.tensor([written.ids])).logits[0].softmax(-1)
    expected = [float(plain[row - 1, written.ids[row]]) for row in written.rows]
    assert seen.probabilities == pytest.approx(expected, abs=1e-6)


def test_letters_of_several_tokens_keep_their_place(attended):
    place, _ = attended
    _, tokenizer, _ = loading.load_trained(place / "run")
    text = "行 is 人"
    found, places = spans.text_and_spans(tokenizer, tokenizer(text)["input_ids"])
    assert found == text
    assert [text[start:end] for start, end in places if end > start] == list(text)
    assert spans.find_caption("Say: A red car\n", "A red car that goes on") == (5, 14)


def test_samples_without_an_answer_are_left_out_and_none_at_all_is_said(attended, tmp_path):
    place, _ = attended
    rows = [row.model_copy(update={"label": None}) for row in language_runs.samples()]
    language_runs.make_job(tmp_path / "job", AttentionJob, place / "run", rows)
    code, events = run_worker("attend", tmp_path / "job")
    assert code == 1
    assert isinstance(events[-1], Failed)
    assert events[-1].reason == Reason.BAD_SAMPLE
    rows[0] = language_runs.samples()[0]
    language_runs.make_job(tmp_path / "some", AttentionJob, place / "run", rows)
    code, events = run_worker("attend", tmp_path / "some")
    assert code == 0
    assert [event.sample_id for event in events if isinstance(event, MapCaptured)] == [10]
