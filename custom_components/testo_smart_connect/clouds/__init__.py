"""What a cloud says, translated into the values of ``monitoring``.

Free of Home Assistant.
"""
