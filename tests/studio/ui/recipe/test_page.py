"""The Recipe page: live counts from the real inspector, edits that undo takes back, Train."""

import pytest
from PySide6.QtCore import Qt

from studio.ui.navigation import Destination, PageName
from tests.studio.ui.recipe.conftest import kept_options
from workers.contract.options import option_values

ANSWER = 90_000


def choose(page, key):
    page.editing.choose(key)


def test_the_seed_s_count_stands_beside_the_live_one(open_recipe, labelled_project, qtbot):
    page = open_recipe(labelled_project)
    choose(page, "shipped:bert-lora")
    qtbot.waitUntil(lambda: page.dock.count.count.text() == "75,266", timeout=ANSWER)
    assert page.dock.count.bar.remark == "seed S0a: 75,266"
    assert page.dock.count.share.text().endswith("of 109,559,044")
    rank = page.panel.form.rows["adapter.rank"].control
    rank.setFocus()
    rank.selectAll()
    qtbot.keyClicks(rank, "4")
    qtbot.waitUntil(lambda: page.dock.count.count.text() == "148,994", timeout=ANSWER)
    assert kept_options(labelled_project) == {}, "what is being typed is not kept yet"
    titles = [node.title for node, _ in page.dock.tree.rows]
    assert "layer.1 – layer.11" in titles
    query = next(node for node, _ in page.dock.tree.rows if node.title == "query")
    assert query.state == "lora"
    page.dock.tree.picked.emit(query.name)
    assert page.editing.choice.options.adapter.targets == ("value",)
    qtbot.waitUntil(lambda: page.dock.count.count.text() == "38,402", timeout=ANSWER)
    assert page.dock.memory.range.text()


def test_an_edit_is_kept_at_once_and_undo_takes_it_back(open_recipe, labelled_project, qtbot):
    page = open_recipe(labelled_project)
    choose(page, "shipped:example")
    page.editing.set_value("adapter.rank", 16)
    name = "Example, edited"
    assert kept_options(labelled_project)[name]["adapter.rank"] == 16
    assert page.editing.choice.title == name
    assert page.header.edited.text == "1 edited"
    assert page.panel.form.rows["adapter.rank"].origin.origin == "edited"
    page.editing.set_value("epochs", 9)
    assert page.header.edited.text == "2 edited"
    assert labelled_project.history()[0].title == "Epochs 6 → 9"
    labelled_project.undo()
    assert page.header.edited.text == "1 edited"
    assert page.panel.form.rows["epochs"].control.text() == "6"
    labelled_project.undo()
    assert page.editing.choice.key == "shipped:example"
    assert kept_options(labelled_project) == {}


def test_origins_of_seed_values_are_named(open_recipe, labelled_project):
    page = open_recipe(labelled_project)
    choose(page, "shipped:bert-lora")
    assert page.panel.form.rows["adapter.rank"].origin.words == "seed S0a"
    assert page.panel.form.rows["adapter.bias"].origin.words == "recommended"


def test_back_to_the_recipe_takes_all_edits_back(open_recipe, labelled_project):
    page = open_recipe(labelled_project)
    choose(page, "shipped:example")
    page.editing.set_value("adapter.rank", 16)
    page.editing.set_value("epochs", 9)
    page.editing.back_to_recipe()
    assert page.editing.choice.edited_names() == []


def test_recipes_are_saved_renamed_and_deleted(open_recipe, labelled_project):
    page = open_recipe(labelled_project)
    choose(page, "shipped:example")
    page.editing.save_as("Night runs")
    assert page.header.combo.currentText() == "Night runs"
    page.editing.rename("Day runs")
    assert list(kept_options(labelled_project)) == ["Day runs"]
    page.editing.remove()
    assert kept_options(labelled_project) == {}
    assert page.header.combo.currentData() == "shipped:example"


def test_a_value_out_of_range_is_refused_below_its_field(open_recipe, labelled_project, qtbot):
    page = open_recipe(labelled_project)
    row = page.panel.form.rows["adapter.rank"]
    row.control.setFocus()
    row.control.selectAll()
    qtbot.keyClicks(row.control, "0")
    assert row.problem_lines
    assert row.control.property("state") == "problem"


def test_one_label_only_cannot_train_and_says_why(open_recipe, labelled_project, qtbot):
    from studio.project import edits, queries

    ids = labelled_project.query(queries.sample_ids, "")
    labelled_project.edit("Label all safe", edits.set_label, list(ids), 2)
    page = open_recipe(labelled_project)
    choose(page, "shipped:example")
    qtbot.waitUntil(lambda: not page.header.train.isEnabled(), timeout=5000)
    said = [line.sentence.text() for line in page.panel.data_lines]
    assert "All 20 train samples are labelled safe. A classifier needs two labels." in said
    assert "A classifier needs two labels." in page.header.train.toolTip()
    gone = []
    page.go.connect(gone.append)
    page.panel.data_lines[0].buttons[0].click()
    assert gone[0].page == PageName.SAMPLES


def test_nothing_would_train_is_said_at_what_trains(open_recipe, labelled_project, qtbot):
    page = open_recipe(labelled_project)
    choose(page, "shipped:example")
    page.editing.set_value("method", "freeze")
    qtbot.waitUntil(lambda: page.dock.answer is not None, timeout=ANSWER)
    assert page.panel.form.rows["adapter.rank"].isHidden()
    assert not page.panel.form.rows["freeze.trainable"].isHidden()


def test_the_page_leads_to_an_option(open_recipe, labelled_project):
    page = open_recipe(labelled_project)
    page.activateWindow()
    page.show_destination(Destination(PageName.RECIPE, part="seed"))
    assert page.panel.form.rows["seed"].control.selectedText() == "42"
    assert page.panel.verticalScrollBar().value() > 0


def test_a_narrow_window_hides_the_sections_and_keeps_the_form(open_recipe, labelled_project):
    page = open_recipe(labelled_project, width=1232)
    assert page.frame.left.isHidden()
    form = page.panel.form
    assert form.width() >= 656


def test_the_command_says_what_the_form_says(open_recipe, labelled_project):
    from studio.ui.recipe.choices import command_of

    page = open_recipe(labelled_project)
    choose(page, "shipped:example")
    page.editing.set_value("adapter.targets", ["query", "key"])
    page.editing.set_value("length_bucketed", False)
    command = command_of(page.editing.choice, "street.studio")
    assert "--set adapter.targets=query,key" in command
    assert "--set length_bucketed=no" in command
    assert 'train "street.studio" example' in command


@pytest.mark.slow
def test_train_freezes_the_options_and_goes_to_the_run(
    open_recipe, labelled_project, qtbot, minilm
):
    from studio.project import queries

    page = open_recipe(labelled_project)
    choose(page, "shipped:example")
    page.editing.set_values({"epochs": 1, "evaluation.baseline_seeds": 0}, "Short")
    qtbot.waitUntil(lambda: page.header.train.isEnabled(), timeout=ANSWER)
    gone = []
    page.go.connect(gone.append)
    qtbot.mouseClick(page.header.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(gone), timeout=20_000)
    run_id = gone[0].run_ids[0]
    page.controller.wait(run_id, 120)
    row = labelled_project.query(queries.run, run_id)
    assert row.state == "finished", row.message
    assert row.recipe == "example"
    assert option_values(page.editing.choice.options)["epochs"] == 1


def test_memory_is_estimated_for_the_project_s_own_captions(open_recipe, labelled_project, qtbot):
    page = open_recipe(labelled_project)
    choose(page, "shipped:example")
    qtbot.waitUntil(
        lambda: page.lengths.of(page.editing.choice.options) is not None, timeout=ANSWER
    )
    median, most = page.lengths.of(page.editing.choice.options)
    assert 2 < median <= most < 40
    qtbot.waitUntil(lambda: page.asked[1] == (median, most), timeout=ANSWER)
    page.editing.set_value("base_model", "bert-base")
    assert page.lengths.of(page.editing.choice.options) is None
    qtbot.waitUntil(
        lambda: page.lengths.of(page.editing.choice.options) is not None, timeout=ANSWER
    )


def test_an_empty_project_leads_to_import(open_recipe, tmp_path, qtbot):
    from studio.document import Document

    document = Document.create(tmp_path / "empty.studio")
    page = open_recipe(document)
    qtbot.waitUntil(lambda: bool(page.panel.data_lines), timeout=5000)
    gone = []
    page.go.connect(gone.append)
    (button,) = page.panel.data_lines[0].buttons
    assert button.text() == "Import"
    button.click()
    assert gone == [Destination(PageName.DATA, part="import")]
    page.close()
    document.close()


def answer_in_words(page, **values):
    choose(page, "shipped:example")
    options = {"task": "answer", "base_model": "smollm2", "adapter.targets": [], **values}
    page.editing.set_values(options, "Answer in words")


def test_the_template_tab_shows_a_real_sample_by_tokens(
    open_recipe, labelled_project, qtbot, smollm2
):
    page = open_recipe(labelled_project)
    assert page.dock.template.empty.sentence.text().startswith("A classifier reads")
    answer_in_words(page, **{"prompt.template": "plain"})
    page.dock.show_tab("template")
    qtbot.waitUntil(lambda: bool(page.dock.template.text.tokens), timeout=ANSWER)
    shown = page.dock.template.text.toPlainText().replace("↵", "")
    assert "A lorry waits." in shown
    roles = {token.role for token in page.dock.template.text.tokens}
    assert {"prompt", "answer"} <= roles
    page.dock.template.after.click()
    qtbot.waitUntil(
        lambda: "A child runs out." in page.dock.template.text.toPlainText(), timeout=ANSWER
    )
    page.editing.set_value("prompt.text", "Only {instruction}")
    qtbot.waitUntil(lambda: page.dock.template.body.isHidden(), timeout=ANSWER)
    row = page.panel.form.rows["prompt.text"]
    qtbot.waitUntil(lambda: bool(row.problem_lines), timeout=ANSWER)
    assert "{caption}" in row.problem_lines[0].sentence.text()
    qtbot.waitUntil(lambda: not page.header.train.isEnabled(), timeout=5000)


def test_samples_that_would_be_cut_are_counted_before_training(
    open_recipe, labelled_project, qtbot, smollm2
):
    page = open_recipe(labelled_project)
    answer_in_words(page, max_length=24)
    row = page.panel.form.rows["max_length"]
    qtbot.waitUntil(lambda: bool(row.problem_lines), timeout=ANSWER)
    assert "24 of 24 samples are longer than 24 tokens" in row.problem_lines[0].sentence.text()
    row.problem_lines[0].buttons[0].click()
    assert page.dock.stack.currentWidget() is page.dock.template
    qtbot.waitUntil(lambda: page.dock.template.cut.text() == "24 of 24 cut", timeout=ANSWER)


def test_the_template_s_text_can_be_taken_as_own_text(open_recipe, labelled_project):
    page = open_recipe(labelled_project)
    answer_in_words(page, **{"prompt.template": "plain"})
    page.dock.template.edit.click()
    assert page.editing.choice.options.prompt.text == "{instruction}\n{caption}\n"


def test_sampling_options_without_effect_are_said_beside_them(open_recipe, labelled_project, qtbot):
    page = open_recipe(labelled_project)
    answer_in_words(page, **{"generation.temperature": 0.5})
    row = page.panel.form.rows["generation.temperature"]
    qtbot.waitUntil(lambda: bool(row.problem_lines), timeout=5000)
    assert row.control.property("state") == "warning"
    row.problem_lines[0].buttons[0].click()
    assert page.editing.choice.options.generation.sample


@pytest.mark.slow
def test_a_run_goes_on_from_another_and_a_grid_is_queued(
    open_recipe, labelled_project, qtbot, minilm
):
    from studio.project import queries
    from studio.runs.lineage import lineage

    page = open_recipe(labelled_project)
    choose(page, "shipped:example")
    short = {"epochs": 1, "evaluation.baseline_seeds": 0}
    page.editing.set_values(short, "Short")
    options = page.editing.choice.options
    first = page.controller.train(options, recipe="example")
    page.controller.wait(first, 120)
    choose(page, "shipped:bert-lora")
    page.show_destination(Destination(PageName.RECIPE, run_ids=(first,), part="continue"))
    assert page.editing.choice.options == options
    assert page.dock.stack.currentWidget() is page.dock.lineage
    tree = page.dock.lineage.tree
    qtbot.waitUntil(lambda: len(tree.rows) == 3, timeout=5000)
    assert tree.rows[-1].name == "This recipe"
    assert tree.rows[-1].total == "2\u00a0epochs in all"
    page.editing.set_value("adapter.rank", 4)
    start = page.panel.start.run
    qtbot.waitUntil(lambda: bool(start.problem_lines), timeout=5000)
    assert not page.header.train.isEnabled()
    start.problem_lines[0].buttons[0].click()
    qtbot.waitUntil(lambda: page.header.train.isEnabled(), timeout=ANSWER)
    gone = []
    page.go.connect(gone.append)
    page._train_grid({"optimizer.learning_rate": [1e-4, 2e-4]})
    qtbot.waitUntil(lambda: bool(gone), timeout=20_000)
    made = [row.id for row in labelled_project.query(queries.run_rows, "train") if row.id != first]
    for run_id in made:
        page.controller.wait(run_id, 120)
    chains = [[one.run_id for one in lineage(labelled_project, run_id)] for run_id in made]
    assert sorted(chains) == sorted([first, run_id] for run_id in made)
    assert len(made) == 2
    assert page.start is None, "the next training begins at the base model again"
