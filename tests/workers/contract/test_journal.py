"""The journal gives back what was written, whatever became of its end."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.contract.events import (
    Evaluated,
    Event,
    Failed,
    Finished,
    Paused,
    Phase,
    Prepared,
    Progressed,
    Reason,
    Said,
    SamplesMeasured,
    SamplesRanked,
    Started,
    Stepped,
    read_event,
)
from workers.contract.journal import LONGEST_LINE, JournalWriter, read_journal

NUMBERS = st.floats(allow_nan=False) | st.just(math.inf)


def without_time(events: list[Event]) -> list[Event]:
    return [event.model_copy(update={"at": 0.0}) for event in events]


def write(path, events) -> None:
    with JournalWriter(path) as journal:
        for event in events:
            journal.append(event)


SOME: list[Event] = [
    Started(pid=1, start_time=2.5, token="t"),
    Said(message="Zwei Zeilen\nund „Zeichen“ 雨\u2028"),
    Stepped(step=1, epoch=0.5, metrics={"train/loss": 0.1 + 0.2, "gradient_norm": math.inf}),
    Finished(step=1),
]


@pytest.mark.parametrize(
    "event",
    [
        *SOME,
        Progressed(stage="Reading", done=1, total=0),
        Prepared(
            total_steps=2,
            steps_per_epoch=1,
            train_count=3,
            validation_count=4,
            trainable=5,
            total=6,
            cut_samples=(7, 8),
        ),
        SamplesMeasured(
            phase=Phase.TRAINING,
            split="train",
            step=1,
            epoch=1,
            sample_ids=(1, 2),
            losses=(1 / 3, math.inf),
            confidences=(5e-324, 1.0),
            margins=(-0.0, 1e308),
        ),
        Evaluated(
            step=1,
            epoch=1,
            split="validation",
            loss=0.5,
            accuracy=0.5,
            correct=1,
            count=2,
            majority_label="a",
            majority_count=1,
            confusion=((1, 0), (1, 0)),
            metrics={"f1/a": 2 / 3},
        ),
        Paused(step=3, reason=Reason.DIVERGED, micro_batch=2, sample_ids=(9,)),
        SamplesRanked(
            sample_ids=(1,),
            confidences=(0.25,),
            predicted=("safe",),
            neighbour_ids=((2, 3),),
            similarities=((0.5, 0.25),),
        ),
        Failed(reason=Reason.BUG, message="m", traceback="t"),
    ],
    ids=lambda event: event.kind,
)
def test_an_event_reads_back_as_it_was_to_the_last_bit(event):
    again = read_event(event.model_dump_json())
    assert again == event
    assert again.model_dump_json() == event.model_dump_json()


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "events.jsonl"
    write(path, SOME)
    reading = read_journal(path)
    assert without_time(reading.events) == SOME
    assert reading.damaged == 0
    assert reading.offset == path.stat().st_size
    assert all(event.at > 0 for event in reading.events)


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\n\n\n"])
def test_nothing_reads_as_nothing(tmp_path, content):
    path = tmp_path / "events.jsonl"
    if content is not None:
        path.write_bytes(content)
    reading = read_journal(path)
    assert reading.events == []
    assert reading.damaged == 0


@given(st.integers(0, 10_000))
def test_cut_anywhere_gives_whole_events_then_the_rest(tmp_path_factory, place):
    path = tmp_path_factory.mktemp("journal") / "events.jsonl"
    write(path, SOME)
    content = path.read_bytes()
    cut = place % (len(content) + 1)
    path.write_bytes(content[:cut])
    first = read_journal(path)
    assert first.damaged == 0
    assert without_time(first.events) == SOME[: len(first.events)]
    path.write_bytes(content)
    rest = read_journal(path, first.offset)
    assert without_time(first.events + rest.events) == SOME


def test_a_torn_line_is_closed_off_by_the_next_writer(tmp_path):
    path = tmp_path / "events.jsonl"
    write(path, SOME)
    path.write_bytes(path.read_bytes()[:-7])
    write(path, SOME)
    reading = read_journal(path)
    assert without_time(reading.events) == SOME[:-1] + SOME
    assert reading.damaged == 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\n",
        b"\x00" * 4096 + b"\n",
        b"00000002 00000000 {}\n",
        b"ffffffff ffffffff \n",
        b"{" * 100_000 + b"\n",
        b"\xff\xfe\n\xff\n",
    ],
)
def test_garbage_between_lines_is_counted_and_stepped_over(tmp_path, garbage):
    path = tmp_path / "events.jsonl"
    write(path, SOME[:2])
    with path.open("ab") as file:
        file.write(garbage)
    write(path, SOME[2:])
    reading = read_journal(path)
    assert without_time(reading.events) == SOME
    assert reading.damaged == garbage.count(b"\n")


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_wrong_byte_costs_its_own_line_only(tmp_path_factory, place, change):
    path = tmp_path_factory.mktemp("journal") / "events.jsonl"
    write(path, SOME)
    content = bytearray(path.read_bytes())
    place %= len(content)
    content[place] ^= change
    path.write_bytes(bytes(content))
    read = without_time(read_journal(path).events)
    assert len(read) >= len(SOME) - 2  # a spoilt line end takes the next line with it
    assert all(event in SOME for event in read)


def test_a_valid_checksum_over_an_unknown_event_is_damage(tmp_path):
    import zlib

    body = b'{"kind":"from_the_future","at":0}'
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"%08x %08x %b\n" % (len(body), zlib.crc32(body), body))
    reading = read_journal(path)
    assert (reading.events, reading.damaged) == ([], 1)


def test_reading_in_small_pieces_gives_the_same(tmp_path):
    path = tmp_path / "events.jsonl"
    write(path, SOME * 20)
    events: list[Event] = []
    offset = 0
    while True:
        reading = read_journal(path, offset, limit_bytes=400)
        if reading.offset == offset:
            break
        events += reading.events
        offset = reading.offset
    assert without_time(events) == SOME * 20


def test_a_line_without_end_does_not_stop_the_reader(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"x" * (LONGEST_LINE + 10))
    reading = read_journal(path)
    assert reading.damaged == 1
    assert reading.offset > 0
