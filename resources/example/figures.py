"""People, cyclists and traffic lights, drawn large enough to be seen."""

from random import Random

from resources.example.camera import Box, Canvas, Sprite
from resources.example.light import Colour
from resources.example.scene import Light

COATS: tuple[Colour, ...] = (
    (214, 72, 62),
    (242, 180, 60),
    (60, 120, 190),
    (120, 84, 160),
    (64, 150, 110),
    (228, 122, 160),
    (240, 232, 214),
)
TROUSERS: tuple[Colour, ...] = ((44, 52, 78), (70, 62, 58), (150, 122, 88), (34, 36, 42))
SKINS: tuple[Colour, ...] = ((240, 200, 168), (206, 156, 118), (150, 104, 76), (108, 74, 56))
HAIRS: tuple[Colour, ...] = ((40, 30, 26), (92, 60, 36), (186, 142, 84), (150, 150, 152))
SHOE: Colour = (30, 30, 34)
ADULT, CHILD = 1.2, 0.86  # larger than life, so that they are seen

LAMPS: dict[Light, Colour] = {
    Light.RED: (255, 64, 56),
    Light.AMBER: (255, 190, 40),
    Light.GREEN: (56, 232, 120),
}


def draw_person(canvas: Canvas, x: float, z: float, pose: str, child: bool, random: Random) -> Box:
    """Somebody who stands, walks or runs; returns the box."""
    towards = random.choice((-1, 1))
    size = CHILD if child else ADULT
    running = pose == "run"
    figure = Sprite(canvas, x, z, size, lean=0.16 * towards if running else 0.0)
    coat, skin = random.choice(COATS), random.choice(SKINS)
    trousers, hair = random.choice(TROUSERS), random.choice(HAIRS)
    figure.shadow(0.42, 0.25)
    _draw_legs(figure, pose, towards, trousers)
    _draw_arm(figure, pose, -towards, _darker(coat), skin)
    figure.plate((-0.23, 0.23), (0.78, 1.46), coat, round_by=0.16)
    figure.plate((-0.23, 0.23), (0.76, 1.08), coat, round_by=0.05)
    if random.random() < 0.5:
        figure.plate(
            (-0.30 * towards - 0.12, -0.30 * towards + 0.12), (0.95, 1.38), trousers, round_by=0.08
        )
    _draw_arm(figure, pose, towards, _darker(coat), skin)
    figure.plate((-0.06, 0.06), (1.40, 1.52), skin)
    figure.disc((0, 1.63), 0.155, hair)
    figure.disc((0.045 * towards, 1.60), 0.125, skin)
    reach = 0.55 if running else 0.38
    offset = figure.lean * 0.9 * size
    half = reach * size
    return canvas.camera.box((x - half + offset, x + half + offset), (0, 1.80 * size), z)


def _draw_legs(figure: Sprite, pose: str, towards: int, colour: Colour) -> None:
    match pose:
        case "run":
            knees = ((0.26, 0.52), (-0.10, 0.46))
            feet = ((0.14, 0.12), (-0.56, 0.30))
        case "walk":
            knees = ((0.16, 0.45), (-0.12, 0.45))
            feet = ((0.26, 0.05), (-0.28, 0.07))
        case _:
            knees = ((0.09, 0.45), (-0.09, 0.45))
            feet = ((0.10, 0.05), (-0.10, 0.05))
    for knee, foot in zip(reversed(knees), reversed(feet), strict=True):
        bent, end = (knee[0] * towards, knee[1]), (foot[0] * towards, foot[1])
        figure.limb([(0.05 * towards, 0.85), bent, end], 0.17, colour)
        figure.limb([end, (end[0] + 0.10 * towards, end[1] - 0.01)], 0.10, SHOE)


def _draw_arm(figure: Sprite, pose: str, side: int, sleeve: Colour, skin: Colour) -> None:
    match pose:
        case "run":
            elbow, hand = (0.34 * side, 1.08), (0.46 * side, 1.32)
        case "walk":
            elbow, hand = (0.27 * side, 1.10), (0.34 * side, 0.86)
        case _:
            elbow, hand = (0.27 * side, 1.10), (0.27 * side, 0.84)
    figure.limb([(0.20 * side, 1.36), elbow, hand], 0.12, sleeve)
    figure.disc(hand, 0.065, skin)


def draw_cyclist(canvas: Canvas, x: float, z: float, weaving: bool, random: Random) -> Box:
    """A cyclist seen at an angle from behind; one who weaves leans and turns; returns the box."""
    towards = -1 if weaving else 1
    figure = Sprite(canvas, x, z, 1.12, lean=0.20 * towards if weaving else 0.0)
    coat, skin, trousers = random.choice(COATS), random.choice(SKINS), random.choice(TROUSERS)
    turn = (
        0.62 if weaving else 0.30
    )  # how far the wheels stand apart: more is seen more from the side
    figure.shadow(turn + 0.25, 0.25)
    frame = random.choice(COATS)
    back, front = (-turn * towards, 0.36), (turn * towards, 0.40)
    across = 0.17 + turn * 0.28
    for wheel in (front, back):
        figure.ring(wheel, (across, 0.36), 0.055, SHOE)
    seat, bars = (-0.40 * turn * towards, 0.96), (0.72 * turn * towards, 1.06)
    pedal = (0.0, 0.38)
    for part in ([back, pedal, seat, back], [pedal, bars, seat], [bars, front]):
        figure.limb(part, 0.055, frame)
    figure.limb([seat, (0.25 * towards, 0.70), (0.06 * towards, 0.34)], 0.16, trousers)
    figure.limb([seat, (0.10 * towards, 0.62), (-0.06 * towards, 0.24)], 0.16, _darker(trousers))
    shoulder = (seat[0] + 0.34 * towards * (turn + 0.2), 1.52)
    figure.limb([(seat[0], 1.02), shoulder], 0.36, coat)
    figure.limb([shoulder, (bars[0] - 0.05 * towards, 1.26), bars], 0.11, _darker(coat))
    head = (shoulder[0] + 0.08 * towards, 1.80)
    figure.disc(head, 0.14, skin)
    helmet = random.choice(COATS)
    figure.polygon(
        [
            (head[0] - 0.18, 1.82),
            (head[0] - 0.12, 1.97),
            (head[0] + 0.12, 1.97),
            (head[0] + 0.18, 1.82),
        ],
        helmet,
    )
    if not weaving:
        figure.disc((back[0], 0.80), 0.06, (255, 60, 50), glow=True)
    half = (turn + across + 0.08) * figure.size
    offset = figure.lean * figure.size
    return canvas.camera.box(
        (x - half + min(offset, 0), x + half + max(offset, 0)), (0, 1.98 * 1.12), z
    )


def draw_light(canvas: Canvas, x: float, z: float, shown: Light) -> Box:
    """A traffic light on its pole, with one lamp lit; returns the box of its housing."""
    figure = Sprite(canvas, x, z, 1.35)
    figure.limb([(0, 0), (0, 2.1)], 0.11, (70, 74, 80))
    figure.plate((-0.30, 0.30), (2.02, 3.42), (232, 232, 226), round_by=0.10)
    figure.plate((-0.26, 0.26), (2.06, 3.38), (24, 26, 28), round_by=0.09)
    for height, lamp in ((3.14, Light.RED), (2.72, Light.AMBER), (2.30, Light.GREEN)):
        if lamp is shown:
            figure.disc((0, height), 0.21, _darker(LAMPS[lamp]), glow=True)
            figure.disc((0, height), 0.17, LAMPS[lamp], glow=True)
            figure.disc((-0.04, height + 0.05), 0.06, (255, 250, 236), glow=True)
        else:
            figure.disc((0, height), 0.16, (58, 60, 62))
    return canvas.camera.box((x - 0.41, x + 0.41), (2.02 * 1.35, 3.42 * 1.35), z)


def _darker(colour: Colour) -> Colour:
    return int(colour[0] * 0.78), int(colour[1] * 0.78), int(colour[2] * 0.78)
