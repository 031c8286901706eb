"""The worker that writes captions for pictures: what it says, of what, and when it stops."""

import os

from tests.workers.seeing.captioner_runs import write_captioner_run
from tests.workers.seeing.tiny_eyes import COLOURS, draw_samples
from tests.workers.training.run_folders import events_of, of_kind, wait_for, work, work_here
from tests.workers.training.run_folders import start as start_worker
from workers.contract import folder
from workers.contract.events import AnswersWritten, Failed, Finished, Progressed, Said, Stopped
from workers.contract.job import CaptionJob
from workers.contract.options import with_values
from workers.contract.snapshot import write_snapshot

LEARNING = {
    "epochs": 12,
    "vision__language": "trained",
    "optimizer__learning_rate": 3e-3,
    "generation__max_new_tokens": 6,
}


def write_job(run, samples, name="captions", **changes):
    """A folder beside the run with the job to caption these samples by its checkpoint."""
    place = run.parent / name
    place.mkdir()
    training = folder.load_job(run)
    values = {"parent": os.path.relpath(run, place)} | changes
    digest = write_snapshot(place, samples)
    job = CaptionJob(token=name, training=training, snapshot_sha256=digest, **values)
    folder.write_job(place, job)
    return place


def uncaptioned(samples):
    return [one.model_copy(update={"text": "", "split": ""}) for one in samples]


def written(place):
    found = {}
    for event in of_kind(place, AnswersWritten):
        found |= dict(zip(event.sample_ids, event.texts, strict=True))
    return found


def messages(place):
    return [one.message for one in of_kind(place, Said) if one.warning]


def test_a_checkpoint_captions_pictures_that_have_no_caption(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path, 32, 8)
    run = write_captioner_run(tmp_path, tower, decoder, samples, **LEARNING)
    assert work_here(run) == 0
    place = write_job(run, uncaptioned(samples[24:]))
    assert work(place, "caption") == 0, (place / folder.LOG).read_text()
    found = written(place)
    said = {id: f"the van w{id % len(COLOURS)} stops" for id in range(24, 32)}
    assert found == said, "what it learnt of the colours, in words"
    step = of_kind(run, Finished)[0].step
    assert {one.step for one in of_kind(place, AnswersWritten)} == {step}
    last = of_kind(place, Progressed)[-1]
    assert (last.stage, last.done, last.total) == ("Writing captions", 8, 8)
    assert messages(place) == []


def test_the_own_caption_of_a_sample_changes_nothing_of_what_is_written(
    tmp_path, tower, decoder, own_cache
):
    samples = draw_samples(tmp_path, 8, 2)
    run = write_captioner_run(tmp_path, tower, decoder, samples, generation__max_new_tokens=6)
    assert work_here(run) == 0
    long = [one.model_copy(update={"text": "the van " * 200, "split": ""}) for one in samples]
    places = [write_job(run, one, name) for one, name in ((uncaptioned(samples), "a"), (long, "b"))]
    assert [work_here(place, "caption") for place in places] == [0, 0]
    assert written(places[0]) == written(places[1])
    assert len(written(places[0])) == 8


def test_the_base_model_alone_writes_and_says_that_it_learnt_nothing(
    tmp_path, tower, decoder, own_cache
):
    samples = draw_samples(tmp_path, 4, 1)
    run = write_captioner_run(tmp_path, tower, decoder, samples, generation__max_new_tokens=6)
    place = write_job(run, samples, parent="")
    assert work_here(place, "caption") == 0, events_of(place)[-1]
    assert sorted(written(place)) == [0, 1, 2, 3]
    assert {one.step for one in of_kind(place, AnswersWritten)} == {0}
    assert any("the projector is random" in words for words in messages(place))


def test_lost_pictures_are_named_and_get_no_caption(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path, 8, 2)
    run = write_captioner_run(tmp_path, tower, decoder, samples, generation__max_new_tokens=4)
    assert work_here(run) == 0
    os.truncate(tmp_path / samples[2].image, 40)
    (tmp_path / samples[5].image).unlink()
    blind = samples[0].model_copy(update={"id": 99, "image": ""})
    place = write_job(run, [*samples, blind])
    own_cache.rename(own_cache.with_name("elsewhere"))
    assert work_here(place, "caption") == 0
    assert sorted(written(place)) == [0, 1, 3, 4, 6, 7]
    said = messages(place)
    assert any("99" in words and "no picture" in words for words in said)
    lost = [words for words in said if "cannot be read: " in words]
    assert lost == [
        "2 samples without a caption, because the picture cannot be read: 2, 5."
    ] or lost == ["2 samples without a caption, because the picture cannot be read: 5, 2."]


def test_loops_are_told(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path, 8, 2)
    looping = [one.model_copy(update={"text": "the van the van the van"}) for one in samples]
    run = write_captioner_run(
        tmp_path, tower, decoder, looping, **LEARNING | {"generation__max_new_tokens": 12}
    )
    assert work_here(run) == 0
    place = write_job(run, looping[:1])
    assert work_here(place, "caption") == 0
    (text,) = written(place).values()
    assert text.startswith("the van the van the van")
    assert messages(place) == ["1 sample with a caption that says the same again and again: 0."]


def test_empty_captions_are_told_and_written_as_such(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path, 8, 2)
    run = write_captioner_run(tmp_path, tower, decoder, samples, **LEARNING)
    assert work_here(run) == 0
    training = folder.load_job(run)
    cut = with_values(training.options, {"generation.stop": ["the"]})
    place = write_job(run, samples[:2])
    job = folder.load_job(place)
    training = training.model_copy(update={"options": cut})
    folder.write_job(place, job.model_copy(update={"training": training}))
    assert work_here(place, "caption") == 0
    assert written(place) == {0: "", 1: ""}
    assert messages(place) == ["2 samples with an empty caption: the model said nothing: 0, 1."]


def test_captions_come_while_it_writes_and_a_stop_keeps_them(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path, 8, 2)
    run = write_captioner_run(
        tmp_path, tower, decoder, samples, micro_batch_size=1, generation__max_new_tokens=40
    )
    assert work_here(run) == 0
    many = [samples[at % 8].model_copy(update={"id": at, "key": f"k{at}"}) for at in range(2000)]
    place = write_job(run, many)
    process = start_worker(place, "caption")
    wait_for(place, AnswersWritten, process, count=2)
    folder.ask(place, folder.Request.STOP)
    assert process.wait(timeout=60) == 0
    assert isinstance(events_of(place)[-1], Stopped)
    count = len(written(place))
    assert 0 < count < 2000
    assert count == of_kind(place, Progressed)[-1].done, "nothing that was written is lost"


def test_a_model_that_learns_no_captions_is_refused(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path, 4, 1)
    run = write_captioner_run(
        tmp_path, tower, decoder, samples, labels=("dangerous", "safe"), prompt__answer="label"
    )
    place = write_job(run, samples, parent="")
    assert work_here(place, "caption") == 1
    assert "Only a model that learns captions" in of_kind(place, Failed)[0].message
