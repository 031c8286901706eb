"""Plain captions of scenes: everything that can be seen, in one order and one wording each.

Each sentence begins with what it is about, so that the word to be written next is decided by what
is there: attention then looks for it.
"""

from resources.example import setting_wordings, wordings
from resources.example.scene import Cyclist, Distance, Light, Pedestrian, Scene

# Which of the example's wordings is the plain one, where it is not the first: a kerb with its
# crossing in it, distances without the word car, and a light that its colour stands before.
_PEDESTRIAN = {Pedestrian.KERB: 3}
_PLACE = {Distance.NEARER: 2}
_LIGHT = 3


def write_plain_caption(scene: Scene) -> str:
    """The caption: setting and people first, as in the example's own, then vehicles and light."""
    who, *others = _people(scene)
    parts = [f"{_setting(scene)}, {who}", *others, *_rest(scene)]
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


def _setting(scene: Scene) -> str:
    return " ".join(
        (
            setting_wordings.ROAD[scene.road][0],
            setting_wordings.WEATHER[scene.weather][0],
            setting_wordings.TIME[scene.time][0],
        )
    )


def _people(scene: Scene) -> list[str]:
    found: list[str] = []
    if scene.pedestrian is not Pedestrian.NONE:
        who = wordings.WHO[scene.child][0]
        wording = _PEDESTRIAN.get(scene.pedestrian, 0)
        found.append(wordings.PEDESTRIAN[scene.pedestrian][wording].format(who=who))
    if scene.cyclist is not Cyclist.NONE:
        found.append(wordings.CYCLIST[scene.cyclist][0].format(who=wordings.RIDER[0]))
    return found or [wordings.PEDESTRIAN[Pedestrian.NONE][0]]


def _rest(scene: Scene) -> list[str]:
    found: list[str] = []
    if scene.lead:
        lead = scene.lead
        place = wordings.LEAD_PLACE[lead.distance][_PLACE.get(lead.distance, 0)]
        state = wordings.LEAD_STATE[lead.braking][0]
        found.append(f"a {lead.paint} {wordings.VEHICLE[lead.vehicle][0]} {place} {state}")
    if scene.oncoming:
        found.append(wordings.ONCOMING[0].format(vehicle=wordings.VEHICLE[scene.oncoming][0]))
    if scene.parked and scene.pedestrian is not Pedestrian.STEPPING_OUT:
        found.append(wordings.PARKED[0])
    if scene.light is not Light.NONE:
        found.append(wordings.LIGHT[scene.light][_LIGHT])
    return found
