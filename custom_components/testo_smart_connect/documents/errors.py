"""What can be wrong with a document."""

from collections.abc import Iterable


class UnprintableError(Exception):
    """Texts have characters of a script that the fonts of a PDF do not have; HTML can show them."""

    def __init__(self, characters: Iterable[str]) -> None:
        """Take the characters, each once, in the order in which they were met."""
        self.characters = "".join(dict.fromkeys(characters))
        super().__init__(f"no font for {self.characters}")
