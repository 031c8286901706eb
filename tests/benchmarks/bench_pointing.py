"""The pointing game of the example's captioner on fresh scenes, beside chance, class by class."""

import sys

from resources.example_captioner.choose import choose_head, tell_scenes
from resources.example_captioner.looking import Reading, load_captioner, measure, read_scenes
from studio.attention import pointing
from studio.attention.look import Look
from studio.attention.pointing import PhrasePointing, Tally
from studio.attention.reduce import Over, Reduction
from workers.contract.catalogue import weights_folder

CHOSEN_ON, REPORTED = 100, 200
SEEDS = {"chosen": 5005, "reported": 6006}
LIMITS = {"all": 3.0, "vehicles": 5.0}
GROUPS = {
    "vehicles": ("car", "truck", "bus"),
    "people": ("pedestrian", "child", "cyclist"),
}


def main() -> int:
    """Print the shares in the boxes as multiples of chance; 1 where a limit is missed."""
    folder = weights_folder("example-captioner")
    assert folder is not None
    captioner = load_captioner(folder)
    missed = False
    for plain, words in ((True, "plain captions"), (False, "captions as the example words them")):
        chosen_on = tell_scenes(CHOSEN_ON, SEEDS["chosen"], plain=plain)
        head = choose_head(read_scenes(captioner, chosen_on))
        readings = read_scenes(captioner, tell_scenes(REPORTED, SEEDS["reported"], plain=plain))
        heads = "mean of heads" if head.head is None else f"head {head.head + 1}"
        sys.stdout.write(
            f"{words}, {REPORTED} fresh scenes: layer {head.layer + 1}, {heads}, "
            f"chosen on {CHOSEN_ON} others\n"
        )
        found = tally_groups(readings, Look(reduction=Reduction(Over.LAYER, head.layer, head.head)))
        for one in found:
            sys.stdout.write(f"{line_of(one, LIMITS.get(one.name) if plain else None)}\n")
            missed |= plain and one.ratio < LIMITS.get(one.name, 0.0)
        sys.stdout.flush()
    return int(missed)


def tally_groups(readings: list[Reading], look: Look) -> list[Tally]:
    """All phrases, vehicles, people, then each name."""
    measured: list[PhrasePointing] = measure(readings, look)
    every, *by_name = pointing.tallies(measured)
    groups = [
        pointing.tally(group, [one.at for one in measured if one.name in names])
        for group, names in GROUPS.items()
    ]
    return [every, *groups, *by_name]


def line_of(found: Tally, limit: float | None) -> str:
    """One line of the table, with the limit where there is one."""
    wanted = "" if limit is None else f"   (at least {limit:g})"
    return (
        f"  {found.name:<11}{found.words:4} phrases   share {found.share:.3f}   "
        f"chance {found.chance:.3f}   {found.ratio:5.1f} x   "
        f"hits {found.hits} (chance {found.hit_chance * found.words:.1f}){wanted}"
    )


if __name__ == "__main__":
    sys.exit(main())
