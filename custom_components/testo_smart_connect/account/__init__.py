"""One account while it is loaded: what is known, remembered and healthy, and who is told."""
