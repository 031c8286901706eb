"""Wordings for place, weather, time and view: at least six for every value of every fact."""

from resources.example.scene import Road, Time, View, Weather

WEATHER = {
    Weather.CLEAR: (
        "under a clear sky",
        "in clear weather",
        "in dry, clear weather",
        "in fine weather",
        "with hardly a cloud about",
        "in good visibility",
    ),
    Weather.CLOUDY: (
        "under an overcast sky",
        "under grey clouds",
        "in cloudy weather",
        "below a thick layer of cloud",
        "in dull weather",
        "with clouds hanging low",
    ),
    Weather.RAIN: (
        "in the rain",
        "in steady rain",
        "on a wet road",
        "while it pours",
        "with rain coming down",
        "in wet weather",
    ),
    Weather.FOG: (
        "in fog",
        "in thick mist",
        "in hazy air",
        "with fog over the road",
        "in a grey haze",
        "through drifting mist",
    ),
}

TIME = {
    Time.DAY: (
        "by day",
        "in the morning",
        "around noon",
        "in the afternoon",
        "in daylight",
        "at midday",
    ),
    Time.DUSK: (
        "at dusk",
        "at twilight",
        "in the last light",
        "as the light fades",
        "just after sunset",
        "towards evening",
    ),
    Time.NIGHT: (
        "at night",
        "after dark",
        "in the dark",
        "late in the evening",
        "by the light of the lamps",
        "long after sunset",
    ),
}

ROAD = {
    Road.SIDE_STREET: (
        "on a side street",
        "in a narrow street",
        "on a quiet residential street",
        "in a back street",
        "on a small street between houses",
        "along a street of town houses",
    ),
    Road.AVENUE: (
        "on a wide avenue",
        "on an avenue lined with trees",
        "along a broad boulevard",
        "on a tree-lined road",
        "on a boulevard",
        "along an avenue with trees on both sides",
    ),
    Road.SHOPPING_STREET: (
        "on a shopping street",
        "on the high street",
        "along a row of shops",
        "in front of some shops",
        "in the town centre",
        "on a street full of shops",
    ),
    Road.JUNCTION: (
        "at a junction",
        "near a crossroads",
        "at an intersection",
        "close to a road junction",
        "where two roads meet",
        "coming up to a crossroads",
    ),
    Road.COUNTRY_ROAD: (
        "on a country road",
        "on a road between fields",
        "out in the country",
        "on a rural road",
        "along open fields",
        "outside the town, among meadows",
    ),
}

VIEW = {
    View.DASHCAM: (
        "seen through the windscreen",
        "seen from the driver's seat",
        "filmed by the dashcam",
        "as the dashcam sees it",
        "from behind the wheel",
        "seen over the bonnet",
    ),
    View.POLE: (
        "seen from a pole above the lane",
        "filmed from above by a fixed camera",
        "as the traffic camera sees it",
        "from a camera high on a mast",
        "seen from above",
        "in the picture of a roadside camera",
    ),
}
