"""The rows of the module tree: chains joined, like layers collapsed, in the order shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from studio.runs.inspector import InspectedModule


@dataclass(frozen=True)
class TreeNode:
    """A row: `key` is unique and stays the same between answers; `members` counts like layers."""

    key: str
    title: str
    name: str
    parameters: int
    trainable: int
    state: str
    children: tuple["TreeNode", ...] = ()
    members: int = 1


def make_nodes(modules: tuple[InspectedModule, ...]) -> tuple[TreeNode, ...]:
    """The nodes of an answer."""
    return tuple(_collapse([_node(module) for module in modules]))


def walk(
    nodes: tuple[TreeNode, ...], opened: set[str], depth: int = 0
) -> Iterator[tuple[TreeNode, int]]:
    """The visible nodes with their depth."""
    for node in nodes:
        yield node, depth
        if node.key in opened:
            yield from walk(node.children, opened, depth + 1)


def first_opened(nodes: tuple[TreeNode, ...], depth: int = 0) -> set[str]:
    """What is open at first: the way to what trains, like layers stay closed."""
    opened: set[str] = set()
    for node in nodes:
        if node.members == 1 and node.children and (node.trainable or depth == 0) and depth < 6:
            opened.add(node.key)
            opened |= first_opened(node.children, depth + 1)
    return opened


def trained_by_key(nodes: tuple[TreeNode, ...]) -> dict[str, int]:
    """How much of each node trains, to see what an edit has changed."""
    found: dict[str, int] = {}
    for node in nodes:
        found[node.key] = node.trainable
        found |= trained_by_key(node.children)
    return found


def _node(module: InspectedModule, above: str = "") -> TreeNode:
    title = module.name.rpartition(".")[2] or module.title
    title = f"{above}.{title}" if above else title
    if len(module.children) == 1 and module.children[0].parameters == module.parameters:
        return _node(module.children[0], title)
    children = _collapse([_node(child) for child in module.children])
    return TreeNode(
        key=module.name,
        title=title,
        name=module.name,
        parameters=module.parameters,
        trainable=module.trainable,
        state=module.state,
        children=tuple(_titled(child, title) for child in children),
    )


def _titled(child: TreeNode, parent: str) -> TreeNode:
    """A numbered layer says of what: layer.0 instead of 0."""
    last = parent.rpartition(".")[2]
    if child.members > 1:
        low, high = child.title.split(" – ")
        return replace(child, title=f"{last}.{low} – {last}.{high}")
    return replace(child, title=f"{last}.{child.title}") if child.title.isdecimal() else child


def _collapse(nodes: list[TreeNode]) -> list[TreeNode]:
    """Keep the first of like numbered layers; gather those after it into one row."""
    rows: list[TreeNode] = []
    position = 0
    while position < len(nodes):
        first = nodes[position]
        end = position + 1
        if re.fullmatch(r"\d+", first.title):
            while end < len(nodes) and _shape(nodes[end]) == _shape(first):
                end += 1
        rows.append(first)
        rest = nodes[position + 1 : end]
        rows += [_gather(rest)] if len(rest) > 1 else rest
        position = end
    return rows


def _gather(rest: list[TreeNode]) -> TreeNode:
    return TreeNode(
        key=f"{rest[0].key}–{rest[-1].key}",
        title=f"{rest[0].title} – {rest[-1].title}",
        name=rest[0].name,
        parameters=sum(node.parameters for node in rest),
        trainable=sum(node.trainable for node in rest),
        state=rest[0].state,
        children=tuple(rest),
        members=len(rest),
    )


def _shape(node: TreeNode) -> tuple[object, ...]:
    kids = tuple((child.title, *_shape(child)) for child in node.children)
    return node.parameters, node.trainable, node.state, kids
