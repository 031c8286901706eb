"""One picture of a scene, and the boxes of what is in it."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from resources.example import backdrop
from resources.example.camera import DASHCAM, HEIGHT, POLE, SCALE, WIDTH, Box, Canvas
from resources.example.figures import draw_cyclist, draw_light, draw_person
from resources.example.light import mood_of
from resources.example.scene import (
    IN_OUR_PATH,
    Cyclist,
    Distance,
    Light,
    Paint,
    Pedestrian,
    Road,
    Scene,
    Time,
    Vehicle,
    View,
    Weather,
)
from resources.example.vehicles import Place, draw_vehicle

CROSSING_AT = {View.DASHCAM: 9.0, View.POLE: 12.0}  # metres ahead
LEAD_AT = {Distance.NEARER: 17.0, Distance.MIDDLE: 26.0, Distance.FAR: 42.0}


@dataclass(frozen=True)
class NamedBox:
    """What is where, in fractions of the picture: left, top, width, height; a vehicle's colour."""

    name: str
    box: Box
    paint: str = ""


@dataclass(frozen=True)
class _Part:
    """Something to draw at a distance; `draw` gives its box when it has a name."""

    z: float
    name: str
    draw: Callable[[], Box]
    paint: str = ""


def draw_scene(scene: Scene, random: Random) -> tuple[Image.Image, tuple[NamedBox, ...]]:
    """The picture, 640 x 480, and the true boxes, far things first."""
    mood = mood_of(scene.time, scene.weather)
    camera = DASHCAM if scene.view is View.DASHCAM else POLE
    picture = backdrop.paint_sky(mood, camera.horizon)
    canvas = Canvas(ImageDraw.Draw(picture), camera, mood)
    backdrop.draw_sky(canvas.draw, scene, mood, camera.horizon, random)
    backdrop.draw_skyline(canvas, scene, random)
    backdrop.draw_land(canvas, scene)
    backdrop.draw_roadside(canvas, scene, random)
    backdrop.draw_road(canvas, scene)
    boxes: list[NamedBox] = []
    if _has_crossing(scene):
        z = CROSSING_AT[scene.view]
        backdrop.draw_crossing(canvas, scene, z)
        boxes.append(NamedBox("crossing", _crossing_box(canvas, z)))
    for part in sorted(_parts(canvas, scene, random), key=lambda part: -part.z):
        boxes.append(NamedBox(part.name, part.draw(), part.paint))
    if scene.view is View.DASHCAM:
        _draw_bonnet(canvas)
    return _finish(picture, scene, random), tuple(box for box in boxes if box.box[2] and box.box[3])


def _has_crossing(scene: Scene) -> bool:
    return scene.pedestrian in (Pedestrian.KERB, Pedestrian.CROSSING) or (
        scene.road is Road.JUNCTION and not scene.parked
    )


def _crossing_box(canvas: Canvas, z: float) -> Box:
    left = canvas.camera.box((backdrop.LEFT_EDGE, 0.0), (0.0, 0.0), z - 1.5)
    top = canvas.camera.box((0.0, 0.0), (0.0, 0.0), z + 1.5)[1]
    right = canvas.camera.box((0.0, backdrop.RIGHT_EDGE + backdrop.PARKING), (0.0, 0.0), z - 1.5)
    return left[0], top, round(right[0] + right[2] - left[0], 5), round(left[1] - top, 5)


def _parts(canvas: Canvas, scene: Scene, random: Random) -> list[_Part]:
    parts = [*_vehicle_parts(canvas, scene, random), *_people_parts(canvas, scene, random)]
    if scene.light is not Light.NONE:
        z = CROSSING_AT[scene.view] + 3.0
        x = backdrop.RIGHT_EDGE + backdrop.PARKING + 0.6
        if scene.view is View.POLE:
            x -= 0.2
        parts.append(_Part(z, "light", lambda: draw_light(canvas, x, z, scene.light)))
    return parts


def _vehicle_parts(canvas: Canvas, scene: Scene, random: Random) -> list[_Part]:
    parts: list[_Part] = []
    if scene.lead:
        lead = scene.lead
        z = LEAD_AT[lead.distance] * random.uniform(0.96, 1.1)
        place = Place(random.uniform(-0.15, 0.15), z, braking=lead.braking)
        parts.append(_vehicle(canvas, lead.vehicle, lead.paint, place))
    if scene.oncoming:
        place = Place(-3.4, random.uniform(14.0, 24.0), oncoming=True)
        parts.append(_vehicle(canvas, scene.oncoming, random.choice(tuple(Paint)), place))
    if scene.parked:
        kerb = backdrop.RIGHT_EDGE + (1.15 if scene.road is not Road.COUNTRY_ROAD else 1.4)
        first = _first_parked(scene)
        for number in range(4):
            place = Place(kerb, first + number * 5.6)
            parts.append(_vehicle(canvas, Vehicle.CAR, random.choice(tuple(Paint)), place))
    return parts


def _first_parked(scene: Scene) -> float:
    """Where the row of parked cars begins, so that nobody in view is hidden behind it."""
    if scene.pedestrian is Pedestrian.STEPPING_OUT:
        return 6.4
    busy = scene.pedestrian is not Pedestrian.NONE or scene.cyclist is not Cyclist.NONE
    return 15.0 if busy or scene.view is View.POLE else 8.0


def _vehicle(canvas: Canvas, vehicle: Vehicle, paint: Paint, place: Place) -> _Part:
    return _Part(
        place.z, vehicle.value, lambda: draw_vehicle(canvas, vehicle, paint, place), paint.value
    )


def _people_parts(canvas: Canvas, scene: Scene, random: Random) -> list[_Part]:
    parts: list[_Part] = []
    if scene.pedestrian is not Pedestrian.NONE:
        x, z, pose = _stand(scene, random)
        parts.append(
            _Part(z, "pedestrian", lambda: draw_person(canvas, x, z, pose, scene.child, random))
        )
    if scene.cyclist is not Cyclist.NONE:
        weaving = scene.cyclist is Cyclist.WEAVING
        x = random.uniform(-0.5, 0.4) if weaving else random.uniform(1.35, 1.55)
        z = random.uniform(7.2, 8.4) if weaving else random.uniform(8.6, 10.4)
        if scene.pedestrian in IN_OUR_PATH:
            z += 4.5
        if scene.view is View.POLE:
            z += 3.0
        parts.append(_Part(z, "cyclist", lambda: draw_cyclist(canvas, x, z, weaving, random)))
    return parts


def _stand(scene: Scene, random: Random) -> tuple[float, float, str]:
    """Where somebody on foot stands, and the pose."""
    crossing = CROSSING_AT[scene.view]
    pavement = backdrop.RIGHT_EDGE + (
        backdrop.PARKING if scene.road is not Road.COUNTRY_ROAD else 0
    )
    match scene.pedestrian:
        case Pedestrian.CROSSING:
            return random.uniform(-1.4, 0.9), crossing, "walk"
        case Pedestrian.KERB:
            return pavement + 0.55, crossing + random.uniform(0.3, 1.0), "stand"
        case Pedestrian.STEPPING_OUT:
            return random.uniform(0.85, 1.25), random.uniform(10.9, 11.5), "walk"
        case Pedestrian.RUNNING:
            return random.uniform(-0.8, 0.8), crossing - random.uniform(0.0, 1.2), "run"
        case _:
            return pavement + random.uniform(0.8, 1.5), crossing + random.uniform(0.5, 3.0), "walk"


def _draw_bonnet(canvas: Canvas) -> None:
    wide, high = SCALE * WIDTH, SCALE * HEIGHT
    dark = canvas.mood.shade((44, 48, 56), 0)
    edge = canvas.mood.shade((86, 92, 104), 0)
    canvas.draw.ellipse((-wide * 0.15, high * 0.925, wide * 1.15, high * 1.25), fill=edge)
    canvas.draw.ellipse((-wide * 0.15, high * 0.935, wide * 1.15, high * 1.26), fill=dark)


def _finish(picture: Image.Image, scene: Scene, random: Random) -> Image.Image:
    """Halve the size, then light and weather in front of everything."""
    picture = picture.reduce(SCALE)
    mood = mood_of(scene.time, scene.weather)
    if scene.time is not Time.DAY:
        bloom = picture.reduce(4).point([max(value - 188, 0) * 3 for value in range(256)] * 3)
        bloom = bloom.filter(ImageFilter.GaussianBlur(4)).resize(picture.size)
        picture = ImageChops.add(picture, bloom)
    if mood.night and scene.view is View.DASHCAM:
        picture = ImageChops.add(picture, _headlights(picture.size))
    if scene.weather is Weather.RAIN:
        picture = _rain(picture, random)
    return picture


def _headlights(size: tuple[int, int]) -> Image.Image:
    """A soft pool of warm light on the road ahead."""
    small = Image.new("RGB", (size[0] // 8, size[1] // 8))
    draw = ImageDraw.Draw(small)
    draw.polygon([(30, 28), (50, 28), (74, 56), (6, 56)], fill=(58, 54, 42))
    draw.ellipse((28, 25, 52, 36), fill=(42, 39, 30))
    return small.filter(ImageFilter.GaussianBlur(4)).resize(size, Image.Resampling.BILINEAR)


def _rain(picture: Image.Image, random: Random) -> Image.Image:
    streaks = Image.new("L", picture.size)
    draw = ImageDraw.Draw(streaks)
    for _ in range(150):
        x, y = random.uniform(-10, WIDTH), random.uniform(-20, HEIGHT)
        length = random.uniform(10, 26)
        draw.line((x, y, x - length * 0.22, y + length), fill=random.randint(50, 110), width=1)
    return Image.composite(Image.new("RGB", picture.size, (214, 224, 236)), picture, streaks)
