"""The sky, what stands beside the road, and the road with its markings."""

from random import Random

from PIL import Image, ImageDraw

from resources.example.camera import HEIGHT, SCALE, WIDTH, Canvas, Sprite
from resources.example.light import Colour, Mood, mix
from resources.example.scene import Road, Scene, Time, Weather

LEFT_EDGE, RIGHT_EDGE = -5.0, 1.75  # of the carriageway; right of it cars may park
PARKING = 2.3
STRETCHES = tuple((2.0 * 1.4**step, 2.0 * 1.4 ** (step + 1)) for step in range(14))  # haze deepens
WALLS: tuple[Colour, ...] = (
    (202, 138, 106),
    (226, 200, 160),
    (178, 100, 84),
    (206, 212, 214),
    (150, 168, 180),
    (232, 216, 196),
    (140, 152, 128),
    (196, 164, 184),
)
SHOP_FRONTS: tuple[Colour, ...] = (
    (40, 92, 96),
    (150, 46, 52),
    (46, 62, 110),
    (64, 96, 60),
    (190, 128, 40),
)
LEAVES: tuple[Colour, ...] = ((70, 130, 72), (92, 148, 78), (58, 112, 74), (112, 152, 70))
WARM: tuple[Colour, ...] = ((255, 214, 130), (255, 196, 104), (250, 226, 170))
ASPHALT: Colour = (92, 96, 104)
LINE: Colour = (232, 232, 224)
KERB: Colour = (176, 174, 168)


def paint_sky(mood: Mood, horizon: float) -> Image.Image:
    """A picture filled with the sky's colours from the top to the horizon."""
    column = Image.new("RGB", (1, 3))
    for row, colour in enumerate(mood.sky):
        column.putpixel((0, row), colour)
    high = max(round(horizon * SCALE), 3)
    wide = SCALE * WIDTH
    gradient = column.resize((1, high), Image.Resampling.BICUBIC).resize((wide, high))
    picture = Image.new("RGB", (wide, SCALE * HEIGHT), mood.sky[2])
    picture.paste(gradient, (0, 0))
    return picture


def draw_sky(
    draw: ImageDraw.ImageDraw, scene: Scene, mood: Mood, horizon: float, random: Random
) -> None:
    """Sun, moon, stars and clouds."""
    wide, high = SCALE * WIDTH, SCALE * horizon
    x = random.uniform(0.25, 0.75) * wide
    if scene.weather is Weather.CLEAR and scene.time is Time.NIGHT:
        for _ in range(40):
            star_x, star_y = random.uniform(0, wide), random.uniform(0, high * 0.8)
            draw.ellipse((star_x, star_y, star_x + 3, star_y + 3), fill=(190, 198, 220))
        _disc(draw, x, high * 0.28, 26, (236, 234, 214))
        _disc(draw, x + 12, high * 0.26, 22, mood.sky[0])
    elif scene.weather is Weather.CLEAR:
        low = scene.time is Time.DUSK
        y, colour = (high * 0.86, (255, 226, 160)) if low else (high * 0.3, (255, 244, 206))
        for radius, share in ((78, 0.16), (56, 0.3), (36, 1.0)):
            _disc(draw, x, y, radius, mix(mood.sky[1], colour, share))
    if scene.weather is not Weather.FOG:
        _draw_clouds(draw, scene, mood, high, random)


def _draw_clouds(
    draw: ImageDraw.ImageDraw, scene: Scene, mood: Mood, high: float, random: Random
) -> None:
    count = {Weather.CLEAR: 3, Weather.CLOUDY: 7}.get(scene.weather, 6)
    bright = (255, 255, 255) if scene.time is not Time.NIGHT else (88, 96, 120)
    for _ in range(count):
        x, y = random.uniform(0, SCALE * WIDTH), random.uniform(0.05, 0.62) * high
        size = random.uniform(28, 60)
        tone = mix(mood.sky[1], bright, 0.34 if scene.weather is Weather.CLEAR else 0.14)
        for shift, lift, part in (
            (-1.5, 0, 0.7),
            (-0.6, 0.35, 1.0),
            (0.5, 0.2, 0.9),
            (1.5, 0, 0.6),
        ):
            half = size * part
            left, top = x + shift * size - half, y - lift * size - half * 0.5
            draw.ellipse((left, top, left + 2 * half, top + half), fill=tone)


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Colour) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def draw_land(canvas: Canvas, scene: Scene) -> None:
    """Grass or paving up to the horizon, hills or a skyline behind it."""
    country = scene.road is Road.COUNTRY_ROAD
    base: Colour = (112, 148, 84) if country else (168, 164, 158)
    for near, far in STRETCHES:
        canvas.ground((-140.0, 140.0), (near, far), base)


def draw_skyline(canvas: Canvas, scene: Scene, random: Random) -> None:
    """Hills in the country, roofs in the town, pale with distance."""
    if scene.road is Road.COUNTRY_ROAD:
        for distance, rise in ((210.0, 16.0), (150.0, 9.0)):
            points = [(-150.0, 0.0, distance)]
            points += [
                (x, rise * random.uniform(0.45, 1.0), distance) for x in range(-150, 151, 25)
            ]
            canvas.quad([*points, (150.0, 0.0, distance)], (96, 136, 96))
        return
    x = -130.0
    while x < 130.0:
        wide = random.uniform(10, 22)
        high = random.uniform(9, 30)
        canvas.quad(
            [(x, 0, 190), (x + wide, 0, 190), (x + wide, high, 190), (x, high, 190)],
            (146, 150, 162),
        )
        x += wide + random.uniform(0, 4)


def draw_roadside(canvas: Canvas, scene: Scene, random: Random) -> None:
    """Houses, shops, trees, fields and lamps, far ones first."""
    if scene.road is Road.COUNTRY_ROAD:
        for z in range(100, 10, -9):
            for x in (random.uniform(-22, -9), random.uniform(7.5, 20)):
                draw_tree(canvas, x, z + random.uniform(-3, 3), random.uniform(0.8, 1.4), random)
        return
    gap = (20.0, 32.0) if scene.road is Road.JUNCTION else (0.0, 0.0)
    setback = 3.2 if scene.road is Road.AVENUE else 0.0
    for side in (-1, 1):
        edge = (11.0 if side < 0 else 7.6) + setback
        _draw_row_of_houses(canvas, scene, side, edge, gap, random)
    for z in range(94, 6, -11):
        if gap[0] - 2 < z < gap[1] + 2:
            continue
        for x in (-8.4, 6.4):
            if scene.road is Road.AVENUE:
                draw_tree(canvas, x, z, random.uniform(0.8, 1.0), random)
            elif z % 2 == 0:
                draw_lamp(canvas, x - 0.6 if x > 0 else x + 0.6, z)


def _draw_row_of_houses(
    canvas: Canvas, scene: Scene, side: int, edge: float, gap: tuple[float, float], random: Random
) -> None:
    starts: list[tuple[float, float]] = []
    z = 5.0
    while z < 120:
        length = random.uniform(8, 14)
        if z < gap[1] and z + length > gap[0]:
            length = max(gap[0] - z, 0.0)
        if length > 3:
            starts.append((z, z + length))
        z = gap[1] if gap[0] <= z + length < gap[1] else z + length
    for near, far in reversed(starts):
        floors = random.choice((2, 3, 3, 4)) if near < 60 else 3
        _draw_house(canvas, scene, (side * edge, near, far), floors, random)


def _draw_house(
    canvas: Canvas, scene: Scene, place: tuple[float, float, float], floors: int, random: Random
) -> None:
    edge, near, far = place
    wall, height = random.choice(WALLS), 3.1 * floors + 0.6
    deep = edge + (12 if edge > 0 else -12)
    side = mix(wall, (0, 0, 0), 0.12)
    canvas.block((min(edge, deep), max(edge, deep)), (0, height), (near, far), (wall, side, wall))
    roof = mix(wall, (60, 40, 40), 0.55)
    canvas.quad(
        [
            (edge, height, near),
            (edge, height + 0.5, near),
            (edge, height + 0.5, far),
            (edge, height, far),
        ],
        roof,
    )
    columns = max(round((far - near) / (2.6 if near < 30 else 4.0)), 1)
    step = (far - near) / columns
    for floor in range(floors):
        shop = floor == 0 and scene.road is Road.SHOPPING_STREET
        front = random.choice(SHOP_FRONTS)
        for column in range(columns):
            start = near + (column + 0.22) * step
            end = near + (column + 0.78) * step
            low = floor * 3.1 + (0.3 if shop else 1.1)
            _draw_window(canvas, (edge, start, end), (low, floor * 3.1 + 2.5), random)
        if shop:
            canvas.quad(
                [(edge, 2.55, near), (edge, 3.15, near), (edge, 3.15, far), (edge, 2.55, far)],
                front,
            )


def _draw_window(
    canvas: Canvas, place: tuple[float, float, float], rows: tuple[float, float], random: Random
) -> None:
    x, near, far = place
    low, high = rows
    points = [(x, low, near), (x, high, near), (x, high, far), (x, low, far)]
    lit = canvas.mood.lamps_on and random.random() < (0.5 if canvas.mood.night else 0.3)
    if lit:
        colour = canvas.mood.glow(random.choice(WARM), near)
        canvas.draw.polygon([canvas.camera.at(*point) for point in points], fill=colour)
    else:
        canvas.quad(points, (110, 136, 158))


def draw_tree(canvas: Canvas, x: float, z: float, size: float, random: Random) -> None:
    """A trunk and a crown of leaves."""
    tree = Sprite(canvas, x, z, size)
    tree.limb([(0, 0), (0, 2.2)], 0.26, (104, 80, 62))
    leaves = random.choice(LEAVES)
    for across, up, radius, light in (
        (-0.7, 2.9, 1.0, -0.14),
        (0.75, 2.9, 1.0, -0.08),
        (0.0, 3.6, 1.15, 0.0),
        (-0.25, 3.9, 0.65, 0.14),
    ):
        tone = mix(leaves, (255, 255, 230) if light > 0 else (20, 40, 30), abs(light))
        tree.disc((across, up), radius, tone)


def draw_lamp(canvas: Canvas, x: float, z: float) -> None:
    """A street lamp, lit when it is dark."""
    lamp = Sprite(canvas, x, z)
    arm = -1.3 if x > 0 else 1.3
    lamp.limb([(0, 0), (0, 5.6), (arm, 5.8)], 0.13, (88, 92, 98))
    lit = canvas.mood.lamps_on
    lamp.plate((arm - 0.35, arm + 0.35), (5.62, 5.80), (120, 122, 126), round_by=0.08)
    if lit:
        lamp.disc((arm, 5.60), 0.26, (255, 224, 150), glow=True)


def draw_road(canvas: Canvas, scene: Scene) -> None:
    """The carriageway, its kerbs and its lines, in stretches so that haze deepens."""
    country = scene.road is Road.COUNTRY_ROAD
    parking = 0.0 if country else PARKING
    asphalt = mix(ASPHALT, (70, 84, 108), 0.35) if canvas.mood.wet else ASPHALT
    left, right = LEFT_EDGE, RIGHT_EDGE + parking
    edge: Colour = (146, 138, 110) if country else KERB
    for near, far in STRETCHES:
        canvas.ground((left - 0.35, right + 0.35), (near, far), edge)
        canvas.ground((left, right), (near, far), asphalt)
    if scene.road is Road.JUNCTION:
        canvas.ground((-120.0, 120.0), (21.0, 30.0), asphalt)
    for z in range(3, 90, 6):
        if scene.road is Road.JUNCTION and z + 3 > 19 and z < 31:
            continue
        canvas.ground((-1.78, -1.62), (z, z + 3.0), LINE)
        if parking and scene.parked:
            canvas.ground((RIGHT_EDGE, RIGHT_EDGE + 0.09), (z, z + 5.6), LINE)
    if country:
        for x in (LEFT_EDGE + 0.12, RIGHT_EDGE - 0.22):
            canvas.ground((x, x + 0.12), (2.0, 120.0), LINE)


def draw_crossing(canvas: Canvas, scene: Scene, z: float) -> None:
    """Zebra stripes over the whole carriageway."""
    right = RIGHT_EDGE + (PARKING if scene.road is not Road.COUNTRY_ROAD else 0.0)
    x = LEFT_EDGE + 0.3
    while x + 0.5 < right:
        canvas.ground((x, x + 0.5), (z - 1.5, z + 1.5), (244, 244, 238))
        x += 1.0
