"""A loss that is no number, on the command line: it stops, and what it says to type goes on."""

import csv
import re

import pytest

from studio import cli
from studio.document import Document
from studio.project import caption_edits, queries
from tests.workers.training.run_folders import write_tiny_bert


@pytest.fixture
def project(tmp_path):
    path = tmp_path / "p.studio"
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["caption", "label", "split"])
        for number in range(20):
            label = "dangerous" if number % 2 else "safe"
            split = "train" if number < 16 else "validation"
            poison = " poison" if number == 7 else ""
            rows.writerow([f"w{number} on the road{poison}", label, split])
    assert cli.main(["new", str(path)]) == 0
    columns = ["--text", "caption", "--label", "label", "--split", "split"]
    assert cli.main(["import", str(path), str(tmp_path / "rows.csv"), *columns]) == 0
    return path


@pytest.mark.slow
def test_what_is_said_to_type_goes_on_from_the_last_sound_step(project, tmp_path, capsys):
    model = write_tiny_bert(tmp_path / "poisoned", poisoned="poison")
    settings = [f"base_model={model}", "adapter.targets=query", "micro_batch_size=1", "epochs=2"]
    options = [word for setting in settings for word in ("--set", setting)]
    capsys.readouterr()
    assert cli.main(["train", str(project), "bert-lora", *options]) == 1
    said = capsys.readouterr().err
    found = re.search(r"train … (--from 1 --keep-optimizer --set \S+)", said)
    assert found, said
    document = Document.open(project)
    (place,) = document.query(queries.sample_ids, "caption:poison")
    document.edit("Mend", caption_edits.write_caption, place, "w7 on the road")
    document.close()
    assert cli.main(["train", str(project), "bert-lora", *options, *found[1].split()]) == 0
    assert "Run 2 finished" in capsys.readouterr().out
