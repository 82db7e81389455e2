"""Readings by the million: kept each once, summed up by hour, asked for again. HA-free."""
