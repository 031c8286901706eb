"""Splits samples into train and validation: exact totals, by label, scenes kept together."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.engine import Connection

from studio.errors import StudioError
from studio.project.query_language import condition
from studio.project.schema import samples


@dataclass(frozen=True)
class SplitCounts:
    """What a split came to; samples of the test split are never moved."""

    train: int
    validation: int
    moved: int


@dataclass(frozen=True)
class Splittable:
    """What splitting needs to know of a sample."""

    id: int
    label_id: int | None
    scene: str | None


def split_samples(
    connection: Connection,
    share: float = 0.1,
    seed: int = 42,
    stratified: bool = True,
    query: str = "",
) -> SplitCounts:
    """Split samples with a label or an answer; N become ceil(share N) validation, others train."""
    if not 0.0 < share < 1.0:
        raise StudioError("The validation share lies between 0 and 1.")
    outside_test = or_(samples.c.split.is_(None), samples.c.split != "test")
    labelled = or_(samples.c.label_id.is_not(None), samples.c.answer != "")
    rows = connection.execute(
        select(samples.c.id, samples.c.label_id, samples.c.scene)
        .where(condition(query), outside_test, labelled)
        .order_by(samples.c.key, samples.c.id)
    )
    members = [Splittable(row.id, row.label_id, row.scene) for row in rows]
    validation = choose_validation(members, share, seed, stratified=stratified)
    chosen = [member.id in validation for member in members]
    moved = sum(
        _put(
            connection, [m.id for m, mine in zip(members, chosen, strict=True) if mine is part], to
        )
        for part, to in ((True, "validation"), (False, "train"))
    )
    return SplitCounts(len(members) - len(validation), len(validation), moved)


def choose_validation(
    members: Sequence[Splittable], share: float, seed: int, *, stratified: bool
) -> set[int]:
    """The ids that go to validation: the same ones for the same samples and random seed."""
    random = Random(seed)
    wanted = validation_count(len(members), share)
    strata: dict[Hashable, list[list[Splittable]]] = {}
    for scene in _scenes(members):
        strata.setdefault(_main_label(scene) if stratified else None, []).append(scene)
    sizes = {name: sum(map(len, scenes)) for name, scenes in strata.items()}
    quotas = share_out(sizes, wanted)
    chosen: set[int] = set()
    for name, scenes in strata.items():
        random.shuffle(scenes)
        chosen |= _fill(scenes, quotas[name])
    return chosen


def validation_count(total: int, share: float) -> int:
    """ceil(share N), so that 989 samples at one in ten give 99, and train keeps the floor."""
    return math.ceil(round(share * total, 9))


def share_out(sizes: Mapping[Hashable, int], wanted: int) -> dict[Hashable, int]:
    """Divide `wanted` in proportion to the sizes, largest remainder first: the sum is exact."""
    total = sum(sizes.values())
    if total == 0:
        return dict.fromkeys(sizes, 0)
    exact = {name: wanted * size / total for name, size in sizes.items()}
    quotas = {name: int(value) for name, value in exact.items()}
    left = wanted - sum(quotas.values())
    by_remainder = sorted(sizes, key=lambda name: quotas[name] - exact[name])
    for name in by_remainder[:left]:
        quotas[name] += 1
    return quotas


def _scenes(members: Sequence[Splittable]) -> list[list[Splittable]]:
    """Samples of one scene as one group, every other sample alone, in the order given."""
    groups: dict[Hashable, list[Splittable]] = {}
    for member in members:
        groups.setdefault(member.scene or member.id, []).append(member)
    return list(groups.values())


def _main_label(scene: Sequence[Splittable]) -> int | None:
    label_ids = [member.label_id for member in scene]
    return max(dict.fromkeys(label_ids), key=label_ids.count)


def _fill(scenes: Sequence[Sequence[Splittable]], quota: int) -> set[int]:
    """Whole scenes up to the quota; exact when every scene is one sample."""
    chosen: set[int] = set()
    for scene in scenes:
        if len(chosen) + len(scene) <= quota:
            chosen |= {member.id for member in scene}
    return chosen


def _put(connection: Connection, ids: Sequence[int], split: str) -> int:
    if not ids:
        return 0
    other = or_(samples.c.split.is_(None), samples.c.split != split)
    here = samples.c.id == bindparam("sample_id")
    moved = update(samples).where(here, other).values(split=split)
    return connection.execute(moved, [{"sample_id": each} for each in ids]).rowcount
