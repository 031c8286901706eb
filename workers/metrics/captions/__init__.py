"""What captions are worth beside references: pure arithmetic, read by workers and studio alike."""
