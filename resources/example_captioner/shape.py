"""Sizes of the captioner and of what it sees."""

PIXELS, PATCH = 144, 12
SIDE = PIXELS // PATCH
PATCHES = SIDE * SIDE
WIDTH, HEADS = 128, 4
TOWER_LAYERS, TOWER_INNER = 2, 384
LANGUAGE_LAYERS, LANGUAGE_INNER = 4, 320
LONGEST = 320  # tokens: the picture's, the prompt's and the longest caption's
