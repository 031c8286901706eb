"""The exported folder: its files, its own script, and what both sides are asked in the proof."""
