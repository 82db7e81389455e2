"""What ends a demonstration early."""


class DemoError(Exception):
    """A part failed; the text is one line and names the cause."""
