"""Pinhole camera over a flat road: metres to pixels, and boxes of what was drawn."""

from dataclasses import dataclass

from PIL import ImageDraw

from resources.example.light import Colour, Mood

WIDTH, HEIGHT = 640, 480
SCALE = 2  # drawn twice as large, then halved: smooth edges
FOCAL = 560.0
NEAR = 2.0

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Camera:
    """Where the camera is: metres to the right of our lane's middle, metres above the road."""

    x: float
    height: float
    horizon: float  # row of the picture, in pixels of the final size

    def at(self, x: float, y: float, z: float) -> Point:
        """The drawn pixel of a point: x right, y up, z ahead, in metres."""
        z = max(z, NEAR)
        return (
            SCALE * (WIDTH / 2 + FOCAL * (x - self.x) / z),
            SCALE * (self.horizon + FOCAL * (self.height - y) / z),
        )

    def metre(self, z: float) -> float:
        """Drawn pixels of a metre at this distance."""
        return SCALE * FOCAL / max(z, NEAR)

    def box(self, x: tuple[float, float], y: tuple[float, float], z: float) -> Box:
        """Left, top, width, height in fractions of the picture, cut at its edges."""
        left, top = self.at(x[0], y[1], z)
        right, bottom = self.at(x[1], y[0], z)
        wide, high = SCALE * WIDTH, SCALE * HEIGHT
        left, right = (min(max(value / wide, 0.0), 1.0) for value in (left, right))
        top, bottom = (min(max(value / high, 0.0), 1.0) for value in (top, bottom))
        return round(left, 5), round(top, 5), round(right - left, 5), round(bottom - top, 5)


DASHCAM = Camera(x=0.0, height=1.45, horizon=205.0)
POLE = Camera(x=1.2, height=4.6, horizon=118.0)


@dataclass(frozen=True)
class Canvas:
    """What parts of a scene draw with."""

    draw: ImageDraw.ImageDraw
    camera: Camera
    mood: Mood

    def quad(self, points: list[tuple[float, float, float]], colour: Colour) -> None:
        """A polygon in space, shaded by its mean distance."""
        distance = sum(point[2] for point in points) / len(points)
        fill = self.mood.shade(colour, distance)
        self.draw.polygon([self.camera.at(*point) for point in points], fill=fill)

    def ground(self, x: tuple[float, float], z: tuple[float, float], colour: Colour) -> None:
        """A rectangle lying on the road."""
        (left, right), (near, far) = x, z
        self.quad([(left, 0, near), (right, 0, near), (right, 0, far), (left, 0, far)], colour)

    def block(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        z: tuple[float, float],
        colours: tuple[Colour, Colour, Colour],
    ) -> None:
        """A box in space; colours of its face, its side and its top."""
        (left, right), (low, high), (near, far) = x, y, z
        face, side, top = colours
        if high < self.camera.height:
            self.quad(
                [(left, high, near), (right, high, near), (right, high, far), (left, high, far)],
                top,
            )
        edge = left if left > self.camera.x else right if right < self.camera.x else None
        if edge is not None:
            self.quad(
                [(edge, low, near), (edge, high, near), (edge, high, far), (edge, low, far)], side
            )
        self.quad(
            [(left, low, near), (right, low, near), (right, high, near), (left, high, near)], face
        )


@dataclass(frozen=True)
class Sprite:
    """A flat figure that faces the camera; metres from its foot, up and to the right."""

    canvas: Canvas
    x: float
    z: float
    size: float = 1.0  # how much larger than life
    lean: float = 0.0  # metres to the right at one metre up

    def point(self, x: float, y: float) -> Point:
        """The drawn pixel of a point of the figure."""
        foot_x, foot_y = self.canvas.camera.at(self.x, 0, self.z)
        metre = self.canvas.camera.metre(self.z) * self.size
        return foot_x + (x + self.lean * y) * metre, foot_y - y * metre

    def pixels(self, metres: float) -> float:
        """Drawn pixels of a length."""
        return self.canvas.camera.metre(self.z) * self.size * metres

    def shade(self, colour: Colour) -> Colour:
        """The colour as seen from here."""
        return self.canvas.mood.shade_figure(colour, self.z)

    def polygon(self, points: list[Point], colour: Colour) -> None:
        """A filled outline."""
        self.canvas.draw.polygon([self.point(*point) for point in points], fill=self.shade(colour))

    def limb(self, points: list[Point], thickness: float, colour: Colour) -> None:
        """A line with round ends, as thick as an arm or a leg."""
        fill, width = self.shade(colour), max(self.pixels(thickness), 1.0)
        pixels = [self.point(*point) for point in points]
        self.canvas.draw.line(pixels, fill=fill, width=round(width), joint="curve")
        for x, y in (pixels[0], pixels[-1]):
            half = width / 2
            self.canvas.draw.ellipse((x - half, y - half, x + half, y + half), fill=fill)

    def disc(self, centre: Point, radius: float, colour: Colour, *, glow: bool = False) -> None:
        """A filled circle; one that glows is not darkened by the night."""
        x, y = self.point(*centre)
        half = self.pixels(radius)
        shade = self.canvas.mood.glow if glow else self.canvas.mood.shade_figure
        self.canvas.draw.ellipse(
            (x - half, y - half, x + half, y + half), fill=shade(colour, self.z)
        )

    def ring(self, centre: Point, radius: Point, thickness: float, colour: Colour) -> None:
        """A wheel seen at an angle."""
        x, y = self.point(*centre)
        across, up = self.pixels(radius[0]), self.pixels(radius[1])
        self.canvas.draw.ellipse(
            (x - across, y - up, x + across, y + up),
            outline=self.shade(colour),
            width=max(round(self.pixels(thickness)), 1),
        )

    def plate(self, x: Point, y: Point, colour: Colour, *, round_by: float = 0.0) -> None:
        """An upright rectangle, from left to right and from low to high."""
        left, top = self.point(x[0], y[1])
        right, bottom = self.point(x[1], y[0])
        if right - left < 1 or bottom - top < 1:
            return
        self.canvas.draw.rounded_rectangle(
            (left, top, right, bottom), radius=self.pixels(round_by), fill=self.shade(colour)
        )

    def shadow(self, half_width: float, depth: float) -> None:
        """A dark ellipse on the road under the figure."""
        x, y = self.canvas.camera.at(self.x, 0, self.z)
        across = self.pixels(half_width)
        rise = self.canvas.camera.at(self.x, 0, self.z + depth)[1] - y
        colour = self.canvas.mood.shade((52, 54, 60), self.z)
        self.canvas.draw.ellipse((x - across, y + rise, x + across, y - rise * 0.6), fill=colour)
