"""The example's own captioner: how its weights were trained, and from what."""
