"""Scenes of the example project: what is on the road, and the rule that labels it."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

DANGEROUS = "dangerous"
SAFE = "safe"


class View(StrEnum):
    """Where the camera is."""

    DASHCAM = "dashcam"
    POLE = "pole"


class Road(StrEnum):
    """What kind of road it is."""

    SIDE_STREET = "side street"
    AVENUE = "avenue"
    SHOPPING_STREET = "shopping street"
    JUNCTION = "junction"
    COUNTRY_ROAD = "country road"


class Weather(StrEnum):
    """The weather."""

    CLEAR = "clear"
    CLOUDY = "cloudy"
    RAIN = "rain"
    FOG = "fog"


class Time(StrEnum):
    """The time of day."""

    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"


class Pace(StrEnum):
    """How fast we go."""

    STOPPED = "stopped"
    SLOW = "slow"
    STEADY = "steady"


class Pedestrian(StrEnum):
    """Where somebody on foot is."""

    NONE = "none"
    PAVEMENT = "pavement"
    KERB = "kerb"
    CROSSING = "crossing"
    STEPPING_OUT = "stepping out"
    RUNNING = "running"


class Cyclist(StrEnum):
    """Where a cyclist is."""

    NONE = "none"
    KEEPING_RIGHT = "keeping right"
    WEAVING = "weaving"


class Light(StrEnum):
    """What the traffic light shows."""

    NONE = "none"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class Vehicle(StrEnum):
    """Kinds of vehicles."""

    CAR = "car"
    TRUCK = "truck"
    BUS = "bus"


class Paint(StrEnum):
    """Colours of vehicles."""

    RED = "red"
    BLUE = "blue"
    WHITE = "white"
    BLACK = "black"
    SILVER = "silver"
    GREEN = "green"
    YELLOW = "yellow"


class Distance(StrEnum):
    """How far on the vehicle ahead is; it is never close."""

    NEARER = "nearer"
    MIDDLE = "middle"
    FAR = "far"


@dataclass(frozen=True)
class Lead:
    """The vehicle ahead of us, in our lane."""

    vehicle: Vehicle
    paint: Paint
    distance: Distance
    braking: bool


@dataclass(frozen=True)
class Scene:
    """All facts of one drawn picture."""

    view: View
    road: Road
    weather: Weather
    time: Time
    pace: Pace
    pedestrian: Pedestrian
    child: bool
    cyclist: Cyclist
    light: Light
    lead: Lead | None
    oncoming: Vehicle | None
    parked: bool


IN_OUR_PATH = (Pedestrian.CROSSING, Pedestrian.STEPPING_OUT, Pedestrian.RUNNING)


def label_of(scene: Scene) -> str:
    """The rule: dangerous when a person or a cyclist is in our path, and only then."""
    in_path = scene.pedestrian in IN_OUR_PATH or scene.cyclist is Cyclist.WEAVING
    return DANGEROUS if in_path else SAFE


def category_of(scene: Scene, name: str) -> str:
    """What a box of something drawn is called in the project, after a word that captions use."""
    return "child" if name == "pedestrian" and scene.child else name


def random_scene(random: Random, label: str) -> Scene:
    """A scene that the rule gives this label."""
    while True:
        scene = _any_scene(random)
        if label_of(scene) == label:
            return scene


def _any_scene(random: Random) -> Scene:
    pedestrian = random.choice(
        (*Pedestrian, Pedestrian.NONE, Pedestrian.PAVEMENT, Pedestrian.KERB, Pedestrian.CROSSING)
    )
    cyclist = random.choice((*Cyclist, *(5 * (Cyclist.NONE,)), Cyclist.KEEPING_RIGHT))
    if cyclist is Cyclist.WEAVING and pedestrian in IN_OUR_PATH:
        cyclist = Cyclist.NONE
    road = random.choice(tuple(Road))
    if pedestrian in (Pedestrian.KERB, Pedestrian.CROSSING) and road is Road.COUNTRY_ROAD:
        road = Road.AVENUE
    stepping_out = pedestrian is Pedestrian.STEPPING_OUT
    return Scene(
        view=random.choice((View.DASHCAM, View.DASHCAM, View.POLE)),
        road=road,
        weather=random.choice((*Weather, Weather.CLEAR)),
        time=random.choice((*Time, Time.DAY)),
        pace=random.choice(tuple(Pace)),
        pedestrian=pedestrian,
        child=random.random() < 0.3,
        cyclist=cyclist,
        light=random.choice((*Light, Light.NONE)) if road is not Road.COUNTRY_ROAD else Light.NONE,
        lead=_random_lead(random) if random.random() < 0.55 else None,
        oncoming=random.choice(tuple(Vehicle)) if random.random() < 0.45 else None,
        parked=stepping_out or (pedestrian is not Pedestrian.KERB and random.random() < 0.4),
    )


def _random_lead(random: Random) -> Lead:
    return Lead(
        vehicle=random.choice((*Vehicle, Vehicle.CAR)),
        paint=random.choice(tuple(Paint)),
        distance=random.choice(tuple(Distance)),
        braking=random.random() < 0.4,
    )
