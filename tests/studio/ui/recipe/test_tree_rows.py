"""Rows of the module tree: chains joined, like layers collapsed."""

from studio.runs.inspector import InspectedModule
from studio.ui.recipe import tree_rows


def leaf(name, parameters, trainable=0):
    state = "lora" if trainable else "frozen"
    return InspectedModule(name, name, parameters, trainable, state)


def layer(number, trained=0):
    name = f"bert.encoder.layer.{number}"
    children = (leaf(f"{name}.query", 10 + trained, trained), leaf(f"{name}.key", 10))
    return InspectedModule(name, name, 20 + trained, trained, "lora", children=children)


def encoder(layers):
    size = sum(one.parameters for one in layers)
    trained = sum(one.trainable for one in layers)
    inner = InspectedModule(
        "bert.encoder.layer", "layer", size, trained, "lora", children=tuple(layers)
    )
    return InspectedModule("bert.encoder", "encoder", size, trained, "lora", children=(inner,))


def shown(nodes):
    return [node.title for node, _ in tree_rows.walk(nodes, tree_rows.first_opened(nodes))]


def test_a_chain_of_single_children_is_one_row():
    nodes = tree_rows.make_nodes((encoder([layer(0, 2), layer(1, 2)]),))
    assert nodes[0].title == "encoder.layer"


def test_like_layers_after_the_first_are_one_row():
    nodes = tree_rows.make_nodes((encoder([layer(number, 2) for number in range(12)]),))
    titles = shown(nodes)
    assert titles == ["encoder.layer", "layer.0", "query", "key", "layer.1 – layer.11"]
    group = nodes[0].children[1]
    assert (group.members, group.parameters, group.trainable) == (11, 11 * 22, 22)


def test_a_layer_that_differs_stands_alone():
    layers = [layer(0), layer(1), layer(2), layer(3, 2)]
    nodes = tree_rows.make_nodes((encoder(layers),))
    titles = [child.title for child in nodes[0].children]
    assert titles == ["layer.0", "layer.1 – layer.2", "layer.3"]


def test_counts_are_kept_by_name_to_see_what_changed():
    before = tree_rows.trained_by_key(tree_rows.make_nodes((encoder([layer(0), layer(1)]),)))
    after = tree_rows.trained_by_key(tree_rows.make_nodes((encoder([layer(0, 2), layer(1)]),)))
    changed = {key for key in after if before.get(key) != after[key]}
    assert "bert.encoder.layer.0.query" in changed
    assert "bert.encoder.layer.1.query" not in changed
