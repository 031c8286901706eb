"""Light of the example's pictures: how time, weather and distance change a colour."""

from dataclasses import dataclass
from math import exp

from resources.example.scene import Time, Weather

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Mood:
    """Sky, tint and haze of a picture."""

    sky: tuple[Colour, Colour, Colour]  # top, middle, horizon
    tint: tuple[float, float, float]  # what is left of each channel
    haze: Colour
    haze_length: float  # metres at which about two thirds is haze
    night: bool
    lamps_on: bool
    wet: bool

    def shade(self, colour: Colour, distance: float) -> Colour:
        """A surface's colour at a distance in metres."""
        return mix(
            (
                int(colour[0] * self.tint[0]),
                int(colour[1] * self.tint[1]),
                int(colour[2] * self.tint[2]),
            ),
            self.haze,
            1 - exp(-max(distance, 0.0) / self.haze_length),
        )

    def shade_figure(self, colour: Colour, distance: float) -> Colour:
        """As `shade`, but by night with some light of lamps on it, so that people are seen."""
        shaded = self.shade(colour, distance)
        return mix(shaded, colour, 0.42 * exp(-distance / 60)) if self.night else shaded

    def glow(self, colour: Colour, distance: float) -> Colour:
        """The colour of something that shines by itself."""
        return mix(colour, self.haze, (1 - exp(-max(distance, 0.0) / self.haze_length)) * 0.6)


_SKIES: dict[Time, tuple[Colour, Colour, Colour]] = {
    Time.DAY: ((86, 152, 220), (150, 198, 238), (222, 238, 246)),
    Time.DUSK: ((44, 50, 104), (186, 104, 118), (250, 188, 122)),
    Time.NIGHT: ((8, 12, 30), (20, 28, 54), (46, 54, 84)),
}
_TINTS = {
    Time.DAY: (1.0, 1.0, 1.0),
    Time.DUSK: (0.80, 0.66, 0.66),
    Time.NIGHT: (0.46, 0.49, 0.62),
}
_GREYS: dict[Time, Colour] = {
    Time.DAY: (178, 188, 198),
    Time.DUSK: (124, 108, 124),
    Time.NIGHT: (34, 38, 52),
}


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    return (
        int(first[0] + (second[0] - first[0]) * share),
        int(first[1] + (second[1] - first[1]) * share),
        int(first[2] + (second[2] - first[2]) * share),
    )


def mood_of(time: Time, weather: Weather) -> Mood:
    """The light at this time in this weather."""
    grey = _GREYS[time]
    cover, dim, length = {
        Weather.CLEAR: (0.0, 1.0, 190.0),
        Weather.CLOUDY: (0.72, 0.93, 150.0),
        Weather.RAIN: (0.85, 0.82, 85.0),
        Weather.FOG: (0.93, 0.95, 30.0),
    }[weather]
    top, middle, low = (mix(colour, grey, cover) for colour in _SKIES[time])
    if weather is Weather.RAIN:
        top, middle, low = (mix(colour, (40, 46, 58), 0.3) for colour in (top, middle, low))
    red, green, blue = _TINTS[time]
    return Mood(
        sky=(top, middle, low),
        tint=(red * dim, green * dim, blue * dim),
        haze=mix(low, grey, 0.25),
        haze_length=length,
        night=time is Time.NIGHT,
        lamps_on=time is not Time.DAY or weather is Weather.FOG,
        wet=weather is Weather.RAIN,
    )
