"""A run's recipe on the command line."""

import json

from studio import cli
from studio.project import run_queries
from tests.studio.ui.runs import filled


def test_a_recipe_is_written_once_and_never_over_another(tmp_path, capsys):
    document = filled.make_document(tmp_path / "p.studio", count=24)
    options = filled.make_options(tmp_path, epochs=2, task="answer")
    run_id = filled.add_run(document, options, name="Run 1")
    assert document.query(run_queries.run, run_id).state == "finished"
    document.close()
    words = ["export-recipe", str(tmp_path / "p.studio"), str(run_id), str(tmp_path / "away")]
    assert cli.main([*words, "--json"]) == 0
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert done["samples"] == {"train": 18, "validation": 6}
    assert done["path"] == str(tmp_path / "away")
    assert sorted(done["files"]) == sorted(path.name for path in (tmp_path / "away").iterdir())
    assert cli.main(words) == 1
    assert "exists and is not empty" in capsys.readouterr().err
