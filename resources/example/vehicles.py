"""Cars, trucks and buses as small blocks in space, from behind or from the front."""

from dataclasses import dataclass

from resources.example.camera import Box, Canvas, Sprite
from resources.example.light import Colour, mix
from resources.example.scene import Paint, Vehicle

PAINTS: dict[Paint, Colour] = {
    Paint.RED: (206, 54, 48),
    Paint.BLUE: (52, 104, 186),
    Paint.WHITE: (240, 240, 236),
    Paint.BLACK: (40, 42, 48),
    Paint.SILVER: (172, 178, 186),
    Paint.GREEN: (58, 138, 88),
    Paint.YELLOW: (240, 198, 60),
}
GLASS: Colour = (120, 158, 186)
TYRE: Colour = (28, 28, 32)
HALF_WIDTH = {Vehicle.CAR: 0.92, Vehicle.TRUCK: 1.2, Vehicle.BUS: 1.25}
HEIGHT = {Vehicle.CAR: 1.50, Vehicle.TRUCK: 3.2, Vehicle.BUS: 3.05}
LENGTH = {Vehicle.CAR: 4.2, Vehicle.TRUCK: 7.0, Vehicle.BUS: 10.5}


@dataclass(frozen=True)
class Place:
    """Where a vehicle stands, and how it is seen."""

    x: float
    z: float
    oncoming: bool = False
    braking: bool = False


def draw_vehicle(canvas: Canvas, vehicle: Vehicle, paint: Paint, place: Place) -> Box:
    """The vehicle with wheels, windows and lamps; returns the box of the end we see."""
    colour = PAINTS[paint]
    half, height = HALF_WIDTH[vehicle], HEIGHT[vehicle]
    _draw_shadow(canvas, place, half, LENGTH[vehicle])
    _draw_tyres(canvas, place, half)
    match vehicle:
        case Vehicle.CAR:
            _draw_car(canvas, colour, place)
        case Vehicle.TRUCK:
            _draw_truck(canvas, colour, place)
        case Vehicle.BUS:
            _draw_bus(canvas, colour, place)
    _draw_lamps(canvas, vehicle, place)
    return canvas.camera.box((place.x - half, place.x + half), (0.0, height), place.z)


def _tones(colour: Colour) -> tuple[Colour, Colour, Colour]:
    """Face, side and top of a painted block."""
    return colour, mix(colour, (0, 0, 0), 0.22), mix(colour, (255, 255, 255), 0.16)


def _draw_shadow(canvas: Canvas, place: Place, half: float, length: float) -> None:
    canvas.ground(
        (place.x - half - 0.12, place.x + half + 0.12),
        (place.z - 0.12, place.z + length),
        (50, 52, 57),
    )


def _draw_tyres(canvas: Canvas, place: Place, half: float) -> None:
    for side in (-1, 1):
        inner, outer = place.x + side * (half - 0.30), place.x + side * (half - 0.04)
        x = (min(inner, outer), max(inner, outer))
        canvas.block(x, (0.0, 0.5), (place.z + 0.05, place.z + 0.7), (TYRE, TYRE, TYRE))


def _draw_car(canvas: Canvas, colour: Colour, place: Place) -> None:
    x, z = place.x, place.z
    canvas.block((x - 0.92, x + 0.92), (0.28, 0.92), (z, z + 4.2), _tones(colour))
    face, side, top = _tones(colour)
    start, end = (z + 1.3, z + 3.9) if place.oncoming else (z + 0.35, z + 2.7)
    canvas.block((x - 0.76, x + 0.76), (0.92, 1.44), (start, end), (GLASS, _darker(GLASS), top))
    canvas.quad(
        [
            (x - 0.78, 1.38, start),
            (x + 0.78, 1.38, start),
            (x + 0.72, 1.50, start),
            (x - 0.72, 1.50, start),
        ],
        face,
    )
    canvas.quad(
        [
            (x - 0.92, 0.90, start - 0.3),
            (x - 0.76, 1.46, start),
            (x - 0.66, 1.46, start),
            (x - 0.80, 0.90, start - 0.3),
        ],
        side,
    )
    canvas.quad(
        [
            (x + 0.92, 0.90, start - 0.3),
            (x + 0.76, 1.46, start),
            (x + 0.66, 1.46, start),
            (x + 0.80, 0.90, start - 0.3),
        ],
        side,
    )
    end_of = Sprite(canvas, x, z)
    end_of.plate((-0.94, 0.94), (0.26, 0.44), _darker(colour), round_by=0.06)
    end_of.plate((-0.26, 0.26), (0.46, 0.58), (236, 236, 230), round_by=0.02)


def _draw_truck(canvas: Canvas, colour: Colour, place: Place) -> None:
    x, z = place.x, place.z
    if place.oncoming:
        canvas.block((x - 1.15, x + 1.15), (0.5, 3.2), (z + 2.0, z + 7), _tones((226, 226, 220)))
        canvas.block((x - 1.12, x + 1.12), (0.35, 2.45), (z, z + 1.9), _tones(colour))
        Sprite(canvas, x, z).plate((-1.0, 1.0), (1.45, 2.25), GLASS, round_by=0.10)
        Sprite(canvas, x, z).plate(
            (-0.8, 0.8), (0.62, 1.05), _darker(_darker(colour)), round_by=0.05
        )
        return
    canvas.block((x - 1.2, x + 1.2), (0.55, 3.2), (z, z + 7), _tones(colour))
    doors = Sprite(canvas, x, z)
    doors.plate((-1.08, -0.03), (0.70, 3.06), mix(colour, (255, 255, 255), 0.14), round_by=0.03)
    doors.plate((0.03, 1.08), (0.70, 3.06), mix(colour, (255, 255, 255), 0.14), round_by=0.03)
    for bar in (-0.16, 0.16):
        doors.plate((bar - 0.03, bar + 0.03), (0.8, 2.95), _darker(colour))
    doors.plate((-1.2, 1.2), (0.42, 0.60), (46, 48, 52))


def _draw_bus(canvas: Canvas, colour: Colour, place: Place) -> None:
    x, z = place.x, place.z
    canvas.block((x - 1.25, x + 1.25), (0.35, 3.05), (z, z + 10.5), _tones(colour))
    edge = x - 1.25 if x > canvas.camera.x else x + 1.25
    for start in (0.5, 2.5, 4.5, 6.5, 8.5):
        canvas.quad(
            [
                (edge, 1.45, z + start),
                (edge, 2.5, z + start),
                (edge, 2.5, z + start + 1.7),
                (edge, 1.45, z + start + 1.7),
            ],
            _darker(GLASS),
        )
    end_of = Sprite(canvas, x, z)
    end_of.plate((-1.05, 1.05), (1.35, 2.45), GLASS, round_by=0.12)
    end_of.plate((-0.72, 0.72), (2.58, 2.92), (28, 30, 34), round_by=0.05)
    end_of.plate((-0.55, 0.2), (2.68, 2.82), (250, 190, 70), round_by=0.03)
    end_of.plate((-1.25, 1.25), (0.35, 0.60), _darker(colour), round_by=0.05)


def _draw_lamps(canvas: Canvas, vehicle: Vehicle, place: Place) -> None:
    end_of = Sprite(canvas, place.x, place.z)
    out = HALF_WIDTH[vehicle] - 0.20
    height = 0.72 if vehicle is Vehicle.CAR else 0.86
    lit = canvas.mood.lamps_on
    for side in (-out, out):
        if place.oncoming:
            end_of.disc((side, height), 0.15, (255, 250, 226) if lit else (244, 244, 236), glow=lit)
        elif place.braking:
            end_of.disc((side, height), 0.25, (170, 24, 26), glow=True)
            end_of.disc((side, height), 0.17, (255, 66, 52), glow=True)
        else:
            end_of.plate(
                (side - 0.13, side + 0.13),
                (height - 0.09, height + 0.09),
                (146, 24, 30),
                round_by=0.04,
            )
    if place.braking and vehicle is Vehicle.CAR:
        end_of.plate((-0.24, 0.24), (0.96, 1.02), (255, 70, 56), round_by=0.02)


def _darker(colour: Colour) -> Colour:
    return mix(colour, (0, 0, 0), 0.28)
