"""The verb that tries the longest batch: its sizes, its answer, its exit codes."""

import json

import pytest

from studio.commands.output import Output, UsageError
from studio.commands.probing import bytes_of, say, seconds, values_of
from tests.studio.commands.test_cli import ask
from workers.contract.events import Probed, Proposal

FOUND = Probed(device="cpu", fits=False, rows=8, tokens=120, low=1, high=2, free=1)


@pytest.mark.parametrize(
    ("text", "count"),
    [("4GB", 4 * 10**9), ("1.5 gb", 15 * 10**8), ("800MB", 8 * 10**8), ("2G", 2 * 10**9), ("7", 7)],
)
def test_a_size_may_have_a_unit(text, count):
    assert bytes_of(text) == count


@pytest.mark.parametrize("text", ["", "much", "-1GB", "0", "4 apples", "4GBB"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(UsageError, match="is a size such as 4GB"):
        bytes_of(text)


def test_what_was_not_measured_is_null():
    values = values_of(FOUND)
    assert values["peak"] is values["seconds_to_end"] is values["disk"] is None
    assert values["batch"] == {"rows": 8, "tokens": 120}
    assert values["proposals"] == []


def test_a_proposal_is_said_as_it_would_be_typed(capsys):
    proposal = Proposal(
        options={"gradient_checkpointing": True}, words="Gradient checkpointing", cost="", bytes=1
    )
    say(FOUND.model_copy(update={"proposals": (proposal,), "message": "No room."}), Output())
    said = capsys.readouterr().out
    assert "1. --set gradient_checkpointing=yes" in said
    assert "No room." in said


def test_short_times_keep_their_digits():
    assert seconds(0.0341) == "0.034\u00a0s"
    assert seconds(75) == "1\u00a0min 15\u00a0s"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    place = tmp_path_factory.mktemp("probe")
    rows = [
        f"a person walks {n},dangerous" if n % 2 else f"an empty road {n},safe" for n in range(20)
    ]
    (place / "rows.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    path = place / "p.studio"
    assert (
        ask("import", path, place / "rows.csv", "--text", "text", "--label", "label").returncode
        == 0
    )
    return path


def test_a_wrong_size_does_nothing(project):
    done = ask("probe", project, "example", "--memory", "lots")
    assert done.returncode == 2
    assert done.stderr.startswith("--memory is a size such as 4GB, not “lots”.")


@pytest.mark.slow
def test_the_real_minilm_fits_and_in_little_memory_does_not(minilm, project):
    done = ask("probe", project, "example", "--set", "threads=1", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["fits"]
    assert found["peak"] > found["loaded"] > 0
    assert found["steps"] > 0
    short = ask("probe", project, "example", "--memory", "300MB", "--json")
    assert short.returncode == 1
    assert not json.loads(short.stdout.splitlines()[-1])["fits"]
