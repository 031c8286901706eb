"""The Data page: where samples come from."""
