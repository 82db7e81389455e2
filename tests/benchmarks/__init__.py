"""How fast and how small: always beside something else, in the same run."""
