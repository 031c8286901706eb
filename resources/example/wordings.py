"""Wordings for who and what is on the road: at least six for every value of every fact."""

from resources.example.scene import (
    Cyclist,
    Distance,
    Light,
    Pace,
    Pedestrian,
    Vehicle,
    View,
)

# {who} is a person or a cyclist; none of these sentences may judge what it tells.
WHO = {
    False: (
        "a pedestrian",
        "a person on foot",
        "someone",
        "a passer-by",
        "a commuter with a bag",
        "a walker in a coat",
    ),
    True: (
        "a child",
        "a schoolchild",
        "a small child",
        "a youngster",
        "a kid with a school bag",
        "a young child",
    ),
}
RIDER = (
    "a cyclist",
    "a person on a bike",
    "someone on a bicycle",
    "a rider on a bike",
    "a helmeted cyclist",
    "a bike rider",
)
PEDESTRIAN = {
    Pedestrian.NONE: (
        "nobody is out on foot",
        "there is no one on foot to be seen",
        "the pavements are empty",
        "not a single pedestrian is about",
        "both pavements are deserted",
        "no pedestrians are in view",
    ),
    Pedestrian.PAVEMENT: (
        "{who} walks along the pavement",
        "{who} strolls on the pavement beside the road",
        "{who} stays on the pavement on the right",
        "{who} follows the footpath next to the road",
        "{who} ambles past the houses on the pavement",
        "{who} is out on the pavement, well clear of the lane",
    ),
    Pedestrian.KERB: (
        "{who} waits at the kerb",
        "{who} stands at the edge of the pavement beside the crossing",
        "{who} has stopped at the kerb and lets the traffic pass",
        "{who} stands still by the crossing and waits",
        "{who} is standing at the kerb, both feet on the pavement",
        "{who} waits on the pavement for a gap",
    ),
    Pedestrian.CROSSING: (
        "{who} is on the crossing in front of us",
        "{who} walks over the crossing right ahead",
        "{who} is halfway across the road on the zebra crossing",
        "{who} crosses in front of us on the stripes",
        "{who} is in the middle of the crossing before us",
        "{who} makes their way across the road ahead of us",
    ),
    Pedestrian.STEPPING_OUT: (
        "{who} steps out from between the parked cars",
        "{who} comes out into the road from behind a parked car",
        "{who} emerges between two parked cars and enters our lane",
        "{who} steps into the road past a parked car",
        "{who} walks out in front of us from between parked cars",
        "{who} appears from behind the parked cars and steps into our lane",
    ),
    Pedestrian.RUNNING: (
        "{who} runs across the road in front of us",
        "{who} dashes over the road ahead",
        "{who} sprints across our lane",
        "{who} is running over the carriageway before us",
        "{who} races across the road right ahead of us",
        "{who} darts over our lane at a run",
    ),
}
CYCLIST = {
    Cyclist.NONE: (  # rarely said: most captions leave out what is not there
        "no bikes are about",
        "there are no cyclists",
        "no bicycle is in sight",
        "nobody is cycling here",
        "no one is out on a bike",
        "not one cyclist is to be seen",
    ),
    Cyclist.KEEPING_RIGHT: (
        "{who} keeps to the right edge",
        "{who} rides in a straight line along the kerb",
        "{who} stays in the cycle lane",
        "{who} pedals along the cycle lane on the right",
        "{who} holds a steady line by the kerb",
        "{who} rides at the side of the road in the cycle lane",
    ),
    Cyclist.WEAVING: (
        "{who} weaves into our lane",
        "{who} swings out of the cycle lane in front of us",
        "{who} swerves across our lane",
        "{who} wobbles out into our lane ahead of us",
        "{who} cuts over from the right in front of us",
        "{who} veers out into the middle of our lane",
    ),
}
LIGHT = {
    Light.NONE: (  # rarely said, as above
        "there is no traffic light here",
        "no signals control this spot",
        "the place has no lights",
        "traffic runs without signals here",
        "no traffic light is in sight",
        "this stretch is without signals",
    ),
    Light.RED: (
        "the light is red",
        "the signal shows red",
        "the traffic light stands at red",
        "a red light is showing",
        "our signal is at red",
        "the lamp on the right is red",
    ),
    Light.AMBER: (
        "the light is amber",
        "the signal shows amber",
        "the traffic light has gone to amber",
        "an amber light is showing",
        "our signal is at yellow",
        "the lamp on the right is yellow",
    ),
    Light.GREEN: (
        "the light is green",
        "the signal shows green",
        "the traffic light stands at green",
        "a green light is showing",
        "our signal is at green",
        "the lamp on the right is green",
    ),
}
PACE = {
    (View.DASHCAM, Pace.STOPPED): (
        "we are standing still",
        "our car has stopped",
        "we stand and wait",
        "we have come to a halt",
        "our wheels are not turning",
        "we are at a standstill",
    ),
    (View.DASHCAM, Pace.SLOW): (
        "we are rolling slowly",
        "we creep along",
        "we move at walking pace",
        "our car crawls forward",
        "we are going slowly",
        "we edge forward",
    ),
    (View.DASHCAM, Pace.STEADY): (
        "we drive at a steady speed",
        "we keep an even pace",
        "we are moving at normal speed",
        "our car cruises along",
        "we go with the flow of traffic",
        "we hold our speed",
    ),
    (View.POLE, Pace.STOPPED): (
        "traffic stands still",
        "traffic has stopped on our side",
        "nothing moves on this side",
        "the lane below has come to a halt",
        "our side is at a standstill",
        "the queue below does not move",
    ),
    (View.POLE, Pace.SLOW): (
        "traffic rolls slowly",
        "traffic creeps along below",
        "our side moves at walking pace",
        "the lane below crawls forward",
        "traffic is slow on this side",
        "vehicles edge forward below",
    ),
    (View.POLE, Pace.STEADY): (
        "traffic flows steadily",
        "traffic keeps an even pace",
        "our side moves at normal speed",
        "traffic runs freely below",
        "the lane below keeps moving",
        "vehicles pass at a steady speed",
    ),
}
LEAD_PLACE = {
    Distance.NEARER: (
        "a few car lengths on",
        "several car lengths ahead",
        "some way in front",
        "at a good gap ahead",
        "a few lengths up the lane",
        "ahead with room in between",
    ),
    Distance.MIDDLE: (
        "well ahead",
        "a good way ahead",
        "further up the lane",
        "further along",
        "well up the road",
        "at some distance ahead",
    ),
    Distance.FAR: (
        "far ahead",
        "far off down the road",
        "in the distance",
        "a long way on",
        "way up the road",
        "at the far end of the road",
    ),
}
LEAD_STATE = {
    True: (
        "is braking",
        "has its brake lights on",
        "shows its brake lights",
        "slows down",
        "is slowing",
        "lights up its brake lamps",
    ),
    False: (
        "rolls along",
        "drives on",
        "moves along",
        "keeps going",
        "travels on",
        "is on its way",
    ),
}
VEHICLE = {
    Vehicle.CAR: ("car", "hatchback", "saloon", "estate car", "passenger car", "small car"),
    Vehicle.TRUCK: (
        "truck",
        "lorry",
        "box truck",
        "delivery truck",
        "goods lorry",
        "freight truck",
    ),
    Vehicle.BUS: ("bus", "city bus", "town bus", "public bus", "service bus", "passenger bus"),
}
ONCOMING = (
    "a {vehicle} comes the other way",
    "there is an oncoming {vehicle}",
    "a {vehicle} approaches in the opposite lane",
    "a {vehicle} is coming towards us on the left",
    "on the other side a {vehicle} comes along",
    "in the opposite lane comes a {vehicle}",
)
PARKED = (
    "cars are parked along the kerb",
    "parked cars line the road",
    "a row of cars is parked on the right",
    "there are parked cars at the side",
    "the right side is full of parked cars",
    "several cars stand parked at the kerb",
)
NO_ONCOMING = (
    "the opposite lane is empty",
    "nothing comes the other way",
    "there is no oncoming traffic",
    "the other lane is free of traffic",
    "no vehicle comes from the front",
    "the left lane is clear of traffic",
)
NO_LEAD = (
    "our lane has no traffic ahead",
    "no vehicle drives ahead of us",
    "there is no car ahead in our lane",
    "no traffic is ahead of us",
    "nothing drives in front",
    "our lane shows no other vehicle",
)
