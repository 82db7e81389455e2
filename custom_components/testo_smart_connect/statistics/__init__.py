"""The long-term statistics of the recorder; its internals are in one module."""
