"""Files that are handed out: where they lie, how they are written, served and deleted."""
