"""Captions of the example's scenes, composed in varied order from the wordings."""

from random import Random

from resources.example import setting_wordings, wordings
from resources.example.scene import Cyclist, Light, Pedestrian, Scene


def write_caption(scene: Scene, random: Random) -> str:
    """One natural caption that always tells who is on the road, and some of the rest."""
    setting = _setting(scene, random)
    actors = _actors(scene, random)
    rest = _rest(scene, random)
    random.shuffle(rest)
    if random.random() < (0.8 if len(actors) > 1 else 0.3):
        return random.choice(_SHORT_ORDERS)(setting, " and ".join(actors), [])
    return random.choice(_ORDERS)(setting, " and ".join(actors), rest[:1])


def _setting(scene: Scene, random: Random) -> str:
    """One or two of place, weather, time and view, in the order that reads well."""
    weather = random.choice(setting_wordings.WEATHER[scene.weather])
    time = random.choice(setting_wordings.TIME[scene.time])
    road = random.choice(setting_wordings.ROAD[scene.road])
    view = random.choice(setting_wordings.VIEW[scene.view])
    return random.choice(
        (
            road,
            weather,
            time,
            view,
            road,
            f"{road} {time}",
            f"{weather} {time}",
        )
    )


def _actors(scene: Scene, random: Random) -> list[str]:
    """What people do: the facts that the label rests on are never left out."""
    actors: list[str] = []
    if scene.pedestrian is not Pedestrian.NONE:
        who = random.choice(wordings.WHO[scene.child])
        actors.append(random.choice(wordings.PEDESTRIAN[scene.pedestrian]).format(who=who))
    if scene.cyclist is not Cyclist.NONE:
        who = random.choice(wordings.RIDER)
        actors.append(random.choice(wordings.CYCLIST[scene.cyclist]).format(who=who))
    random.shuffle(actors)
    if not actors:
        absent = (
            wordings.PEDESTRIAN[Pedestrian.NONE],
            wordings.PEDESTRIAN[Pedestrian.NONE],
            wordings.CYCLIST[Cyclist.NONE],
        )
        actors.append(random.choice(random.choice(absent)))
    return actors


def _rest(scene: Scene, random: Random) -> list[str]:
    """Clauses on vehicles, the light and our own pace."""
    clauses = [random.choice(wordings.PACE[scene.view, scene.pace]), _lead(scene, random)]
    if scene.light is not Light.NONE or random.random() < 0.15:
        clauses.append(random.choice(wordings.LIGHT[scene.light]))
    if scene.oncoming:
        vehicle = random.choice(wordings.VEHICLE[scene.oncoming])
        clauses.append(_with_article(random.choice(wordings.ONCOMING), vehicle))
    elif random.random() < 0.3:
        clauses.append(random.choice(wordings.NO_ONCOMING))
    if scene.parked and scene.pedestrian is not Pedestrian.STEPPING_OUT:
        clauses.append(random.choice(wordings.PARKED))
    return clauses


def _lead(scene: Scene, random: Random) -> str:
    if not scene.lead:
        return random.choice(wordings.NO_LEAD)
    vehicle = random.choice(wordings.VEHICLE[scene.lead.vehicle])
    place = random.choice(wordings.LEAD_PLACE[scene.lead.distance])
    state = random.choice(wordings.LEAD_STATE[scene.lead.braking])
    return f"a {scene.lead.paint} {vehicle} {place} {state}"


def _with_article(clause: str, vehicle: str) -> str:
    if vehicle[0] in "aeiou":
        clause = clause.replace(" a {", " an {")
        clause = f"an{clause[1:]}" if clause.startswith("a {") else clause
    return clause.format(vehicle=vehicle)


def _setting_first(setting: str, actors: str, rest: list[str]) -> str:
    return _sentences(f"{setting}, {actors}", *rest)


def _actors_first(setting: str, actors: str, rest: list[str]) -> str:
    return _sentences(f"{actors} {setting}", *rest)


def _rest_first(setting: str, actors: str, rest: list[str]) -> str:
    return _sentences(f"{setting}, {rest[0]}", actors)


def _joined(setting: str, actors: str, rest: list[str]) -> str:
    return _sentences(f"{setting}, {rest[0]} while {actors}")


def _rest_last(setting: str, actors: str, rest: list[str]) -> str:
    return _sentences(f"{actors}; {rest[0]} {setting}")


_SHORT_ORDERS = (_setting_first, _actors_first)
_ORDERS = (_setting_first, _setting_first, _actors_first, _rest_first, _joined, _rest_last)


def _sentences(*parts: str) -> str:
    """Parts as sentences, each with its capital and full stop."""
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)
