"""Scripts that are carried away and run elsewhere: they know nothing of this program."""
